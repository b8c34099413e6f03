#pragma once
// Values as people write and read them on a command line. Pure, but for `read_args` and `day_or_today`.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "site/days.hpp"

#include <boost/json/object.hpp>

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::cli {

/// "5m", "1h30m", "250ms" (see config/values.hpp), for the option `name`.
[[nodiscard]] base::result<base::ms> read_duration(std::string_view name, std::string_view text);

/// "2026-11-20T03:04:05Z", "2026-11-20T06:04+03:00": ISO 8601 with a zone, seconds optional.
[[nodiscard]] base::result<base::time_ms> read_time(std::string_view name, const std::string& text);

/// "2026-11-21", a UTC day; today for an empty text.
[[nodiscard]] base::result<site::day> day_or_today(std::string_view name, std::string_view text);

/// "high", "normal", "low", or 0, 1, 2.
[[nodiscard]] base::result<int> read_priority(std::string_view text);
[[nodiscard]] std::string_view priority_name(int priority) noexcept;

/// A JSON object: the text itself, `@file`, or `-` for all of `input`. Errors name the source and never quote it.
[[nodiscard]] base::result<boost::json::object> read_args(const std::string& text, std::istream& input);

/// The two largest units: "0s", "850ms", "12s", "3m 5s", "2d 4h".
[[nodiscard]] std::string short_duration(base::ms d);
[[nodiscard]] std::string duration_or_dash(const std::optional<base::ms>& d);  ///< "-" for none.

}  // namespace dormouse::cli
