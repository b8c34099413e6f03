#pragma once
// A private MariaDB with an event loop and the settings of an account on it.

#include "config/settings.hpp"
#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/schema.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace dormouse::site {

class site_database : public testing::Test {
protected:
    /// As root, over the socket; change what a test needs.
    [[nodiscard]] config::database_settings settings(const std::string& user = "root") const {
        config::database_settings s;
        s.socket = server.socket();
        s.user = user;
        return s;
    }

    template <class T>
    T run(base::awaitable<T> op) {
        return test::run_on(io, std::move(op));
    }
    void run(base::awaitable<> op) { test::run_on(io, std::move(op)); }

    void migrate(const std::string& prefix = "wp_") {
        auto s = settings();
        s.prefix = prefix;
        pool db{s};
        schema all{db};
        run(all.migrate()).value();
    }

    /// The first column of the first row.
    template <class... Values>
    static base::result<std::string> first(connection& c, const std::string& sql, Values... values) {
        return c.query(sql, {sql_value{values}...}).at(0).text(0);
    }

    test::mariadb_server server;
    boost::asio::io_context io;
};

/// Time since its construction.
class stopwatch {
public:
    [[nodiscard]] base::ms elapsed() const {
        return std::chrono::duration_cast<base::ms>(std::chrono::steady_clock::now() - start_);
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace dormouse::site
