#pragma once
// Days as the site's tables hold them: UTC days, as DATE or as DATETIME, or `0000-00-00` for none (spec 1-domain,
// section 8, traps 2, 3 and 7). Pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::site {

/// A UTC day.
using day = std::chrono::sys_days;

/// The day of `2026-11-21` or `2026-11-21 10:20:30`. Nothing for what is no real date: zero dates, days that do not
/// exist, 1970-01-01 and everything before.
[[nodiscard]] std::optional<day> parse_day(std::string_view text);

/// `2026-11-21`.
[[nodiscard]] std::string to_text(day d);

}  // namespace dormouse::site
