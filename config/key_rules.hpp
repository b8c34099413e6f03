#pragma once
// What texts of the description look like, for the files that write it down.

#include "base/clock.hpp"
#include "config/table.hpp"

#include <cstdint>
#include <string>

namespace dormouse::config {

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;
inline constexpr base::ms day = std::chrono::hours{24};

/// The whole text matches `pattern`; `expected` names it to people.
[[nodiscard]] text_rule matching(std::string pattern, std::string expected, std::size_t max_bytes = 64);
[[nodiscard]] text_rule checked_by(complaint (*check)(const std::string&), std::string expected);

[[nodiscard]] text_rule name_rule();
[[nodiscard]] text_rule id_rule();
[[nodiscard]] text_rule kind_rule();
[[nodiscard]] text_rule schedule_name_rule();
[[nodiscard]] text_rule table_rule(int max);
[[nodiscard]] text_rule limit_rule_text();
/// A URL that the operator vouches for; whether plain http will do is judged in rules.cpp.
[[nodiscard]] text_rule api_url_rule();

inline constexpr const char* allow_http_doc =
    "Plain `http://` to another machine: the key travels readable. Loopback needs no permission.";

}  // namespace dormouse::config
