#pragma once
// Which users exist and which are blocked (spec 4-scheduler, rule 5; 1-domain, section 8, traps 15 to 17). The two user
// tables belong to the network and may have names of their own. Functions of the caller's connection; they throw as it
// does.

#include "site/tables.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dormouse::site {

class connection;

struct user_standing {
    bool exists = false;
    std::string status;  ///< `wpm_status`, of several rows the first; empty = none.
};

[[nodiscard]] user_standing read_user(connection& c, const tables& t, std::int64_t user_id);

/// Ids that exist, as the stretches between gaps: few, for few users are ever deleted.
class user_ids {
public:
    /// Ascending.
    void add(std::int64_t id);
    [[nodiscard]] bool contains(std::int64_t id) const;

private:
    struct stretch {
        std::int64_t first;
        std::int64_t last;
    };
    std::vector<stretch> stretches_;
};

/// Everybody there is: one walk along the primary key, which costs less than asking for page after page of ids.
[[nodiscard]] user_ids read_users(connection& c, const tables& t);

/// All that are blocked, ascending: there are few, and the index finds them at once.
[[nodiscard]] std::vector<std::int64_t> read_blocked(connection& c, const tables& t);

}  // namespace dormouse::site
