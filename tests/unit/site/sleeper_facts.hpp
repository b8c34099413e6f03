#pragma once
// A student to change: in every rule a sleeper, since 1 November 2026.

#include "site/sleeper_rules.hpp"

#include <string>

namespace dormouse::site {

inline day on(const std::string& text) { return parse_day(text).value(); }

inline key_row key(std::int64_t id, const std::string& start, const std::string& end) {
    return {.id = id,
            .term_id = 7,
            .status = "used",
            .key_type = "wpm_term_keys",
            .banned = false,
            .unlimited = false,
            .date_start = start,
            .date_end = end};
}

inline sleeper_facts sleeping_student() {
    return {.user_id = 42,
            .term_id = 7,
            .level_exists = true,
            .level_enabled = true,
            .level_issues_itself = false,
            .ancestors = {},
            .keys = {key(1, "2026-10-01", "2026-11-01")},
            .ancestor_keys = {},
            .certificates = {},
            .user_exists = true,
            .user_status = {}};
}

}  // namespace dormouse::site
