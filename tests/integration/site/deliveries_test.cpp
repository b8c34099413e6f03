#include "site/deliveries.hpp"

#include "site/delivery_writer.hpp"
#include "site/hooks.hpp"
#include "site/table_shape.hpp"
#include "tests/integration/site/restricted_account.hpp"
#include "tests/integration/site/site_database.hpp"

#include <boost/asio/steady_timer.hpp>

#include <gmock/gmock.h>

#include <ostream>

namespace dormouse::site {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr base::time_ms at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 3h + 4min + 5s + 678ms};
const std::string mouse = "\xF0\x9F\x90\xAD";

delivery_row attempt(int number = 1, const std::string& state = "done") {
    delivery_row r;
    r.job_id = "01JD0000000000000000000007";
    r.delivery_id = "msg_7";
    r.hook_id = 7;
    r.event = "purchase";
    r.attempt = number;
    r.state = state;
    r.sent = "answered";
    r.response_code = state == "done" ? 200 : 500;
    r.response_body = "answer";
    r.payload = R"({"a":"ж"})";
    r.duration = 123ms;
    r.at = at + std::chrono::seconds{number};
    return r;
}

class Deliveries : public site_database {
protected:
    base::result<hook_health> record(deliveries& to, delivery_row row, base::ms within = 5s) {
        return run(to.record(std::move(row), base::deadline::after(within)));
    }
    /// Records all at once and waits for every answer.
    std::vector<base::result<hook_health>> record_all(deliveries& to, const std::vector<delivery_row>& rows) {
        std::vector<base::result<hook_health>> out;
        for (const auto& r : rows)
            boost::asio::co_spawn(io, to.record(r, base::deadline::after(5s)),
                                  [&](std::exception_ptr e, base::result<hook_health> h) {
                                      if (e) std::rethrow_exception(e);
                                      out.push_back(std::move(h));
                                      if (out.size() == rows.size()) io.stop();
                                  });
        io.restart();
        io.run();
        return out;
    }
    /// Lets the loop run until `condition` holds.
    bool loop_until(const std::function<bool()>& condition) {
        const stopwatch watch;
        io.restart();
        while (!condition() && watch.elapsed() < 5s) io.run_one_for(10ms);
        return condition();
    }
    [[nodiscard]] std::string count(const std::string& table) const {
        return server.sql("SELECT COUNT(*) FROM wp_" + table);
    }
};

TEST_F(Deliveries, AttemptIsWrittenToOurTableAndToTheSitesLog) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt(3, "retry");
    row.reason = "http_500";
    row.next_at = at + 1h;
    const auto health = record(log, row).value();
    EXPECT_EQ(health, (hook_health{1, row.at, row.at, {}}));
    EXPECT_EQ(server.sql("SELECT hook_id, payload, response_code, response_body, created_at "
                         "FROM wp_memberlux_hook_action"),
              "7\t{\"a\":\"ж\"}\t500\tanswer\t2026-11-20 03:04:08");
    EXPECT_EQ(server.sql("SELECT job_id, delivery_id, hook_id, event, attempt, state, reason, sent, response_code, "
                         "response_body, payload IS NULL, next_at, duration_ms, created_at FROM wp_dormouse_delivery"),
              "01JD0000000000000000000007\tmsg_7\t7\tpurchase\t3\tretry\thttp_500\tanswered\t500\tanswer\t1\t" +
                  std::to_string(base::to_epoch_ms(at + 1h)) + "\t123\t" + std::to_string(base::to_epoch_ms(row.at)));
    EXPECT_EQ(log.spooled(), 0U);
}

TEST_F(Deliveries, NetworkErrorHasNoCodeInTheLog) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt(1, "retry");
    row.response_code.reset();
    row.response_body = "ERR connect refused";
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT response_code, response_body FROM wp_memberlux_hook_action"),
              "NULL\tERR connect refused");
}

TEST_F(Deliveries, SubscriptionsOfTheModuleAreNotALog) {
    migrate();
    server.create_module_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt()));
    EXPECT_EQ(count("memberlux_hook_action"), "0");
    EXPECT_EQ(server.sql("SELECT payload FROM wp_dormouse_delivery"), "{\"a\":\"ж\"}");
}

