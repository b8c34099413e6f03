#include "cli/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr std::string_view ellipsis = "\u2026";

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the character at the beginning of `text`; 0 if there is no whole one.
std::size_t character_size(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (size == 0 || lead > 0xF4 || size > text.size()) return 0;
    return std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size), is_continuation) ? size : 0;
}

/// C0, DEL and C1: what a terminal obeys.
bool is_control(std::string_view character) noexcept {
    const auto first = static_cast<unsigned char>(character.front());
    return character.size() == 1 ? first < 0x20 || first == 0x7F
                                 : first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

void pad(std::ostream& out, std::size_t columns) {
    for (std::size_t i = 0; i < columns; ++i) out << ' ';
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto size = character_size(text);
        const auto character = text.substr(0, std::max<std::size_t>(size, 1));
        if (character == "\n" || character == "\r" || character == "\t")
            out += ' ';
        else if (size == 0 || is_control(character))
            out += '?';
        else
            out += character;
        text.remove_prefix(character.size());
    }
    return out;
}

std::size_t width_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string shortened(std::string_view text, std::size_t columns) {
    if (width_of(text) <= columns) return std::string{text};
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end)
        if (!is_continuation(text[end]) && seen++ == columns - 1) break;
    return std::string{text.substr(0, end)} + std::string{ellipsis};
}

void table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (auto& cell : cells) cell = printable(cell);
    rows_.push_back(std::move(cells));
}

void table::print(std::ostream& out, bool bold_titles) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        widths.push_back(width_of(columns_[i].title));
        for (const auto& row : rows_) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    const auto line = [&](const auto& text_of) {
        std::size_t owed = 0;  // spaces that are due only if something follows
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string& text = text_of(i);
            const auto room = widths[i] - width_of(text);
            const bool right = columns_[i].align == align::right;
            if (!text.empty()) {
                pad(out, owed + (right ? room : 0));
                out << text;
                owed = right ? 0 : room;
            } else {
                owed += room;
            }
            owed += 2;
        }
        out << '\n';
    };
    if (bold_titles) out << "\x1b[1m";
    line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
    if (bold_titles) out << "\x1b[0m";
    for (const auto& row : rows_) line([&](std::size_t i) -> const std::string& { return row[i]; });
}

bool stdout_is_terminal() {
    const auto* const no_color = std::getenv("NO_COLOR");
    const auto* const term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
           (term == nullptr || std::string_view{term} != "dumb");
}

}  // namespace dormouse::cli
