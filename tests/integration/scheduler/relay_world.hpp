#pragma once
// A private MariaDB with our tables, a private Redis, and outbox relays between them.

#include "base/log.hpp"
#include "queue/redis/connection.hpp"
#include "scheduler/outbox_relay.hpp"
#include "site/pool.hpp"
#include "site/schema.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace dormouse::scheduler {

using base::deadline;
using base::errc;
using namespace std::chrono_literals;

inline config::database_settings database_of(const test::mariadb_server& server) {
    config::database_settings s;
    s.socket = server.socket();
    s.user = "root";
    return s;
}

inline queue::redis::connection_options redis_of(const test::redis_server& server) {
    config::redis_settings s;
    s.url = server.url();
    auto o = queue::redis::options_from(s, "relay").value();
    o.reconnect_min = 1ms;
    o.reconnect_max = 20ms;
    return o;
}

/// One scheduler's relay with all it needs; use it on one thread.
struct one_relay {
    one_relay(const test::mariadb_server& mariadb, const test::redis_server& redis, site::outbox_limits limits = {})
        : db{database_of(mariadb)}, rows{db, limits}, connection{io.get_executor(), redis_of(redis)} {
        base::asio::co_spawn(io, connection.run(), base::asio::detached);
    }
    ~one_relay() { test::run_on(io, connection.close(deadline::after(2s))); }
    one_relay(const one_relay&) = delete;
    one_relay& operator=(const one_relay&) = delete;

    base::result<std::string> run(std::chrono::nanoseconds limit = 60s) {
        (void)test::run_on(io, connection.wait_connected(deadline::after(50ms)));
        return test::run_on(
            io, relay.run({base::system_clock().now(), "test", deadline::after(limit), base::system_clock(), false}));
    }

    /// Begins a run, lets `during` look at it, cancels it and waits for its end.
    template <class During>
    void run_and_cancel(During during) {
        base::asio::cancellation_signal stop;
        const duty_run asked{base::system_clock().now(), "test", deadline::after(60s), base::system_clock(), false};
        bool ended = false;
        base::asio::co_spawn(io, relay.run(asked),
                             base::asio::bind_cancellation_slot(
                                 stop.slot(), [&](const std::exception_ptr& e, const base::result<std::string>& said) {
                                     EXPECT_TRUE(e || !said);
                                     ended = true;
                                 }));
        io.restart();
        for (bool seen = false; !seen && !ended; seen = during()) io.poll();
        stop.emit(base::asio::cancellation_type::terminal);
        for (const auto end = deadline::after(10s); !ended && !end.is_reached();) io.run_for(10ms);
        EXPECT_TRUE(ended);
    }

    base::asio::io_context io;
    site::pool db;
    site::outbox rows;
    queue::redis::connection connection;
    outbox_relay relay{rows, connection, queue::keys{"main"}};
};

class relay_world : public testing::Test {
protected:
    relay_world() {
        base::log::configure({.least = base::log::level::error, .form = base::log::format::human, .file = {}});
    }

    void migrate() {
        base::asio::io_context io;
        site::pool db{database_of(mariadb)};
        site::schema tables{db};
        test::run_on(io, tables.migrate()).value();
    }

    /// Rows `job-00001` and so on, a second apart, the last one now; each about 300 bytes, as a webhook's.
    void fill(int count) {
        mariadb.sql(
            "INSERT INTO wp_dormouse_outbox (envelope, created_at) "
            "SELECT CONCAT('job-', LPAD(seq, 5, '0'), REPEAT('.', 291)), UTC_TIMESTAMP() - INTERVAL (" +
            std::to_string(count) + " - seq) SECOND FROM seq_1_to_" + std::to_string(count));
    }

    [[nodiscard]] std::string rows() const { return mariadb.sql("SELECT COUNT(*) FROM wp_dormouse_outbox"); }
    [[nodiscard]] int pushed() const { return std::stoi(redis.cli({"LLEN", "dormouse:{main}:in"})); }

    /// The first nine bytes of what is in the intake, oldest first.
    [[nodiscard]] std::vector<std::string> intake() const {
        std::istringstream lines{redis.cli({"LRANGE", "dormouse:{main}:in", "0", "-1"})};
        std::vector<std::string> out;
        for (std::string line; std::getline(lines, line);) out.insert(out.begin(), line.substr(0, 9));
        return out;
    }
    [[nodiscard]] std::size_t different() const {
        const auto all = intake();
        return std::set<std::string>{all.begin(), all.end()}.size();
    }

    test::mariadb_server mariadb;
    test::redis_server redis{{.aof = true}};
};

}  // namespace dormouse::scheduler
