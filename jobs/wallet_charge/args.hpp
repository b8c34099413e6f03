#pragma once
// What a job of kind `wallet-charge` says: {"project_id":"p1","amount":990,"currency":"RUB","reason":"subscription",
// "charge_key":"chg_…"}. It names a project and never a URL. The key is made once, by the producer, out of facts
// (spec 3-jobs B4); without it a repetition could charge twice. Pure.

#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace dormouse::jobs::wallet_charge {

inline constexpr std::int64_t largest_amount = (std::int64_t{1} << 53) - 1;  ///< What every JSON reader keeps exactly.
inline constexpr std::size_t longest_key = 60;  ///< The wallet takes 64; the rest is for `_d1` to `_d4`.

struct charge_args {
    std::string project;
    std::int64_t amount = 0;  ///< Whole units of the wallet, above 0.
    std::string currency;     ///< Three capital letters; empty = the configured one.
    std::string reason;
    std::string key;
};

/// Reads and checks. An amount that is not a JSON integer (a float, a text with a point) is refused: rounding money is
/// nobody's business here. errc::invalid_argument names the member and what to do.
[[nodiscard]] base::result<charge_args> read_args(const boost::json::object& args);

/// The limit's name of the project's charges: `wallet:<project>`; empty if there is none.
[[nodiscard]] std::string limit_of(const boost::json::object& args);

}  // namespace dormouse::jobs::wallet_charge
