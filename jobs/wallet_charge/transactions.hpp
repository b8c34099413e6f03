#pragma once
// Finding a charge among the wallet's transactions, where its answer did not tell (spec 3-jobs B4, "reconcile").

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "jobs/api/call.hpp"
#include "jobs/wallet_charge/args.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::config {
struct wallet_settings;
}
namespace dormouse::net {
class http_client;
}

namespace dormouse::jobs::wallet_charge {

/// What the worker writes into `reason`: the wallet's transactions carry no key, but they carry this.
[[nodiscard]] std::string reason_with_key(std::string_view reason, std::string_view wire_key);

/// The transaction is the charge sent under `wire_key`: its type, its amount, and the key in its own member or in its
/// reason. Pure.
[[nodiscard]] bool is_our_charge(const boost::json::object& transaction, const charge_args& args,
                                 std::string_view wire_key);

struct search_result {
    bool complete = false;  ///< Every transaction since `since` was seen; otherwise not finding it means nothing.
    bool found = false;
    std::string transaction_id;
    std::optional<std::int64_t> balance_after;
    std::string trouble;  ///< Why it is not complete.
};

/// Pages through the project's charges, newest first, back to `since` and at most 5,000 of them. Everything referred
/// to must outlive the call.
[[nodiscard]] base::awaitable<search_result> find_charge(net::http_client& http, base::clock& clock,
                                                         const config::wallet_settings& settings,
                                                         const charge_args& args, std::string wire_key,
                                                         base::time_ms since, base::deadline limit);

}  // namespace dormouse::jobs::wallet_charge
