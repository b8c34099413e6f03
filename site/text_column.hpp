#pragma once
// Makes any bytes fit a text column, so that an insert cannot fail for what a stranger's server answered
// (spec 3-jobs, B0.3 and "Traps inside the seeds"). Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace dormouse::site {

/// What a column can hold.
enum class charset {
    utf8mb4,  ///< All of Unicode.
    utf8mb3,  ///< Up to U+FFFF.
    latin1,   ///< Windows-1252, as MariaDB and MySQL understand the name.
    ascii,
    other,  ///< Left to the server, which replaces what it cannot hold (INSERT IGNORE).
};

/// From CHARACTER_SET_NAME of information_schema; `utf8` is utf8mb3.
[[nodiscard]] charset charset_of(std::string_view name) noexcept;

struct text_column {
    site::charset charset = charset::utf8mb4;
    std::size_t max_bytes = 65'535;                             ///< In the column's own charset: 65 535 for TEXT.
    std::size_t max_characters = static_cast<std::size_t>(-1);  ///< For VARCHAR(n).
};

/// Valid UTF-8 that the column holds without loss. Each maximal wrong part becomes one U+FFFD (Unicode 15, section
/// 3.9, as decoders of the web do), NUL goes, a character the charset lacks becomes U+FFFD or, where that is lacking
/// too, `?`. Cut between characters at the column's limits or at `most_bytes` of UTF-8, whichever comes first.
[[nodiscard]] std::string fit_text(std::string_view raw, const text_column& column,
                                   std::size_t most_bytes = static_cast<std::size_t>(-1));

}  // namespace dormouse::site
