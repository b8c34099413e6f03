#pragma once
// What a table of the site looks like here and now, as far as our account may see it. The site's plugins change their
// tables without telling us (spec 1-domain, section 1.2), so shapes are read from information_schema and forgotten
// soon.

#include "site/text_column.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::site {

class connection;

class table_shape {
public:
    /// True when the table exists and the account has some right on at least one of its columns.
    [[nodiscard]] bool exists() const noexcept { return !columns_.empty(); }
    [[nodiscard]] bool has(std::string_view column) const { return columns_.contains(column); }
    /// Limits of a text column; the widest possible for one that is not there or is no text.
    [[nodiscard]] text_column text(std::string_view column) const;

    void add(std::string column, text_column limits) { columns_.emplace(std::move(column), limits); }

private:
    std::map<std::string, text_column, std::less<>> columns_;
};

/// A cache over information_schema; tables that are missing are asked for each time. Thread-safe; reads run on the
/// caller's connection.
class table_shapes {
public:
    using clock_type = std::chrono::steady_clock;
    static constexpr auto life = std::chrono::seconds{30};

    /// The table's shape; one that does not exist when there is no such table. Throws base::failure: errc::denied when
    /// the table is there but the account has no right on it, so that a missing GRANT is not taken for a missing
    /// table.
    [[nodiscard]] std::shared_ptr<const table_shape> of(connection& c, const std::string& table);

    /// The same for a table that we can do without: one that is closed to us counts as missing.
    [[nodiscard]] std::shared_ptr<const table_shape> if_allowed(connection& c, const std::string& table);

    /// Reads again at the next call: a statement met a column or table that is not there any more.
    void forget();

private:
    struct known {
        std::shared_ptr<const table_shape> shape;
        clock_type::time_point read_at;
    };
    std::mutex mutex_;
    std::map<std::string, known> known_;
};

}  // namespace dormouse::site
