#pragma once
// A subscription as the companion plugin tells it when the job runs: `GET …/dormouse/v1/subscriptions/<id>`.

#include "config/settings.hpp"
#include "jobs/api/rows.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace dormouse::jobs::licence {

using namespace std::chrono_literals;

/// A site that cannot be asked is waited for so long; nothing is spent on it meanwhile.
inline constexpr base::ms longest_silence = 7 * 24h;

struct subscription {
    std::string status;
    std::string email;
    std::string name;  ///< First and last.
    std::int64_t order_id = 0;
    boost::json::array product_ids;
    // As the site has them, unchecked; a subscription without a next payment has no date.
    std::string billing_period;
    std::optional<std::int64_t> billing_interval;
    std::string next_payment;
};

[[nodiscard]] api::request companion_request(const config::companion_settings& s, std::int64_t subscription_id);

/// The subscription, or what to do without it:
///
///     200, the JSON of the contract   the subscription, if it is active; dropped (`not_active`) if it is not
///     404 dormouse_no_subscription    dead, `no_subscription`
///     anything else, or nothing       deferred, `companion_unavailable`, for up to 7 days
///
/// `defers` is how often the job was deferred, for the growing pause. `past` remembers since when the site is silent.
[[nodiscard]] std::variant<subscription, api::verdict> read_subscription(const api::ended_call& call,
                                                                         std::int64_t subscription_id, int defers,
                                                                         api::memory& past,
                                                                         base::random_source& random);

}  // namespace dormouse::jobs::licence
