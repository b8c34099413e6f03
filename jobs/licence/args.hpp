#pragma once
// What jobs of the kinds `license-provision` and `period-push` say: {"subscription_id":12,"version":3}. The person and
// the dates are read from the site when the job runs, because another listener may still move them; a period-push may
// carry its three dates itself. Pure.

#include "base/error.hpp"
#include "jobs/licence/period.hpp"
#include "site/subscriptions.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace dormouse::jobs::licence {

using site::licence_step;

struct licence_args {
    std::int64_t subscription_id = 0;
    std::int64_t version = 0;              ///< Grows with every event of the subscription.
    std::optional<billing_period> period;  ///< Never for a provision.
};

/// Reads and checks. errc::invalid_argument names the member and what is expected.
[[nodiscard]] base::result<licence_args> read_args(const boost::json::object& args, licence_step step);

/// The limit's name of the subscription's jobs, `subscription:<id>`; empty if there is none.
[[nodiscard]] std::string limit_of(const boost::json::object& args);

/// `wc_sub_12`: what the licence server calls the subscription.
[[nodiscard]] std::string licence_name(std::int64_t subscription_id);

}  // namespace dormouse::jobs::licence
