#include "cli/values.hpp"

#include "config/values.hpp"
#include "queue/job.hpp"
#include "queue/json_text.hpp"

#include <array>
#include <ctime>
#include <fstream>
#include <istream>
#include <iterator>

namespace dormouse::cli {

namespace {

constexpr std::size_t largest_args = 512UL * 1024;  // twice the largest envelope
constexpr std::array<std::string_view, queue::priority_count> priorities{"high", "normal", "low"};

base::error wrong(std::string_view name, std::string_view text, std::string_view expected) {
    return {base::errc::invalid_argument,
            std::string{name} + ": expected " + std::string{expected} + ", got '" + std::string{text} + "'"};
}

base::result<std::string> read_all(std::istream& in, const std::string& source) {
    std::string text(largest_args + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return base::error{base::errc::io_error, "--args: cannot read " + source};
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_args)
        return base::error{base::errc::too_large, "--args: " + source + " has more than 512 KiB"};
    return text;
}

base::result<std::string> text_of(const std::string& text, std::istream& input) {
    if (text == "-") return read_all(input, "standard input");
    if (!text.starts_with('@')) return text;
    const auto file = text.substr(1);
    std::ifstream in{file, std::ios::binary};
    if (!in) return base::error{base::errc::invalid_argument, "--args: cannot read the file '" + file + "'"};
    return read_all(in, file);
}

}  // namespace

base::result<base::ms> read_duration(std::string_view name, std::string_view text) {
    const auto d = config::parse_duration(text);
    if (!d) return wrong(name, text, "a duration such as 250ms, 30s, 5m, 1h30m or 2d");
    return *d;
}

base::result<base::time_ms> read_time(std::string_view name, const std::string& text) {
    for (const auto* const form : {"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"}) {
        std::tm parts{};
        const auto* const end = strptime(text.c_str(), form, &parts);
        if (end == nullptr || *end != '\0') continue;
        const auto offset = parts.tm_gmtoff;
        parts.tm_gmtoff = 0;
        const auto day = parts.tm_mday;
        const auto seconds = timegm(&parts);
        if (parts.tm_mday != day) break;  // strptime lets the 31st of every month pass
        return base::from_epoch_ms((static_cast<std::int64_t>(seconds) - offset) * 1000);
    }
    return wrong(name, text, "a time with a zone such as 2026-11-20T03:04:05Z or 2026-11-20T06:04+03:00");
}

base::result<site::day> day_or_today(std::string_view name, std::string_view text) {
    constexpr std::size_t date_length = 10;
    if (text.empty()) return std::chrono::floor<std::chrono::days>(base::system_clock().now());
    const auto day = site::parse_day(text);
    if (!day || text.size() != date_length) return wrong(name, text, "a day such as 2026-11-21");
    return *day;
}

base::result<int> read_priority(std::string_view text) {
    for (std::size_t i = 0; i < priorities.size(); ++i)
        if (text == priorities.at(i) || text == std::to_string(i)) return static_cast<int>(i);
    return wrong("--prio", text, "high, normal or low");
}

std::string_view priority_name(int priority) noexcept {
    const auto i = static_cast<std::size_t>(priority);
    return i < priorities.size() ? priorities.at(i) : "?";
}

base::result<boost::json::object> read_args(const std::string& text, std::istream& input) {
    const auto json = text_of(text, input);
    if (!json) return json.error();
    auto parsed = queue::parse_strict(*json);
    if (!parsed)
        return base::error{base::errc::invalid_argument, std::string{"--args: not valid JSON: "} + parsed.error()};
    auto* const object = parsed->if_object();
    if (object == nullptr)
        return base::error{base::errc::invalid_argument, "--args: expected a JSON object such as {\"hook_id\":7}"};
    return std::move(*object);
}

std::string short_duration(base::ms d) {
    struct unit {
        std::int64_t ms;
        const char* name;
    };
    constexpr std::array<unit, 4> units{{{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}}};
    const auto total = d.count();
    if (total > 0 && total < 1'000) return std::to_string(total) + "ms";
    for (std::size_t i = 0; i < units.size(); ++i) {
        const auto& u = units.at(i);
        if (total < u.ms && i + 1 < units.size()) continue;
        auto out = std::to_string(total / u.ms) + u.name;
        if (i + 1 < units.size())
            if (const auto rest = total % u.ms / units.at(i + 1).ms; rest > 0)
                out += " " + std::to_string(rest) + units.at(i + 1).name;
        return out;
    }
    return "0s";
}

std::string duration_or_dash(const std::optional<base::ms>& d) { return d ? short_duration(*d) : "-"; }

}  // namespace dormouse::cli