TEST_F(Deliveries, WithoutAnyTableNothingFails) {
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    EXPECT_EQ(record(log, attempt()).value(), hook_health{});
    EXPECT_EQ(log.spooled(), 0U);
}

TEST_F(Deliveries, TablesThatAppearLaterAreUsed) {
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    migrate();
    server.create_seed_hook_tables();
    ASSERT_TRUE(record(log, attempt(2)));
    EXPECT_EQ(count("dormouse_delivery"), "1");
    server.sql("DROP TABLE wp_memberlux_hook_action");
    ASSERT_TRUE(record(log, attempt(3)));
    EXPECT_EQ(count("dormouse_delivery"), "2");
}

TEST_F(Deliveries, OtherPrefixMeansOtherTables) {
    migrate("shop_2_");
    server.create_seed_hook_tables("shop_2_");
    auto s = settings();
    s.prefix = "shop_2_";
    pool db{s};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt()));
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM shop_2_memberlux_hook_action"), "1");
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM shop_2_dormouse_delivery"), "1");
}

struct charset_case {
    std::string charset;
    std::string stored;  ///< Of "é ж <mouse> <wrong byte>" without the NUL that stood before it.
};

void PrintTo(const charset_case& c, std::ostream* out) { *out << c.charset; }

class DeliveriesInCharset : public Deliveries, public testing::WithParamInterface<charset_case> {};

TEST_P(DeliveriesInCharset, AnyBytesAreStored) {
    migrate();
    server.create_seed_hook_tables("wp_", GetParam().charset);
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt();
    row.response_body = std::string{"\0", 1} + "é ж " + mouse + " \xFF";
    row.payload = row.response_body;
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT response_body, payload FROM wp_memberlux_hook_action"),
              GetParam().stored + "\t" + GetParam().stored);
    EXPECT_EQ(server.sql("SELECT response_body FROM wp_dormouse_delivery"), "é ж " + mouse + " \xEF\xBF\xBD");

    row.attempt = 2;
    row.response_body = std::string(70'000, 'x') + mouse;
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT LENGTH(response_body) FROM wp_memberlux_hook_action WHERE id = 2"), "16384");
    EXPECT_EQ(log.spooled(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Charsets, DeliveriesInCharset,
                         testing::Values(charset_case{"utf8mb4", "é ж " + mouse + " \xEF\xBF\xBD"},
                                         charset_case{"utf8mb3", "é ж \xEF\xBF\xBD \xEF\xBF\xBD"},
                                         charset_case{"latin1", "é ? ? ?"}, charset_case{"cp1251", "? ж ? ?"},
                                         charset_case{"ascii", "? ? ? ?"}),
                         [](const auto& c) { return c.param.charset; });

TEST_F(Deliveries, NarrowColumnsTakeTheBeginning) {
    migrate();
    server.create_seed_hook_tables();
    server.sql("ALTER TABLE wp_memberlux_hook_action MODIFY response_body VARCHAR(5), MODIFY payload TINYTEXT");
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt();
    row.response_body = "жжжжжжж";
    row.payload = std::string(1000, 'p');
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT response_body, LENGTH(payload) FROM wp_memberlux_hook_action"), "жжжжж\t255");
}

TEST_F(Deliveries, RowsAtTheSameTimeShareABatch) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    std::vector<delivery_row> rows;
    for (int i = 1; i <= 100; ++i) {
        rows.push_back(attempt(i, i % 2 == 0 ? "retry" : "done"));
        rows.back().hook_id = i % 10;
    }
    for (const auto& answer : record_all(log, rows)) EXPECT_TRUE(answer) << answer.error().message();
    EXPECT_LE(log.counters().batches, 2U);
    EXPECT_EQ(log.counters().written, 100U);
    EXPECT_EQ(count("memberlux_hook_action"), "100");
    EXPECT_EQ(server.sql("SELECT COUNT(DISTINCT attempt) FROM wp_dormouse_delivery"), "100");
    EXPECT_EQ(server.sql("SELECT SUM(failures) FROM wp_dormouse_hook"), "50");
}

TEST_F(Deliveries, LargePayloadsAreSpreadOverPackets) {
    migrate();
    server.create_seed_hook_tables();
    server.sql("SET GLOBAL max_allowed_packet = 1048576");
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    std::vector<delivery_row> rows;
    for (int i = 1; i <= 12; ++i) {
        rows.push_back(attempt(i));
        rows.back().payload = std::string(256 * 1024, 'p');
    }
    for (const auto& answer : record_all(log, rows)) EXPECT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(server.sql("SELECT COUNT(*), MIN(LENGTH(payload)) FROM wp_memberlux_hook_action"), "12\t262144");
}

TEST_F(Deliveries, HealthFollowsFailuresUntilASuccess) {
    migrate();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    (void)record(log, attempt(1, "retry"));
    const auto second = record(log, attempt(2, "dead")).value();
    EXPECT_EQ(second, (hook_health{2, at + 1s, at + 2s, {}}));
    EXPECT_EQ(record(log, attempt(3)).value(), (hook_health{0, {}, at + 2s, at + 3s}));
    EXPECT_EQ(record(log, attempt(4, "retry")).value(), (hook_health{1, at + 4s, at + 4s, at + 3s}));
}

TEST_F(Deliveries, TwoWorkersCountEveryFailureOnce) {
    migrate();
    pool one{settings()};
    pool two{settings()};
    deliveries a{one, io.get_executor()};
    deliveries b{two, io.get_executor()};
    int left = 200;
    for (int i = 0; i < 200; ++i) {
        auto row = attempt(i, "retry");
        row.hook_id = i % 5;
        boost::asio::co_spawn(io, (i % 3 == 0 ? a : b).record(row, base::deadline::after(5s)),
                              [&](std::exception_ptr e, base::result<hook_health> h) {
                                  EXPECT_TRUE(!e && h);
                                  if (--left == 0) io.stop();
                              });
    }
    io.restart();
    io.run();
    EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(failures) FROM wp_dormouse_hook"), "40,40,40,40,40");
}

TEST_F(Deliveries, BatchThatEndedInTheDarkIsNotWrittenTwice) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    const delivery_tables tables{db.table("dormouse_delivery"), db.table("dormouse_hook"),
                                 db.table("memberlux_hook_action")};
    const auto one = std::make_shared<const delivery_row>(attempt(1, "retry"));
    const auto two = std::make_shared<const delivery_row>(attempt(2, "retry"));
    const auto write = [&](const delivery_batch& rows) {
        return run(db.run([&](connection& c) -> base::result<written> {
                   return write_deliveries(c, db.shapes(), tables, rows, true);
               }))
            .value();
    };
    write({one});
    EXPECT_EQ(write({one, two}).health.at(7).failures, 2);
    EXPECT_EQ(write({one, two}).health.at(7).failures, 2);
    EXPECT_EQ(count("dormouse_delivery"), "2");
    EXPECT_EQ(count("memberlux_hook_action"), "2");
}

