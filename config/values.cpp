#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace dormouse::config {

namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first.
constexpr std::array<unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 4> size_units{{{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}}};
constexpr std::uint64_t longest_duration = 100ULL * 366 * 86'400'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Cuts a number and the letters after it off the front of `text`; nothing if they are not there or too large.
std::optional<std::pair<std::uint64_t, std::string_view>> take_number_and_unit(std::string_view& text) noexcept {
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto letters = std::find_if(text.begin(), text.end(), is_digit) - text.begin();
    const auto name = text.substr(0, static_cast<std::size_t>(letters));
    text.remove_prefix(name.size());
    return std::pair{number, name};
}

template <std::size_t Count>
std::string format(std::uint64_t value, const std::array<unit, Count>& units, std::string_view unit_of_zero) {
    if (value == 0) return "0" + std::string{unit_of_zero};
    const auto fits = std::find_if(units.begin(), units.end(), [&](const unit& u) { return value % u.factor == 0; });
    return std::to_string(value / fits->factor) + std::string{fits->name};
}

}  // namespace

std::optional<base::ms> parse_duration(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    auto next_unit = duration_units.begin();
    while (!text.empty()) {
        const auto part = take_number_and_unit(text);
        if (!part) return std::nullopt;
        const auto& [number, name] = *part;
        const auto found = std::find_if(next_unit, duration_units.end(), [&](const unit& u) { return u.name == name; });
        if (found == duration_units.end() || number > longest_duration / found->factor) return std::nullopt;
        total += number * found->factor;
        if (total > longest_duration) return std::nullopt;
        next_unit = found + 1;
    }
    return base::ms{static_cast<base::ms::rep>(total)};
}

std::string format_duration(base::ms value) {
    return format(static_cast<std::uint64_t>(value.count()), duration_units, "s");
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    const auto part = take_number_and_unit(text);
    if (!part || !text.empty()) return std::nullopt;
    const auto& [number, name] = *part;
    const auto found =
        std::find_if(size_units.begin(), size_units.end(), [&](const unit& u) { return u.name == name; });
    if (found == size_units.end() || number > UINT64_MAX / found->factor) return std::nullopt;
    return number * found->factor;
}

std::string format_size(std::uint64_t bytes) { return format(bytes, size_units, "B"); }

std::optional<std::int64_t> parse_whole(std::string_view text) noexcept {
    const auto digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc{} ? std::optional{value} : std::nullopt;
}

std::size_t slips_between(std::string_view a, std::string_view b) {
    // Optimal string alignment: three rows of the usual table.
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace dormouse::config
