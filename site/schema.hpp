#pragma once
// Brings our tables into being and up to date: `dormouse migrate`. Needs an account with CREATE on the prefix; the
// worker itself runs with far less. Safe when several run at once: they take turns by GET_LOCK.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dormouse::site {

class pool;

/// One step, for `migrate --status`.
struct migration_state {
    int version = 0;
    std::string name;
    std::optional<base::time_ms> applied_at;  ///< Empty = pending.
};

class schema {
public:
    /// Both must outlive this.
    explicit schema(pool& p, base::clock& c = base::system_clock()) : pool_{p}, clock_{c} {}

    /// Every known step, and those a newer Dormouse applied, by version. Changes nothing.
    [[nodiscard]] base::awaitable<base::result<std::vector<migration_state>>> status(base::deadline limit = {});

    /// Applies what is pending and returns its versions; none when there is nothing to do. errc::unavailable when
    /// another one is at it for longer than 30 s, errc::conflict when a newer Dormouse was here, errc::denied names
    /// the missing right.
    [[nodiscard]] base::awaitable<base::result<std::vector<int>>> migrate(base::deadline limit = {});

    /// The statements `migrate` would run now, each ended by `;` and a newline; empty = none. Changes nothing.
    [[nodiscard]] base::awaitable<base::result<std::string>> dry_run(base::deadline limit = {});

private:
    pool& pool_;
    base::clock& clock_;
};

}  // namespace dormouse::site
