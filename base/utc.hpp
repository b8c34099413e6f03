#pragma once
// Reading times of other people's making.

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace dormouse::base {

/// `2026-02-07T12:01:00Z` and its cousins: a space for the `T`, a fraction of a second, no zone (then it is UTC) or
/// `+00:00`. Another zone, a day that does not exist and anything behind it: nothing. Pure.
[[nodiscard]] std::optional<time_ms> parse_utc(std::string_view text);

}  // namespace dormouse::base
