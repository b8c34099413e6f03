#pragma once
// The text of a cron expression and the sets it names. What the sets mean on a calendar is cron.hpp's.

#include "base/error.hpp"

#include <cstdint>
#include <string_view>

namespace dormouse::scheduler {

/// Bit n stands for the value n.
struct cron_fields {
    std::uint64_t minutes = 0;   ///< 0 to 59
    std::uint32_t hours = 0;     ///< 0 to 23
    std::uint32_t days = 0;      ///< 1 to 31
    bool last_day = false;       ///< `L`: the month's last day, beside `days`.
    std::uint32_t months = 0;    ///< 1 to 12
    std::uint32_t weekdays = 0;  ///< 0 to 6, 0 is Sunday
    bool day_has_star = false;
    bool weekday_has_star = false;

    /// Whether a day may match by its date or by its weekday: both fields restrict. Else it has to match by both.
    [[nodiscard]] bool either_day() const noexcept { return !day_has_star && !weekday_has_star; }
};

/// `minute hour day-of-month month weekday`, or `@hourly @daily @midnight @weekly @monthly @yearly @annually`; the
/// grammar is in docs/schedules.md. Refused with `invalid_argument`, naming the field, the text in it and what is
/// allowed: what is malformed, out of range, and what no calendar ever has (31 February). Pure.
[[nodiscard]] base::result<cron_fields> parse_cron_fields(std::string_view text);

}  // namespace dormouse::scheduler
