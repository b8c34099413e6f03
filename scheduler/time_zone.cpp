#include "scheduler/time_zone.hpp"

#include "base/ascii.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dormouse::scheduler {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// Far enough for every schedule, near enough that adding an offset cannot overflow a year.
constexpr sys_seconds first_instant{seconds{-200'000'000'000}};
constexpr sys_seconds last_instant{seconds{200'000'000'000}};

// Whatever this machine is set to: a name in tzdata, but not of a place.
constexpr std::string_view machines_own = "localtime";

constexpr std::string_view allowed = "allowed are IANA names such as Europe/Berlin and offsets such as +05:30 or -3.5";

std::optional<int> digits(std::string_view text, std::size_t most) {
    if (text.empty() || text.size() > most) return std::nullopt;
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return value;
}

// What stands behind the whole hours: `:30`, `.5`, nothing.
std::optional<minutes> part_of_hour(std::string_view text) {
    if (text.empty()) return minutes{0};
    const auto value = digits(text.substr(1), 2);
    if (!value) return std::nullopt;
    if (text.front() == ':') return text.size() == 3 && *value < 60 ? std::optional{minutes{*value}} : std::nullopt;
    const int hundredths = text.size() == 2 ? *value * 10 : *value;
    return hundredths * 60 % 100 == 0 ? std::optional{minutes{hundredths * 60 / 100}} : std::nullopt;
}

std::optional<minutes> parse_offset(std::string_view text) {
    if (text.starts_with("UTC") && text.size() > 3 && (text[3] == '+' || text[3] == '-')) text.remove_prefix(3);
    const bool west = text.starts_with('-');
    if (west || text.starts_with('+')) text.remove_prefix(1);
    const auto cut = std::min(text.find_first_of(":."), text.size());
    const auto hours = digits(text.substr(0, cut), 2);
    const auto rest = part_of_hour(text.substr(cut));
    if (!hours || !rest) return std::nullopt;
    const auto offset = (std::chrono::hours{*hours} + *rest) * (west ? -1 : 1);
    if (offset < std::chrono::hours{-12} || offset > std::chrono::hours{14}) return std::nullopt;
    return offset;
}

std::string offset_name(minutes offset) {
    if (offset == minutes{0}) return "UTC";
    const auto size = std::chrono::abs(offset).count();
    return fmt::format("UTC{}{:02}:{:02}", offset < minutes{0} ? '-' : '+', size / 60, size % 60);
}

base::error unknown(std::string_view name, const date::tzdb& known) {
    constexpr std::size_t shown = 60;
    const auto near = std::ranges::find_if(known.zones, [&](const auto& z) {
        return z.name() != machines_own && base::same_but_for_case(z.name(), name);
    });
    const auto hint = near == known.zones.end() ? std::string{allowed} : fmt::format("it is written {}", near->name());
    return {base::errc::invalid_argument, fmt::format("unknown time zone \"{}\": {}", name.substr(0, shown), hint)};
}

}  // namespace

base::result<time_zone> time_zone::find(std::string_view name) {
    if (const auto offset = parse_offset(name)) return time_zone{offset_name(*offset), nullptr, *offset};
    try {
        const auto& known = date::get_tzdb();
        const auto same = std::ranges::lower_bound(known.zones, name, {}, &date::time_zone::name);
        if (same == known.zones.end() || same->name() != name || name == machines_own) return unknown(name, known);
        (void)same->get_info(date::sys_seconds{});  // reads the zone's file: a broken one is to show here
        return time_zone{same->name(), &*same, seconds{0}};
    } catch (const std::exception& e) {
        return base::error{base::errc::io_error,
                           fmt::format("time zone \"{}\": the system's tzdata cannot be read ({}); "
                                       "install the package tzdata",
                                       name, e.what())};
    }
}

base::result<time_zone> time_zone::of_site(std::string_view timezone_string, std::string_view gmt_offset) {
    if (!timezone_string.empty()) return find(timezone_string);
    return find(gmt_offset.empty() ? "UTC" : gmt_offset);
}

stretch time_zone::at(sys_seconds t) const {
    if (rules_ == nullptr) return {first_instant, last_instant, fixed_};
    const auto info = rules_->get_info(t);
    return {std::max(info.begin, first_instant), std::min(info.end, last_instant), info.offset};
}

}  // namespace dormouse::scheduler
