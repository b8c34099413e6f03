#pragma once
// The facts of one user and one level, for `explain` and for the check right before a letter goes. Nothing is written.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "site/sleeper_rules.hpp"
#include "site/tables.hpp"

#include <cstdint>

namespace dormouse::site {

class connection;
class pool;

/// All rows that any rule looks at, by a handful of reads through indexes, on the caller's connection and so inside
/// its transaction. `site::judge` says what they mean. Tables of plugins that are not there count as empty, the key
/// table, the taxonomy and the users must exist. Throws as `connection` does.
[[nodiscard]] sleeper_facts read_sleeper_facts(connection& c, const tables& t, std::int64_t user_id,
                                               std::int64_t term_id);

/// The same on a connection of the pool, in one transaction.
[[nodiscard]] base::awaitable<base::result<sleeper_facts>> read_facts(pool& p, std::int64_t user_id,
                                                                      std::int64_t term_id, base::deadline limit);

}  // namespace dormouse::site
