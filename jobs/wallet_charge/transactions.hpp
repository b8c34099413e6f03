#pragma once
// Finding a charge among the wallet's transactions, where its answer did not tell (spec 3-jobs B4, "reconcile").

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "jobs/api/call.hpp"
#include "jobs/wallet_charge/args.hpp"

#include <boost/json/array.hpp>
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

/// What is looked for.
struct wanted_charge {
    charge_args args;
    int dunning = 0;        ///< Under the charge's own key, or any of `_d1` to this one.
    base::time_ms since{};  ///< It cannot be older.
};

/// What one transaction is to the charge.
struct likeness {
    enum class kind { other, ours, unclear } what = kind::other;
    std::string why{};  ///< Of `unclear`: a person would have to look.
};

/// Ours: a completed charge of the amount, with one of the keys in its own member or at the end of its reason.
/// Unclear: it carries a key, but another amount or no completion; or its reason was cut where the key would follow.
/// Pure.
[[nodiscard]] likeness compare(const boost::json::object& transaction, const wanted_charge& wanted);

struct search_result {
    bool complete =
        false;  ///< Every transaction since `since` was seen and is clear; else not finding it means nothing.
    bool found = false;
    std::string transaction_id;
    std::optional<std::int64_t> balance_after;
    std::string trouble;  ///< Why it is not complete.
};

/// Takes what a page of transactions says into `so_far`. True when no further page can matter: the charge was found,
/// or the page is empty, or it is sorted newest first and reaches back before `wanted.since`. Pure.
[[nodiscard]] bool read_page(const boost::json::array& page, const wanted_charge& wanted, search_result& so_far);

/// Pages through the project's charges, at most 10,000 of them, within `limit`. Everything referred to must outlive
/// the call.
[[nodiscard]] base::awaitable<search_result> find_charge(net::http_client& http, base::clock& clock,
                                                         const config::wallet_settings& settings, wanted_charge wanted,
                                                         base::deadline limit);

}  // namespace dormouse::jobs::wallet_charge
