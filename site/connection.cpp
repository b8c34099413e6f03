#include "site/connection.hpp"

#include "base/log.hpp"
#include "site/sql_error.hpp"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>

#include <charconv>
#include <map>

namespace dormouse::site {

namespace {
constexpr std::size_t most_prepared = 128;
constexpr auto trusted_idle = std::chrono::seconds{1};
// The server ends a statement first; this catches a server that says nothing any more.
constexpr int read_grace_seconds = 1;

[[noreturn]] void rethrow(const sql::SQLException& e) {
    throw base::failure{
        base::error{errc_of(e.getErrorCode()), "database error " + std::to_string(e.getErrorCode()) + ": " + e.what()}};
}

/// Runs `f` and turns the connector's exceptions into the house's.
template <class F>
auto translated(F f) {
    try {
        return f();
    } catch (const sql::SQLException& e) {
        rethrow(e);
    }
}

std::string address_of(const config::database_settings& s) {
    if (!s.socket.empty()) return "unix://" + s.socket;
    const bool v6 = s.host.find(':') != std::string::npos;
    return "tcp://" + (v6 ? "[" + s.host + "]" : s.host) + ":" + std::to_string(s.port);
}

std::vector<row> read_all(sql::ResultSet& from) {
    std::vector<row> rows;
    const auto columns = from.getMetaData()->getColumnCount();
    while (from.next()) {
        std::vector<std::optional<std::string>> cells(columns);
        for (unsigned i = 0; i < columns; ++i) {
            auto text = from.getString(i + 1);
            if (!from.wasNull()) cells[i] = text.asStdString();
        }
        rows.emplace_back(std::move(cells));
    }
    return rows;
}

void bind(sql::PreparedStatement& to, std::span<const sql_value> values) {
    unsigned place = 0;
    for (const auto& v : values) {
        ++place;
        if (const auto* number = std::get_if<std::int64_t>(&v)) {
            to.setInt64(place, *number);
        } else if (const auto* text = std::get_if<std::string_view>(&v)) {
            to.setString(place, sql::SQLString{text->data(), text->size()});
        } else {
            to.setNull(place, 0);
        }
    }
}
}  // namespace

std::optional<std::int64_t> row::number(std::size_t column) const {
    const auto& cell = cells_.at(column);
    std::int64_t value = 0;
    if (!cell) return std::nullopt;
    const auto [end, failed] = std::from_chars(cell->data(), cell->data() + cell->size(), value);
    if (failed != std::errc{} || end != cell->data() + cell->size()) return std::nullopt;
    return value;
}

/// The connector's objects; statements go before their connection.
class connection::session {
public:
    explicit session(const config::database_settings& s) {
        sql::ConnectOptionsMap options;
        options["hostName"] = sql::SQLString{address_of(s)};
        options["userName"] = sql::SQLString{s.user};
        options["password"] = sql::SQLString{s.password.reveal()};
        options["schema"] = sql::SQLString{s.name};
        options["OPT_CHARSET_NAME"] = sql::SQLString{"utf8mb4"};
        options["OPT_CONNECT_TIMEOUT"] = whole_seconds(s.connect_timeout);
        options["OPT_READ_TIMEOUT"] = whole_seconds(s.statement_timeout) + read_grace_seconds;
        options["OPT_WRITE_TIMEOUT"] = whole_seconds(s.statement_timeout) + read_grace_seconds;
        // On by default in this client: the server could ask for any file we can read.
        options["OPT_LOCAL_INFILE"] = 0;
        connection_.reset(get_driver_instance()->connect(options));
        plain_.reset(connection_->createStatement());
    }

    [[nodiscard]] sql::Connection& raw() { return *connection_; }
    [[nodiscard]] sql::Statement& plain() { return *plain_; }

    [[nodiscard]] sql::PreparedStatement& prepared(const std::string& sql) {
        const auto found = prepared_.find(sql);
        if (found != prepared_.end()) return *found->second;
        if (prepared_.size() >= most_prepared) prepared_.clear();
        std::unique_ptr<sql::PreparedStatement> made{connection_->prepareStatement(sql)};
        return *prepared_.emplace(sql, std::move(made)).first->second;
    }

private:
    std::unique_ptr<sql::Connection> connection_;
    std::unique_ptr<sql::Statement> plain_;
    std::map<std::string, std::unique_ptr<sql::PreparedStatement>> prepared_;
};

connection::connection(config::database_settings settings) : settings_{std::move(settings)} {}
connection::~connection() = default;

void connection::open() {
    translated([this] { session_ = std::make_unique<session>(settings_); });
    try {
        for (const auto& statement : session_setup(settings_.statement_timeout)) execute(statement);
        auto found = dialect_of(query("SELECT VERSION()").at(0).text(0));
        if (!found) throw base::failure{base::fail(std::move(found))};
        dialect_ = *found;
    } catch (...) {
        session_.reset();
        throw;
    }
    ++counts_.opened;
    bound_ = base::ms{0};
    base::log::debug("site.database.connected", {{"server", dialect_.name()}});
}

void connection::begin(base::deadline limit) {
    const auto now = base::deadline::clock_type::now();
    if (session_ && now - last_used_ > trusted_idle && !translated([this] { return session_->raw().isValid(); }))
        close();
    if (!session_) open();
    const auto left =
        std::chrono::ceil<base::ms>(std::min<std::chrono::nanoseconds>(limit.left(), std::chrono::hours{24}));
    bound_statements(std::min(left, settings_.statement_timeout));
    last_used_ = now;
}

void connection::bound_statements(base::ms limit) {
    if (limit == bound_) return;
    execute(limit_statements(dialect_, limit));
    bound_ = limit;
}

void connection::close() noexcept {
    if (!session_) return;
    session_.reset();
    ++counts_.lost;
}

std::vector<row> connection::query(const std::string& sql, std::span<const sql_value> values) {
    return translated([&] {
        if (values.empty()) {
            const std::unique_ptr<sql::ResultSet> found{session_->plain().executeQuery(sql)};
            return read_all(*found);
        }
        auto& statement = session_->prepared(sql);
        bind(statement, values);
        const std::unique_ptr<sql::ResultSet> found{statement.executeQuery()};
        return read_all(*found);
    });
}

void connection::each(const std::string& sql, const std::function<void(std::span<const std::int64_t>)>& f) {
    translated([&] {
        const std::unique_ptr<sql::Statement> statement{session_->raw().createStatement()};
        statement->setResultSetType(sql::ResultSet::TYPE_FORWARD_ONLY);
        const std::unique_ptr<sql::ResultSet> found{statement->executeQuery(sql)};
        std::vector<std::int64_t> cells(found->getMetaData()->getColumnCount());
        while (found->next()) {
            for (unsigned i = 0; i < cells.size(); ++i) cells[i] = found->getInt64(i + 1);
            f(cells);
        }
    });
}

std::int64_t connection::execute(const std::string& sql, std::span<const sql_value> values) {
    return translated([&]() -> std::int64_t {
        if (values.empty()) {
            session_->plain().execute(sql);
            return static_cast<std::int64_t>(session_->plain().getUpdateCount());
        }
        auto& statement = session_->prepared(sql);
        bind(statement, values);
        return statement.executeUpdate();
    });
}

transaction::~transaction() {
    if (!open_) return;
    try {
        connection_.execute("ROLLBACK");
    } catch (const base::failure&) {
        connection_.close();
    }
}

void transaction::commit() {
    connection_.execute("COMMIT");
    open_ = false;
}

}  // namespace dormouse::site
