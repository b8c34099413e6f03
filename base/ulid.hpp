#pragma once
// ULID: 48 bits of milliseconds and 80 random bits in 26 characters of Crockford base 32; sorts by time.

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace dormouse::base {

[[nodiscard]] std::string make_ulid(time_ms now);

/// 26 characters of the ULID alphabet, upper case, first at most '7'.
[[nodiscard]] bool is_ulid(std::string_view text) noexcept;

/// When the id was made. `text` must be a ULID.
[[nodiscard]] time_ms ulid_time(std::string_view text) noexcept;

}  // namespace dormouse::base
