#pragma once
// When a receiver wants to be asked again (RFC 9110 10.2.3) and how far it is obeyed (spec 3-jobs B0.4). Pure.

#include "base/clock.hpp"
#include "base/random.hpp"

#include <optional>
#include <string_view>

namespace dormouse::net {

/// A receiver is never obeyed for longer.
inline constexpr base::ms longest_retry_after = std::chrono::hours{24};

/// The HTTP-date in any of its three forms (RFC 9110 5.6.7); nothing if it is malformed, also by its weekday.
[[nodiscard]] std::optional<base::time_ms> parse_http_date(std::string_view text);

/// How long from `now` the receiver asks to wait: from whole seconds, or from a date. A date is compared with the
/// response's own `date` header when that one is within 24 h of `now`, which cancels a skewed clock of the receiver.
/// A date in the past means zero; more than ten digits mean `longest_retry_after`; nothing if malformed.
[[nodiscard]] std::optional<base::ms> parse_retry_after(std::string_view value, std::string_view date,
                                                        base::time_ms now);

/// The next delay when `planned` is ours and `asked` the receiver's: never sooner than planned, never over 24 h for
/// the receiver's sake, spread by up to a tenth so that many jobs do not come back together, and never past `left`
/// of the job's life. Without `asked` it is `planned`, within `left`.
[[nodiscard]] base::ms obey_retry_after(base::ms planned, std::optional<base::ms> asked, base::ms left,
                                        base::random_source& random);

/// The statuses whose Retry-After counts.
[[nodiscard]] constexpr bool heeds_retry_after(int status) noexcept {
    return status == 429 || status == 503 || status == 413;
}

}  // namespace dormouse::net