TEST_F(Deliveries, RowsOfAnAbsentServerAreKeptAndWrittenOnce) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    server.kill();
    const auto refused = record(log, attempt(2));
    EXPECT_EQ(refused.error(), base::errc::unavailable);
    EXPECT_EQ(record(log, attempt(3)).error(), base::errc::unavailable);
    EXPECT_EQ(log.spooled(), 2U);
    run(log.flush(base::deadline::after(1s)));
    EXPECT_EQ(log.spooled(), 2U);
    server.start();
    run(log.flush(base::deadline::after(5s)));
    EXPECT_EQ(log.spooled(), 0U);
    EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(attempt ORDER BY id) FROM wp_dormouse_delivery"), "1,2,3");
    EXPECT_EQ(count("memberlux_hook_action"), "3");
}

TEST_F(Deliveries, ConnectionKilledBetweenTwoRowsCostsNothing) {
    migrate();
    auto s = settings();
    s.connections = 1;
    pool db{s};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    server.sql("KILL " + run(db.run([](connection& c) { return first(c, "SELECT CONNECTION_ID()"); })).value());
    EXPECT_TRUE(record(log, attempt(2)));
    EXPECT_EQ(count("dormouse_delivery"), "2");
}

TEST_F(Deliveries, WaiterLeavesAtItsLimitAndTheRowIsWrittenLater) {
    migrate();
    pool db{settings()};
    pool other{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    bool unlocked = false;
    boost::asio::co_spawn(io, other.run([](connection& c) -> base::result<std::int64_t> {
        c.execute("LOCK TABLES wp_dormouse_delivery WRITE");
        (void)c.query("SELECT SLEEP(0.4)");
        return c.execute("UNLOCK TABLES");
    }),
                          [&](std::exception_ptr, base::result<std::int64_t>) { unlocked = true; });
    io.restart();
    ASSERT_TRUE(test::eventually(3s, [&] {
        io.poll();
        return server.sql(
                   "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(0.4)%' AND id "
                   "<> CONNECTION_ID()") == "1";
    }));
    const stopwatch watch;
    EXPECT_EQ(record(log, attempt(2), 60ms).error(), base::errc::unavailable);
    EXPECT_LT(watch.elapsed(), 250ms);
    EXPECT_EQ(log.spooled(), 1U);
    EXPECT_TRUE(loop_until([&] { return unlocked && log.spooled() == 0; }));
    EXPECT_EQ(count("dormouse_delivery"), "2");
}

TEST_F(Deliveries, RowTheDatabaseNeverTakesDoesNotHoldUpTheOthers) {
    migrate();
    server.sql("ALTER TABLE wp_dormouse_delivery ADD CONSTRAINT odd CHECK (attempt <> 2)");
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    int stored = 0;
    for (const auto& answer : record_all(log, {attempt(1), attempt(2), attempt(3)})) stored += answer ? 1 : 0;
    EXPECT_EQ(stored, 2);
    EXPECT_EQ(log.spooled(), 1U);
    server.sql("ALTER TABLE wp_dormouse_delivery ADD CONSTRAINT more CHECK (attempt <> 4)");
    (void)record_all(log, {attempt(4), attempt(5)});
    run(log.flush(base::deadline::after(5s)));
    EXPECT_EQ(log.spooled(), 2U);
    server.sql("ALTER TABLE wp_dormouse_delivery DROP CONSTRAINT odd");
    run(log.flush(base::deadline::after(5s)));
    EXPECT_EQ(log.spooled(), 1U);
    EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(attempt ORDER BY attempt) FROM wp_dormouse_delivery"), "1,2,3,5");
}

TEST_F(Deliveries, FullSpoolKeepsTheOldestAndCountsTheRest) {
    auto s = settings();
    s.socket = server.dir().file("nothing.sock");
    pool db{s};
    deliveries log{db, io.get_executor(), {.rows = 2, .bytes = 1'000'000}};
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(record(log, attempt(i)).error(), base::errc::unavailable);
    EXPECT_EQ(log.spooled(), 2U);
    EXPECT_EQ(log.counters().lost, 1U);
    deliveries small{db, io.get_executor(), {.rows = 100, .bytes = 2'000}};
    auto large = attempt();
    large.payload.resize(3'000);
    EXPECT_EQ(record(small, large).error(), base::errc::unavailable);
    EXPECT_EQ(small.spooled(), 0U);
    EXPECT_EQ(small.counters().lost, 1U);
}

TEST_F(Deliveries, LeastPrivilegesAreEnough) {
    migrate();
    server.create_seed_hook_tables();
    grant_the_least(server);
    pool db{settings("dormouse")};
    deliveries log{db, io.get_executor()};
    EXPECT_EQ(record(log, attempt(1, "retry")).value().failures, 1);
    EXPECT_EQ(record(log, attempt(2, "retry")).value().failures, 2);
    EXPECT_EQ(count("memberlux_hook_action"), "2");
    const auto refused = run(db.run(
        [](connection& c) -> base::result<std::int64_t> { return c.execute("DELETE FROM wp_memberlux_hook_action"); }));
    EXPECT_EQ(refused.error(), base::errc::denied);
}

TEST_F(Deliveries, LogThatIsClosedToUsIsDoneWithout) {
    migrate();
    server.create_seed_hook_tables();
    server.sql(
        "CREATE USER half@localhost; GRANT SELECT, INSERT, UPDATE ON wordpress.wp_dormouse_delivery TO "
        "half@localhost; GRANT SELECT, INSERT, UPDATE ON wordpress.wp_dormouse_hook TO half@localhost");
    pool db{settings("half")};
    deliveries log{db, io.get_executor()};
    EXPECT_EQ(record(log, attempt(1, "retry")).value().failures, 1);
    EXPECT_EQ(server.sql("SELECT payload IS NOT NULL FROM wp_dormouse_delivery"), "1");
}

}  // namespace
}  // namespace dormouse::site
