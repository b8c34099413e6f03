#include "scheduler/cron_fields.hpp"

#include "base/ascii.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dormouse::scheduler {

namespace {

constexpr std::size_t longest_expression = 256;
constexpr std::string_view blanks = " \t";

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct field {
    std::string_view name;
    unsigned low;
    unsigned high;
    std::span<const std::string_view> names;  ///< The first one stands for `low`.
    std::string_view allowed;
    bool may_be_last = false;
};

constexpr std::array<field, 5> all_fields{
    field{"minute", 0, 59, {}, "0 to 59"}, field{"hour", 0, 23, {}, "0 to 23"},
    field{"day of month", 1, 31, {}, "1 to 31 and L (the month's last day)", true},
    field{"month", 1, 12, month_names, "1 to 12 and jan to dec"},
    field{"weekday", 0, 7, weekday_names, "0 to 7 (0 and 7 are Sunday) and sun to sat"}};

struct nickname {
    std::string_view name;
    std::string_view expression;
};
constexpr std::array<nickname, 7> nicknames{nickname{"@hourly", "0 * * * *"},   nickname{"@daily", "0 0 * * *"},
                                            nickname{"@midnight", "0 0 * * *"}, nickname{"@weekly", "0 0 * * 0"},
                                            nickname{"@monthly", "0 0 1 * *"},  nickname{"@yearly", "0 0 1 1 *"},
                                            nickname{"@annually", "0 0 1 1 *"}};

struct parsed_field {
    std::uint64_t values = 0;
    bool has_star = false;
    bool has_last = false;
};

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool join_separators) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto cut = text.find_first_of(separators);
        if (!join_separators || cut != 0)
            if (!join_separators || !text.empty()) parts.push_back(text.substr(0, cut));
        if (cut == std::string_view::npos) return parts;
        text.remove_prefix(cut + 1);
    }
}

base::error refused(const field& f, std::string_view item, std::string_view why) {
    return {base::errc::invalid_argument, fmt::format("{}: \"{}\" {}", f.name, item, why)};
}

base::error not_allowed(const field& f, std::string_view item) {
    return refused(f, item, fmt::format("is not allowed; {}, lists, ranges and steps (*/5, 1-9/2) are", f.allowed));
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.size() > 4 || code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<unsigned> value_of(const field& f, std::string_view text) {
    if (const auto name = std::ranges::find(f.names, text); name != f.names.end())
        return f.low + static_cast<unsigned>(name - f.names.begin());
    const auto value = number(text);
    return value && *value >= f.low && *value <= f.high ? value : std::nullopt;
}

struct range {
    unsigned first;
    unsigned last;
};

base::result<range> parse_range(const field& f, std::string_view text, std::string_view item) {
    if (text == "*") return range{f.low, f.high};
    const auto dash = text.find('-');
    const auto first = value_of(f, text.substr(0, dash));
    if (!first) return not_allowed(f, item);
    if (dash == std::string_view::npos) return range{*first, *first};
    auto last = value_of(f, text.substr(dash + 1));
    if (!last) return not_allowed(f, item);
    // A week that ends with Sunday: fri-sun.
    if (text.substr(dash + 1) == weekday_names[0]) last = 7;
    if (*last < *first) return refused(f, item, fmt::format("runs backwards; write it as two ranges ({})", f.allowed));
    return range{*first, *last};
}

base::result<std::uint64_t> parse_item(const field& f, std::string_view item) {
    const auto slash = item.find('/');
    const auto text = item.substr(0, slash);
    const auto values = parse_range(f, text, item);
    if (!values) return values.error();
    unsigned step = 1;
    if (slash != std::string_view::npos) {
        if (text != "*" && text.find('-') == std::string_view::npos)
            return refused(f, item,
                           fmt::format("has a step but no range; write {}-{}/N for \"from there on\"", text, f.high));
        const auto given = number(item.substr(slash + 1));
        if (!given || *given == 0 || *given > f.high)
            return refused(f, item, fmt::format("has a step that is not allowed; 1 to {} are", f.high));
        step = *given;
    }
    std::uint64_t bits = 0;
    for (auto v = values->first; v <= values->last; v += step) bits |= std::uint64_t{1} << v;
    return bits;
}

base::result<parsed_field> parse_field(const field& f, std::string_view text) {
    parsed_field out;
    for (const auto item : split(text, ",", false)) {
        if (f.may_be_last && item == "l") {
            out.has_last = true;
            continue;
        }
        const auto bits = parse_item(f, item);
        if (!bits) return bits.error();
        out.values |= *bits;
        out.has_star = out.has_star || item.starts_with('*');
    }
    return out;
}

bool ever_comes(const cron_fields& f) {
    if (f.either_day() || f.last_day) return true;
    constexpr std::array<unsigned, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (unsigned month = 1; month <= 12; ++month)
        if ((f.months >> month & 1) != 0 && std::countr_zero(f.days) <= static_cast<int>(longest[month])) return true;
    return false;
}

base::result<cron_fields> parse_five(std::span<const std::string_view> texts) {
    std::array<parsed_field, 5> parsed;
    for (std::size_t i = 0; i < parsed.size(); ++i) {
        auto one = parse_field(all_fields[i], texts[i]);
        if (!one) return one.error();
        parsed[i] = *one;
    }
    const auto bits = [&](std::size_t i) { return static_cast<std::uint32_t>(parsed[i].values); };
    constexpr std::uint32_t sunday_as_seven = 1U << 7;
    const auto weekdays = (bits(4) & ~sunday_as_seven) | (bits(4) & sunday_as_seven ? 1U : 0U);
    const cron_fields out{parsed[0].values,   bits(1),           bits(2), parsed[2].has_last, bits(3), weekdays,
                          parsed[2].has_star, parsed[4].has_star};
    if (!ever_comes(out))
        return refused(all_fields[2], texts[2],
                       fmt::format("never comes in month \"{}\"; allowed are days it has", texts[3]));
    return out;
}

base::result<cron_fields> parse_lower_case(std::string_view text) {
    if (text.starts_with('@')) {
        const auto* const known = std::ranges::find(nicknames, text, &nickname::name);
        if (known != nicknames.end()) return parse_lower_case(known->expression);
        std::vector<std::string_view> names;
        names.reserve(nicknames.size());
        for (const auto& n : nicknames) names.push_back(n.name);
        return base::error{base::errc::invalid_argument,
                           fmt::format("unknown name; allowed are {}", fmt::join(names, " "))};
    }
    const auto texts = split(text, blanks, true);
    if (texts.size() != all_fields.size())
        return base::error{
            base::errc::invalid_argument,
            fmt::format("{} fields; five are wanted: minute hour day-of-month month weekday", texts.size())};
    return parse_five(texts);
}

}  // namespace

base::result<cron_fields> parse_cron_fields(std::string_view text) {
    if (text.size() > longest_expression)
        return base::error{
            base::errc::invalid_argument,
            fmt::format("cron expression of {} characters; at most {} are allowed", text.size(), longest_expression)};
    auto fields = parse_lower_case(base::ascii_lower(text));
    if (fields) return fields;
    return base::error{fields.error().code, fmt::format("cron expression \"{}\": {}", text, fields.error().detail)};
}

}  // namespace dormouse::scheduler
