#pragma once
// What MariaDB and MySQL do differently, as pure functions of the server's version. Everything else the room writes
// is SQL that both understand.
// MySQL: reference manual 8.0, "SELECT execution time limit" (max_execution_time) and "Locking reads" (SKIP LOCKED).
// MariaDB: knowledge base, "Aborting statements" (max_statement_time) and "SELECT SKIP LOCKED" (10.6).

#include "base/clock.hpp"
#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dormouse::site {

enum class server_family { mariadb, mysql };

struct dialect {
    server_family family = server_family::mariadb;
    int major = 0;
    int minor = 0;
    int patch = 0;

    [[nodiscard]] bool at_least(int want_major, int want_minor, int want_patch = 0) const noexcept;

    /// `FOR UPDATE SKIP LOCKED` is understood: MariaDB from 10.6, MySQL from 8.0.1.
    [[nodiscard]] bool skips_locked() const noexcept;

    /// "MariaDB 10.11.19", for people.
    [[nodiscard]] std::string name() const;

    friend bool operator==(const dialect&, const dialect&) = default;
};

/// Reads the answer of `SELECT VERSION()`, for example `10.11.19-MariaDB-0+deb12u1`, `5.5.5-10.4.2-MariaDB` (the
/// replication prefix of old proxies) or `8.0.36-28`. errc::protocol when there is no version in it.
[[nodiscard]] base::result<dialect> dialect_of(std::string_view version);

/// Statements that make every session alike, whatever the server's defaults are: zone UTC, strict mode without the
/// zero-date modes (the site's tables are full of zero dates), a bound on waiting for row locks.
[[nodiscard]] std::vector<std::string> session_setup(base::ms statement_timeout);

/// Bounds every following statement of the session. MariaDB: all statements. MySQL: only SELECT, the rest is bounded
/// by the lock wait of `session_setup` and the client's read timeout. Zero and less become one millisecond.
[[nodiscard]] std::string limit_statements(const dialect& d, base::ms limit);

/// Milliseconds as whole seconds, rounded up, at least one.
[[nodiscard]] int whole_seconds(base::ms d) noexcept;

}  // namespace dormouse::site
