#pragma once
// Reads of the key table for the sleepers scan: large, but each by one index and one pass (spec 1-domain, section 6).
// Functions of the caller's connection; they throw as it does. Status and key type are never looked at, banned rows
// and rows without a user never count (section 8, traps 1, 5, 6, 14).

#include "site/days.hpp"
#include "site/sleeper_rules.hpp"
#include "site/tables.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace dormouse::site {

class connection;

/// How this site's key table is to be read: made once for a run.
struct key_table {
    std::string name;
    std::string by_term;    ///< ` USE INDEX (…)`, or empty where the index has another name (trap 18).
    std::string unlimited;  ///< Of a row, as SQL: older sites have no such column.
};

/// errc::not_found, with what to do about it, if there is no such table.
[[nodiscard]] key_table find_key_table(connection& c, const tables& t);

/// A user none of whose keys of a level is unlimited or ends after the day.
struct lapsed_user {
    std::int64_t user_id = 0;
    std::int64_t key_id = 0;
    day last_end;

    friend bool operator==(const lapsed_user&, const lapsed_user&) = default;
};

/// Users of the level above `after`, ascending, at most `most`: one grouped read.
[[nodiscard]] std::vector<lapsed_user> read_lapsed(connection& c, const key_table& k, std::int64_t term_id, day as_of,
                                                   std::int64_t after, std::size_t most);

/// Users with an active key of the level, ascending, each once.
[[nodiscard]] std::vector<std::int64_t> read_active(connection& c, const key_table& k, std::int64_t term_id, day as_of);

/// All rows of these users (at most a page of them) and levels, banned ones too, by user and id.
[[nodiscard]] std::map<std::int64_t, std::vector<key_row>> read_keys(connection& c, const key_table& k,
                                                                     std::span<const std::int64_t> users,
                                                                     std::span<const std::int64_t> levels);

}  // namespace dormouse::site
