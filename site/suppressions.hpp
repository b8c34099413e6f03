#pragma once
// Addresses that get no letters, `{prefix}dormouse_suppression`: bounced, unsubscribed (the companion plugin writes
// those), or put there by a person. Only hashes are kept.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::site {

class connection;
class pool;

struct suppression {
    std::string address_hash;  ///< `hash_address` of reminder.hpp
    std::string reason;        ///< `bounced`, `complained`, `unsubscribed`, `by_hand`; at most 32 bytes.
    std::string note;          ///< For people; at most 191 characters, never an address.
    base::time_ms created_at{};
};

/// Owned by the composition; used on one event loop, like the pool. Every verb may be said again.
class suppressions {
public:
    /// The pool must outlive this.
    explicit suppressions(pool& p) : pool_{p} {}

    /// Why the address gets nothing; empty = it may. For use inside a transaction (`reminders::second_look`); throws
    /// like every statement. `table` = pool.table("dormouse_suppression").
    [[nodiscard]] static std::optional<suppression> find(connection& c, const std::string& table,
                                                         std::string_view address_hash);

    [[nodiscard]] base::awaitable<base::result<std::optional<suppression>>> find(std::string address_hash,
                                                                                 base::deadline limit);

    /// Those of these users, a few hundred at once, whose own address gets nothing. Whoever is gone is not among them.
    [[nodiscard]] base::awaitable<base::result<std::vector<std::int64_t>>> among(std::vector<std::int64_t> users,
                                                                                 base::deadline limit);

    /// False: it was there already and stays as it was.
    [[nodiscard]] base::awaitable<base::result<bool>> add(suppression s, base::deadline limit);

    /// False: it was not there.
    [[nodiscard]] base::awaitable<base::result<bool>> remove(std::string address_hash, base::deadline limit);

    /// Newest first; `offset` at most 1,000,000, `limit_rows` 1 to 1000.
    [[nodiscard]] base::awaitable<base::result<std::vector<suppression>>> list(int limit_rows, int offset,
                                                                               base::deadline limit);

private:
    pool& pool_;
};

}  // namespace dormouse::site
