#include "base/utc.hpp"

#include <date/date.h>

#include <sstream>
#include <string>

namespace dormouse::base {

namespace {
constexpr std::size_t longest = 40;

// A fraction and the zone are cut off, so that one form is left.
std::optional<std::string_view> without_zone(std::string_view text) {
    for (const std::string_view zone : {"Z", "+00:00", "+0000"})
        if (text.ends_with(zone)) {
            text.remove_suffix(zone.size());
            break;
        }
    const auto point = text.find('.');
    if (point == std::string_view::npos) return text;
    const auto digits = text.substr(point + 1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return text.substr(0, point);
}
}  // namespace

std::optional<time_ms> parse_utc(std::string_view text) {
    if (text.size() > longest) return std::nullopt;
    const auto plain = without_zone(text);
    constexpr std::size_t form_size = std::string_view{"2026-02-07T12:01:00"}.size();
    if (!plain || plain->size() != form_size || ((*plain)[10] != 'T' && (*plain)[10] != ' ')) return std::nullopt;
    std::string form{*plain};
    form[10] = 'T';
    std::istringstream in{form};
    in.imbue(std::locale::classic());
    date::sys_seconds at;
    in >> date::parse("%FT%T", at);
    // What is read must print the same: the library forgives a sign or a space.
    if (!in || date::format("%FT%T", at) != form) return std::nullopt;
    return time_ms{at.time_since_epoch()};
}

}  // namespace dormouse::base
