#pragma once
// Text in columns, for people.

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::cli {

/// `text` on one line and safe for a terminal: control characters, which jobs and far servers may contain, become
/// spaces (line breaks, tabs) or `?`; so do bytes that are not UTF-8.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns a UTF-8 text takes, one for each character.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;

/// The text, or as much of it as fits with an ellipsis.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

enum class align { left, right };

class table {
public:
    struct column {
        std::string title;
        cli::align align = align::left;
    };
    explicit table(std::vector<column> columns) : columns_{std::move(columns)} {}

    /// One cell for each column; made printable.
    void add(std::vector<std::string> cells);
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

    /// Titles and rows, columns two spaces apart, no spaces at the ends of lines. `bold_titles` for terminals.
    void print(std::ostream& out, bool bold_titles) const;

private:
    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Whether standard output is a terminal that wants to be treated as one (NO_COLOR is empty, TERM is not dumb).
[[nodiscard]] bool stdout_is_terminal();

}  // namespace dormouse::cli
