#include "site/reminder.hpp"

#include "base/ascii.hpp"
#include "base/digest.hpp"

#include <algorithm>
#include <array>

namespace dormouse::site {

namespace {

constexpr std::array<std::string_view, 4> stage_names{"1", "2", "3", "admin"};
constexpr std::array<std::string_view, 9> state_names{"planned", "claimed", "streaming",  "in_doubt", "sent",
                                                      "retry",   "failed",  "suppressed", "skipped"};

template <std::size_t Count>
std::optional<std::size_t> place_of(std::string_view text, const std::array<std::string_view, Count>& names) noexcept {
    const auto* const found = std::ranges::find(names, text);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

std::string_view to_string(letter_stage s) noexcept { return stage_names.at(static_cast<std::size_t>(s) - 1); }

std::optional<letter_stage> parse_letter_stage(std::string_view text) noexcept {
    const auto place = place_of(text, stage_names);
    return place ? std::optional{static_cast<letter_stage>(*place + 1)} : std::nullopt;
}

std::string_view to_string(letter_state s) noexcept { return state_names.at(static_cast<std::size_t>(s)); }

std::optional<letter_state> parse_letter_state(std::string_view text) noexcept {
    const auto place = place_of(text, state_names);
    return place ? std::optional{static_cast<letter_state>(*place)} : std::nullopt;
}

bool is_final(letter_state s) noexcept {
    using enum letter_state;
    return s == sent || s == failed || s == suppressed || s == skipped;
}

bool is_pending(letter_state s) noexcept { return !is_final(s) && s != letter_state::in_doubt; }

std::string hash_address(std::string_view address) {
    constexpr std::string_view blank = " \t\r\n\v\f";
    const auto first = address.find_first_not_of(blank);
    address = first == std::string_view::npos ? std::string_view{} : address.substr(first);
    address = address.substr(0, address.find_last_not_of(blank) + 1);
    return base::sha256_hex(base::ascii_lower(address));
}

}  // namespace dormouse::site
