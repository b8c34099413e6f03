#include "site/pool.hpp"

#include "tests/integration/site/site_database.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

namespace dormouse::site {
namespace {
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using testing::HasSubstr;
using testing::Not;

class DatabasePool : public site_database {
protected:
    static auto one(std::string sql) {
        return [sql = std::move(sql)](connection& c) { return first(c, sql); };
    }
    /// Waits until the server runs a statement with this text, and ends its connection.
    void kill_who_runs(const std::string& text) {
        const auto who =
            "SELECT id FROM information_schema.processlist WHERE info LIKE '%" + text + "%' AND id <> CONNECTION_ID()";
        std::string id;
        ASSERT_TRUE(test::eventually(20s, [&] { return !(id = server.sql(who)).empty(); }));
        server.sql("KILL " + id);
    }
};

/// A stop signal reaches a process' threads one by one.
bool every_thread_is_stopped(pid_t pid) {
    const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
    return std::ranges::all_of(std::filesystem::directory_iterator{tasks}, [](const auto& task) {
        const auto stat = test::read_file(task.path() / "stat");
        return stat.find(") T ") != std::string::npos;
    });
}

TEST_F(DatabasePool, ParametersAndRowsKeepTheirBytes) {
    server.sql("CREATE TABLE t (n BIGINT NULL, s LONGTEXT, b LONGBLOB)");
    pool db{settings()};
    const std::string text = "'\"\\ ж 漢 \xF0\x9F\x90\xAD";
    const std::string bytes{"\0\xFF\r\n\x1a", 5};
    const auto rows = run(db.run([&](connection& c) -> base::result<std::vector<row>> {
                          c.execute("INSERT INTO t VALUES (?, ?, ?)", {std::int64_t{-9'000'000'000}, text, bytes});
                          c.execute("INSERT INTO t VALUES (?, ?, ?)", {{}, {}, std::string_view{}});
                          return c.query("SELECT n, s, b FROM t WHERE 1 = ?", {std::int64_t{1}});
                      })).value();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].number(0), -9'000'000'000);
    EXPECT_EQ(rows[0].text(1), text);
    EXPECT_EQ(rows[0].text(2), bytes);
    EXPECT_TRUE(rows[1].is_null(0));
    EXPECT_TRUE(rows[1].is_null(1));
    EXPECT_FALSE(rows[1].is_null(2));
}

TEST_F(DatabasePool, SessionIsUtcStrictAndUtf8mb4WhateverTheServerSays) {
    server.sql("SET GLOBAL time_zone='+05:30', GLOBAL sql_mode='', GLOBAL character_set_server='latin1'");
    pool db{settings()};
    EXPECT_EQ(run(db.run(one("SELECT CONCAT_WS(' ', @@time_zone, @@sql_mode, @@character_set_client, "
                             "@@character_set_connection, @@character_set_results, @@max_statement_time)")))
                  .value(),
              "+00:00 STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION utf8mb4 utf8mb4 utf8mb4 "
              "10.000000");
}

TEST_F(DatabasePool, ConnectsOverTcp) {
    const test::mariadb_server tcp{{.tcp = true}};
    tcp.sql("CREATE USER remote@'%' IDENTIFIED BY 'x y'");
    auto s = settings("remote");
    s.socket.clear();
    s.host = "127.0.0.1";
    s.port = tcp.port();
    s.password = base::secret{"x y"};
    s.name = "information_schema";
    pool db{s};
    EXPECT_EQ(run(db.run(one("SELECT USER()"))).value(), "remote@127.0.0.1");
}

TEST_F(DatabasePool, CallsRunSideBySide) {
    pool db{settings()};
    run([](pool& p) -> base::awaitable<> {
        std::atomic<int> inside = 0;
        const auto meet = [&inside](connection& c) {
            ++inside;
            EXPECT_TRUE(test::eventually(30s, [&] { return inside == 3; }));
            return first(c, "SELECT 1");
        };
        (void)co_await (p.run(meet) && p.run(meet) && p.run(meet));
    }(db));
    EXPECT_EQ(db.counters().connections_opened, 3U);
    EXPECT_EQ(db.counters().in_use, 0U);
}

TEST_F(DatabasePool, MoreCallsThanConnectionsWaitInLineAndAllRun) {
    auto s = settings();
    s.connections = 2;
    server.sql("CREATE TABLE t (n INT)");
    pool db{s};
    int left = 50;
    for (int i = 0; i < 50; ++i)
        boost::asio::co_spawn(io, db.run([i](connection& c) -> base::result<std::int64_t> {
            return c.execute("INSERT INTO t VALUES (?)", {std::int64_t{i}});
        }),
                              [&](const std::exception_ptr& e, const base::result<std::int64_t>& r) {
                                  EXPECT_FALSE(e);
                                  EXPECT_EQ(r.value(), 1);
                                  if (--left == 0) io.stop();
                              });
    io.run();
    EXPECT_EQ(server.sql("SELECT COUNT(DISTINCT n) FROM t"), "50");
    EXPECT_LE(db.counters().connections_opened, 2U);
}

TEST_F(DatabasePool, DeadlineCountsInLine) {
    auto s = settings();
    s.connections = 1;
    pool db{s};
    const auto waited = run([](pool& p) -> base::awaitable<base::ms> {
        std::atomic<bool> refused = false;
        const auto until_refused = [&refused](connection& c) {
            EXPECT_TRUE(test::eventually(30s, [&] { return refused.load(); })) << "the second waits for the first";
            return first(c, "SELECT 1");
        };
        auto both =
            co_await (p.run(until_refused) && [](pool& q, std::atomic<bool>& over) -> base::awaitable<base::ms> {
                const stopwatch watch;
                const auto late = co_await q.run(one("SELECT 1"), base::deadline::after(50ms));
                EXPECT_EQ(late.error(), base::errc::timed_out);
                over = true;
                co_return watch.elapsed();
            }(p, refused));
        co_return std::get<1>(both);
    }(db));
    EXPECT_GE(waited, 50ms);
    EXPECT_EQ(db.counters().waiting, 0U);
}

TEST_F(DatabasePool, CancellingInLineLeavesTheLineIntact) {
    auto s = settings();
    s.connections = 1;
    pool db{s};
    run([](pool& p) -> base::awaitable<> {
        boost::asio::cancellation_signal stop;
        std::optional<base::errc> ended;
        boost::asio::co_spawn(co_await base::asio::this_coro::executor, p.run(one("SELECT SLEEP(0.2)")),
                              base::asio::detached);
        boost::asio::co_spawn(co_await base::asio::this_coro::executor, p.run(one("SELECT 1")),
                              boost::asio::bind_cancellation_slot(
                                  stop.slot(), [&](const std::exception_ptr&, const base::result<std::string>& r) {
                                      if (r.has_error() && r.error() == base::errc::cancelled)
                                          ended = base::errc::cancelled;
                                  }));
        boost::asio::steady_timer soon{co_await base::asio::this_coro::executor, 50ms};
        co_await soon.async_wait(base::asio::use_awaitable);
        EXPECT_EQ(p.counters().waiting, 1U);
        stop.emit(boost::asio::cancellation_type::terminal);
        EXPECT_EQ((co_await p.run(one("SELECT 7"))).value(), "7");
        EXPECT_EQ(ended, base::errc::cancelled);
    }(db));
}

TEST_F(DatabasePool, StatementIsEndedAtTheCallersDeadline) {
    pool db{settings()};
    const stopwatch watch;
    const auto late = run(db.run(one("SELECT SLEEP(60) FROM DUAL"), base::deadline::after(150ms)));
    EXPECT_EQ(late.error(), base::errc::timed_out);
    EXPECT_LT(watch.elapsed(), 9s) << "not by the pool's own limit of ten";
    EXPECT_EQ(run(db.run(one("SELECT @@max_statement_time"))).value(), "10.000000");
}

TEST_F(DatabasePool, DeadlineThatHasPassedRunsNothing) {
    pool db{settings()};
    EXPECT_EQ(run(db.run(one("SELECT 1"), base::deadline::after(0ms))).error(), base::errc::timed_out);
    EXPECT_EQ(db.counters().connections_opened, 0U);
}

TEST_F(DatabasePool, FrozenServerIsGivenUpAfterTheReadTimeout) {
    auto s = settings();
    s.statement_timeout = 1s;
    pool db{s};
    EXPECT_TRUE(run(db.run(one("SELECT 1"))));
    server.process().signal(SIGSTOP);
    ASSERT_TRUE(test::eventually(20s, [this] { return every_thread_is_stopped(server.process().pid()); }));
    const stopwatch watch;
    EXPECT_EQ(run(db.run(one("SELECT 2"))).error(), base::errc::connection_lost);
    EXPECT_LT(watch.elapsed(), 20s) << "the connector itself would wait for ever";
    server.process().signal(SIGCONT);
    EXPECT_EQ(run(db.run(one("SELECT 3"))).value(), "3");
}

TEST_F(DatabasePool, ConnectionKilledDuringAStatementIsReplaced) {
    pool db{settings()};
    std::jthread killer{[this] { kill_who_runs("SLEEP(30)"); }};
    EXPECT_EQ(run(db.run(one("SELECT SLEEP(30)"))).error(), base::errc::connection_lost);
    EXPECT_EQ(run(db.run(one("SELECT 1"))).value(), "1");
    EXPECT_EQ(db.counters().connections_opened, 2U);
    EXPECT_EQ(db.counters().connections_lost, 1U);
}

TEST_F(DatabasePool, CallThatMayBeRepeatedSurvivesAKilledConnection) {
    auto s = settings();
    s.connections = 1;
    pool db{s};
    const auto id = run(db.run(one("SELECT CONNECTION_ID()"))).value();
    server.sql("KILL " + id);
    EXPECT_EQ(run(db.run(one("SELECT 1"), {}, on_loss::repeat)).value(), "1");
    EXPECT_EQ(db.counters().connections_lost, 1U);
}

TEST_F(DatabasePool, RestartedServerIsFoundAgain) {
    auto s = settings();
    s.connections = 1;
    pool db{s};
    EXPECT_TRUE(run(db.run(one("SELECT 1"))));
    server.stop();
    const auto gone = run(db.run(one("SELECT 1"), {}, on_loss::repeat));
    EXPECT_EQ(gone.error(), base::errc::unavailable);
    EXPECT_TRUE(base::is_transient(gone.error().code));
    server.start();
    EXPECT_EQ(run(db.run(one("SELECT 1"))).value(), "1");
}

TEST_F(DatabasePool, TransactionThatIsNotCommittedLeavesNothing) {
    server.sql("CREATE TABLE t (n INT) ENGINE=InnoDB");
    auto s = settings();
    s.connections = 1;
    pool db{s};
    const auto failed = run(db.run([](connection& c) -> base::result<std::int64_t> {
        transaction whole{c};
        c.execute("INSERT INTO t VALUES (1)");
        return base::error{base::errc::conflict};
    }));
    EXPECT_EQ(failed.error(), base::errc::conflict);
    const auto thrown = run(db.run([](connection& c) -> base::result<std::int64_t> {
        transaction whole{c};
        c.execute("INSERT INTO t VALUES (2)");
        return c.execute("INSERT INTO nowhere VALUES (1)");
    }));
    EXPECT_EQ(thrown.error(), base::errc::not_found);
    EXPECT_EQ(run(db.run(one("SELECT COUNT(*) FROM t"))).value(), "0");
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM t"), "0");
}

TEST_F(DatabasePool, WrongPasswordIsDeniedAndNotRepeatedInTheError) {
    server.sql("CREATE USER someone@localhost IDENTIFIED BY 'right'");
    auto s = settings("someone");
    s.password = base::secret{"wrong-password-here"};
    pool db{s};
    const auto refused = run(db.run(one("SELECT 1")));
    EXPECT_EQ(refused.error(), base::errc::denied);
    EXPECT_FALSE(base::is_transient(refused.error().code));
    EXPECT_THAT(refused.error().detail, HasSubstr("someone"));
    EXPECT_THAT(refused.error().detail, Not(HasSubstr("wrong-password-here")));
}

TEST_F(DatabasePool, ServerThatNeverWasIsUnavailable) {
    auto s = settings();
    s.socket = server.dir().file("nothing.sock");
    pool db{s};
    EXPECT_EQ(run(db.run(one("SELECT 1"))).error(), base::errc::unavailable);
}

TEST_F(DatabasePool, PrefixThatCouldChangeStatementsIsRefusedAtOnce) {
    auto s = settings();
    s.prefix = "wp`; --";
    try {
        const pool db{s};
        FAIL() << "accepted";
    } catch (const base::failure& e) {
        EXPECT_EQ(e.get(), base::errc::invalid_argument);
    }
}

TEST_F(DatabasePool, LocalFilesAreNotGivenToTheServer) {
    test::write_file(server.dir().file("secret.txt"), "secret\n");
    server.sql("CREATE TABLE t (s TEXT); SET GLOBAL local_infile = 1");
    pool db{settings()};
    const auto got = run(db.run([file = server.dir().file("secret.txt")](connection& c) -> base::result<std::int64_t> {
        return c.execute("LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE t");
    }));
    EXPECT_TRUE(got.has_error());
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM t"), "0");
}

}  // namespace
}  // namespace dormouse::site
