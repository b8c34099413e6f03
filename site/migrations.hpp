#pragma once
// The tables that are ours, as numbered steps. Pure text; `schema` runs it.
// The statements keep to the form WordPress' dbDelta() reads (one column a line, two spaces after PRIMARY KEY, lower
// case types, named keys), so that the companion plugin can make the outbox by the same words. Times that only we write
// are milliseconds since the epoch.

#include "base/error.hpp"

#include <span>
#include <string>
#include <string_view>

namespace dormouse::site {

struct migration {
    int version;
    std::string_view name;
    std::string_view sql;  ///< One idempotent statement; `{prefix}` stands for the site's prefix.
};

/// In order, versions 1, 2, 3 and so on. Never edit one that was released: append.
[[nodiscard]] std::span<const migration> migrations() noexcept;

/// The table that remembers what was applied; made before the first step.
[[nodiscard]] std::string_view ledger_sql() noexcept;

/// `sql` for one site. `prefix` must have passed `check_prefix`.
[[nodiscard]] std::string with_prefix(std::string_view sql, std::string_view prefix);

/// A table prefix is `[A-Za-z0-9_]{0,32}`: it becomes part of statements. errc::invalid_argument names the key.
[[nodiscard]] base::result<void> check_prefix(std::string_view prefix);

}  // namespace dormouse::site
