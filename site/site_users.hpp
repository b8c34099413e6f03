#pragma once
// Which users exist and which are blocked (spec 4-scheduler, rule 5; 1-domain, section 8, traps 15 to 17). The two user
// tables belong to the network and may have names of their own. Functions of the caller's connection; they throw as it
// does.

#include "site/tables.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dormouse::site {

class connection;

struct user_standing {
    bool exists = false;
    std::string status;  ///< `wpm_status`, of several rows the first; empty = none.
};

[[nodiscard]] user_standing read_user(connection& c, const tables& t, std::int64_t user_id);

/// Those of a page of ids that exist, ascending.
[[nodiscard]] std::vector<std::int64_t> read_existing(connection& c, const tables& t,
                                                      std::span<const std::int64_t> users);

/// All that are blocked, ascending: there are few, and the index finds them at once.
[[nodiscard]] std::vector<std::int64_t> read_blocked(connection& c, const tables& t);

}  // namespace dormouse::site
