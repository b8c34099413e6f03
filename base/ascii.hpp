#pragma once
// Letters of ASCII in either case, whatever the locale. Bytes beyond ASCII are left as they are. Pure.

#include <algorithm>
#include <string>
#include <string_view>

namespace dormouse::base {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = ascii_lower(c);
    return out;
}

[[nodiscard]] constexpr bool same_but_for_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

}  // namespace dormouse::base
