#pragma once
// The written form of values in the configuration: durations, sizes, whole numbers. Pure functions; nothing here
// knows YAML. What `format_*` writes, `parse_*` reads back.

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::config {

/// "250ms", "30s", "5m", "1h30m", "8d": whole numbers, each with its unit, units falling. Nothing for anything else,
/// decimals, signs and spaces included, and for more than 100 years.
[[nodiscard]] std::optional<base::ms> parse_duration(std::string_view text) noexcept;

/// In the largest unit that divides it: "90m", "1500ms", "8d". Not negative.
[[nodiscard]] std::string format_duration(base::ms value);

/// "512B", "256KiB", "64MiB", "1GiB": a whole number and a binary unit.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// In the largest unit that divides it.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// Decimal digits with an optional minus; no plus, no spaces, no leading zeros, no other bases.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text) noexcept;

/// The same forms as regular expressions (JSON Schema's dialect).
inline constexpr std::string_view duration_pattern = "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
inline constexpr std::string_view size_pattern = "^[0-9]+(B|KiB|MiB|GiB)$";

/// The candidate that `typed` was probably meant to be (at most two slips, fewer for short words); empty if none is
/// near.
template <class Names>
[[nodiscard]] std::string_view nearest(std::string_view typed, const Names& candidates);

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
[[nodiscard]] std::size_t slips_between(std::string_view a, std::string_view b);

template <class Names>
std::string_view nearest(std::string_view typed, const Names& candidates) {
    std::string_view best;
    // A slip in every third letter, at most two: "ful" is near "full", "on" is near nothing.
    std::size_t fewest = std::min<std::size_t>(2, typed.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        if (const auto slips = slips_between(typed, candidate); slips < fewest) {
            fewest = slips;
            best = candidate;
        }
    }
    return best;
}

}  // namespace dormouse::config
