#pragma once
// One session of the site's database: blocking, used by one thread at a time, opened again when it was lost. Code of
// this room gets it from `pool::run`; nobody else sees it. The connector stays inside connection.cpp.

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"
#include "site/dialect.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dormouse::site {

/// A parameter for a `?`. Text must live until the statement has run; it is sent as utf8mb4.
using sql_value = std::variant<std::monostate, std::int64_t, std::string_view>;

/// NULL for an empty optional.
[[nodiscard]] inline sql_value nullable(std::optional<std::int64_t> v) { return v ? sql_value{*v} : sql_value{}; }

/// One row of a result: text as the server gave it, columns by their place in the select list.
class row {
public:
    explicit row(std::vector<std::optional<std::string>> cells) : cells_{std::move(cells)} {}

    [[nodiscard]] bool is_null(std::size_t column) const { return !cells_.at(column).has_value(); }
    /// Empty for NULL.
    [[nodiscard]] std::string text(std::size_t column) const { return cells_.at(column).value_or(std::string{}); }
    /// Empty for NULL and for what is not a whole number.
    [[nodiscard]] std::optional<std::int64_t> number(std::size_t column) const;

private:
    std::vector<std::optional<std::string>> cells_;
};

/// Every member throws `base::failure` with a code of `errc_of` and the server's words; `pool::run` catches it. Each
/// statement is bounded by the limit given to `begin`, or by the configured statement timeout where that is less.
class connection {
public:
    explicit connection(config::database_settings settings);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Makes the session ready: opens it if there is none, asks after it when it has been idle for over a second, and
    /// sets the bound of its statements. Sends nothing when all that is already so.
    void begin(base::deadline limit);

    /// Forgets a session that may be broken; the next `begin` opens a new one.
    void close() noexcept;

    /// Rows of a SELECT. Buffered: page large results by key and LIMIT.
    [[nodiscard]] std::vector<row> query(const std::string& sql, std::initializer_list<sql_value> values = {}) {
        return query(sql, std::span{values.begin(), values.size()});
    }
    [[nodiscard]] std::vector<row> query(const std::string& sql, std::span<const sql_value> values);

    /// Rows of a SELECT of whole numbers, one by one as they come, for results too large to hold. NULL is 0. `f` runs
    /// no statement on this connection.
    void each(const std::string& sql, const std::function<void(std::span<const std::int64_t>)>& f);

    /// Number of rows an INSERT, UPDATE or DELETE changed. Statements with parameters stay prepared in the session, so
    /// keep their texts few.
    std::int64_t execute(const std::string& sql, std::initializer_list<sql_value> values = {}) {
        return execute(sql, std::span{values.begin(), values.size()});
    }
    std::int64_t execute(const std::string& sql, std::span<const sql_value> values);

    [[nodiscard]] const dialect& server() const noexcept { return dialect_; }

    /// Sessions opened and sessions lost since start.
    struct counts {
        std::uint64_t opened = 0;
        std::uint64_t lost = 0;
    };
    [[nodiscard]] counts counted() const noexcept { return counts_; }

private:
    class session;
    void open();
    void bound_statements(base::ms limit);

    config::database_settings settings_;
    std::unique_ptr<session> session_;
    dialect dialect_;
    base::ms bound_{0};
    base::deadline::clock_type::time_point last_used_{};
    counts counts_;
};

/// Rolls back unless committed. A transaction whose connection is lost ends on the server by itself.
class transaction {
public:
    explicit transaction(connection& c) : connection_{c} { connection_.execute("START TRANSACTION"); }
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;
    /// On errc::connection_lost nobody knows whether it was committed.
    void commit();

private:
    connection& connection_;
    bool open_ = true;
};

}  // namespace dormouse::site
