#include "site/text_column.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace dormouse::site {

namespace {
constexpr char32_t replacement = 0xFFFD;

/// What Windows-1252 holds outside ASCII and U+00A0 to U+00FF.
constexpr std::array<char32_t, 27> windows_1252{0x0152, 0x0153, 0x0160, 0x0161, 0x0178, 0x017D, 0x017E, 0x0192, 0x02C6,
                                                0x02DC, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E,
                                                0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x2039, 0x203A, 0x20AC, 0x2122};

struct decoded {
    char32_t character;
    std::size_t bytes;
};

/// The trail bytes a lead byte asks for, and the range of the first of them (Unicode table 3-7); 0 = not a lead byte.
struct lead {
    std::size_t trail = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
};

constexpr lead lead_of(unsigned char b) noexcept {
    if (b >= 0xC2 && b <= 0xDF) return {1};
    if (b == 0xE0) return {2, 0xA0, 0xBF};
    if (b == 0xED) return {2, 0x80, 0x9F};
    if (b >= 0xE1 && b <= 0xEF) return {2};
    if (b == 0xF0) return {3, 0x90, 0xBF};
    if (b == 0xF4) return {3, 0x80, 0x8F};
    if (b >= 0xF1 && b <= 0xF3) return {3};
    return {};
}

/// The first character of a text that is not empty.
decoded decode(std::string_view text) noexcept {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return {first, 1};
    auto [trail, low, high] = lead_of(first);
    if (trail == 0) return {replacement, 1};
    char32_t character = first & (0x3FU >> trail);
    for (std::size_t i = 1; i <= trail; ++i, low = 0x80, high = 0xBF) {
        const unsigned next = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
        if (next < low || next > high) return {replacement, i};
        character = (character << 6U) | (next & 0x3FU);
    }
    return {character, trail + 1};
}

constexpr std::size_t utf8_size(char32_t c) noexcept { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

void append_utf8(std::string& to, char32_t c) {
    const auto trail = [&](unsigned shift) { to += static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
    switch (utf8_size(c)) {
        case 1: to += static_cast<char>(c); break;
        case 2: to += static_cast<char>(0xC0U | (c >> 6U)); break;
        case 3: to += static_cast<char>(0xE0U | (c >> 12U)); break;
        default: to += static_cast<char>(0xF0U | (c >> 18U)); break;
    }
    if (c >= 0x10000) trail(12);
    if (c >= 0x800) trail(6);
    if (c >= 0x80) trail(0);
}

/// The character itself, or what stands for it in that charset.
char32_t as_held_by(charset set, char32_t c) noexcept {
    switch (set) {
        case charset::utf8mb4:
        case charset::other: return c;
        case charset::utf8mb3: return c < 0x10000 ? c : replacement;
        case charset::ascii: return c < 0x80 ? c : U'?';
        case charset::latin1:
            return c < 0x80 || (c >= 0xA0 && c <= 0xFF) || std::ranges::binary_search(windows_1252, c) ? c : U'?';
    }
    return U'?';
}

/// Bytes a character takes in the column; `other` is counted as if it were UTF-8, which is never too little.
constexpr std::size_t size_in(charset set, char32_t c) noexcept {
    return set == charset::latin1 || set == charset::ascii ? 1 : utf8_size(c);
}
}  // namespace

charset charset_of(std::string_view name) noexcept {
    if (name == "utf8mb4") return charset::utf8mb4;
    if (name == "utf8mb3" || name == "utf8") return charset::utf8mb3;
    if (name == "latin1") return charset::latin1;
    if (name == "ascii") return charset::ascii;
    return charset::other;
}

std::string fit_text(std::string_view raw, const text_column& column, std::size_t most_bytes) {
    std::string out;
    out.reserve(std::min({raw.size(), most_bytes, column.max_bytes}));
    std::size_t in_column = 0;
    std::size_t characters = 0;
    while (!raw.empty()) {
        const auto [character, bytes] = decode(raw);
        raw.remove_prefix(bytes);
        if (character == 0) continue;
        const auto held = as_held_by(column.charset, character);
        in_column += size_in(column.charset, held);
        ++characters;
        if (in_column > column.max_bytes || characters > column.max_characters ||
            out.size() + utf8_size(held) > most_bytes)
            break;
        append_utf8(out, held);
    }
    return out;
}

}  // namespace dormouse::site
