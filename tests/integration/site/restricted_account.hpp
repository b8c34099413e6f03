#pragma once
// The least the worker needs, as docs tell the operator to grant it (spec 3-jobs, "Security facts").

#include "tests/support/mariadb_server.hpp"

#include <string>

namespace dormouse::site {

/// Makes the account `dormouse` without password. Our own tables must exist.
inline void grant_the_least(const test::mariadb_server& server, const std::string& prefix = "wp_") {
    const auto on = [&](const std::string& rights, const std::string& table) {
        return "GRANT " + rights + " ON `wordpress`.`" + prefix + table + "` TO dormouse@localhost;";
    };
    server.sql("CREATE USER dormouse@localhost;" +
               on("SELECT (id, url, event, is_active, secret), UPDATE (is_active)", "memberlux_hook") +
               on("INSERT", "memberlux_hook_action") + on("SELECT, INSERT, UPDATE", "dormouse_delivery") +
               on("SELECT, INSERT, UPDATE", "dormouse_hook"));
}

}  // namespace dormouse::site
