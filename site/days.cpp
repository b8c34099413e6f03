#include "site/days.hpp"

#include <charconv>
#include <cstdio>

namespace dormouse::site {

namespace {
std::optional<int> digits(std::string_view text) {
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}
}  // namespace

std::optional<day> parse_day(std::string_view text) {
    constexpr std::size_t date_length = 10;
    if (text.size() < date_length || text[4] != '-' || text[7] != '-') return std::nullopt;
    if (text.size() > date_length && text[date_length] != ' ' && text[date_length] != 'T') return std::nullopt;
    const auto year = digits(text.substr(0, 4));
    const auto month = digits(text.substr(5, 2));
    const auto number = digits(text.substr(8, 2));
    if (!year || !month || !number) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*number)}};
    if (!date.ok() || day{date} <= day{}) return std::nullopt;
    return day{date};
}

std::string to_text(day d) {
    const std::chrono::year_month_day date{d};
    char out[16];
    const int written = std::snprintf(out, sizeof out, "%04d-%02u-%02u", static_cast<int>(date.year()),
                                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return {out, static_cast<std::size_t>(written)};
}

}  // namespace dormouse::site
