#include "scheduler/housekeeping.hpp"

#include "base/log.hpp"
#include "tests/integration/site/site_database.hpp"
#include "tests/support/open_transactions.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <gmock/gmock.h>

#include <thread>

namespace dormouse::scheduler {
namespace {

using base::deadline;
using namespace std::chrono_literals;
using testing::HasSubstr;

class Housekeeping : public site::site_database {
protected:
    Housekeeping() {
        base::log::configure({.least = base::log::level::warn, .form = base::log::format::human, .file = {}});
        migrate();
    }

    [[nodiscard]] duty_run one_run(base::ms limit = 60s) {
        return {clock.now(), "test", deadline::after(limit), clock, false};
    }
    base::result<std::string> keep_house(base::ms limit = 60s) { return run(duty_.run(one_run(limit))); }

    /// `count` attempts that ended in `state`, the youngest of them `days` old, each a second older than the one
    /// before.
    void add_deliveries(const std::string& state, int days, int count = 1) {
        server.sql(
            "INSERT INTO wp_dormouse_delivery (job_id, delivery_id, hook_id, event, attempt, state, reason, sent, "
            "duration_ms, created_at) SELECT CONCAT('" +
            state + std::to_string(days) + "-', seq), 'd', 1, 'e', 1, '" + state + "', '', 'answered', 1, " +
            std::to_string(base::to_epoch_ms(clock.now() - days * 24h)) + " - seq * 1000 FROM seq_1_to_" +
            std::to_string(count));
    }
    void add_run(int id, const std::string& state, int days, int sleepers) {
        server.sql("INSERT INTO wp_dormouse_scan (id, as_of, state, started_at) VALUES (" + std::to_string(id) +
                   ", '2026-11-01', '" + state + "', " + std::to_string(base::to_epoch_ms(clock.now() - days * 24h)) +
                   ")");
        if (sleepers == 0) return;
        server.sql("INSERT INTO wp_dormouse_sleeper (run_id, user_id, term_id, lapse, days, key_id) SELECT " +
                   std::to_string(id) + ", seq, 7, '2026-10-01', 31, seq FROM seq_1_to_" + std::to_string(sleepers));
    }
    [[nodiscard]] std::string left(const std::string& table) const {
        return server.sql("SELECT COUNT(*) FROM wp_dormouse_" + table);
    }

    base::manual_clock clock{base::from_epoch_ms(1'795'212'000'000)};
    config::housekeeping_settings keep{.pause = 10ms};
    site::pool db{settings()};
    site::retention rows{db};
    housekeeping duty_{rows, keep};
};

TEST_F(Housekeeping, DeliveriesGoAfterThirtyDaysAndFailedOnesAfterNinety) {
    for (const auto* state : {"done", "retry", "dead"})
        for (const auto days : {1, 29, 31, 89, 91}) add_deliveries(state, days);
    EXPECT_EQ(keep_house().value(), "deliveries_done=3 deliveries_failed=2 sleepers=0 scans=0");
    EXPECT_EQ(server.sql("SELECT job_id FROM wp_dormouse_delivery ORDER BY state, created_at DESC"),
              "dead1-1\ndead29-1\ndead31-1\ndead89-1\ndone1-1\ndone29-1\nretry1-1\nretry29-1\nretry31-1\nretry89-1");
}

TEST_F(Housekeeping, RemovesAThousandRowsAStatementTheOldestFirst) {
    keep.batch = 100;
    add_deliveries("done", 40, 350);
    server.sql(
        "CREATE TABLE seen (at BIGINT, connection BIGINT, statement DATETIME(6)) ENGINE=InnoDB;"
        "CREATE TRIGGER watch BEFORE DELETE ON wp_dormouse_delivery FOR EACH ROW "
        "INSERT INTO seen VALUES (OLD.created_at, CONNECTION_ID(), NOW(6))");
    EXPECT_EQ(keep_house().value(), "deliveries_done=350 deliveries_failed=0 sleepers=0 scans=0");
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM seen GROUP BY statement ORDER BY MIN(at)"), "100\n100\n100\n50");
    EXPECT_EQ(server.sql("SELECT MIN(at) = (SELECT MIN(at) FROM seen) FROM seen GROUP BY statement "
                         "ORDER BY statement LIMIT 1"),
              "1");
    EXPECT_EQ(duty_.removed().at(0), 350U);
}

TEST_F(Housekeeping, KeepsTheSleepersOfTheLastTwoScansAndOfOneUnderWay) {
    add_run(1, "done", 9, 10);
    add_run(2, "failed", 8, 20);
    add_run(3, "done", 7, 30);
    add_run(4, "abandoned", 6, 40);
    add_run(5, "done", 5, 50);
    add_run(6, "running", 0, 60);
    server.sql("INSERT INTO wp_dormouse_sleeper VALUES (99, 1, 7, '2026-10-01', 31, 1, '')");
    EXPECT_EQ(keep_house().value(), "deliveries_done=0 deliveries_failed=0 sleepers=71 scans=0");
    EXPECT_EQ(server.sql("SELECT run_id, COUNT(*) FROM wp_dormouse_sleeper GROUP BY run_id"), "3\t30\n5\t50\n6\t60");
    EXPECT_EQ(left("scan"), "6") << "what was found goes, that there was a scan stays";
}

TEST_F(Housekeeping, RecordsOfScansGoAfterTheirTimeButNotTheLastOnes) {
    add_run(1, "done", 500, 5);
    add_run(2, "failed", 450, 0);
    add_run(3, "done", 449, 5);
    add_run(4, "done", 448, 5);
    EXPECT_EQ(keep_house().value(), "deliveries_done=0 deliveries_failed=0 sleepers=5 scans=2");
    EXPECT_EQ(server.sql("SELECT id FROM wp_dormouse_scan"), "3\n4");
}

TEST_F(Housekeeping, WithoutScansEveryPublishedRunStaysReadable) {
    EXPECT_EQ(keep_house().value(), "deliveries_done=0 deliveries_failed=0 sleepers=0 scans=0");
    add_run(1, "done", 1000, 3);
    EXPECT_EQ(keep_house().value(), "deliveries_done=0 deliveries_failed=0 sleepers=0 scans=0");
    EXPECT_EQ(left("sleeper"), "3");
}

TEST_F(Housekeeping, MemoriesThatPreventASecondTimeAreNeverRemoved) {
    server.sql(
        "INSERT INTO wp_dormouse_charge (charge_key, project, amount, currency, reason, state, created_at, updated_at) "
        "VALUES ('chg_1', 'p', 1, 'RUB', 'r', 'charged', 1, 1);"
        "INSERT INTO wp_dormouse_subscription (subscription_id, updated_at) VALUES (1, 1);"
        "INSERT INTO wp_dormouse_hook (hook_id) VALUES (1);"
        "INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES ('old', '2001-01-01')");
    EXPECT_TRUE(keep_house());
    for (const auto* table : {"charge", "subscription", "hook", "outbox"}) EXPECT_EQ(left(table), "1") << table;
}

TEST_F(Housekeeping, AuditOfGrantsIsClearedOnlyWhereConfigured) {
    server.sql(
        "CREATE TABLE wp_dormouse_grant_audit (id BIGINT AUTO_INCREMENT PRIMARY KEY, created_at DATETIME NOT NULL, "
        "KEY created_at (created_at));"
        "INSERT INTO wp_dormouse_grant_audit (created_at) SELECT FROM_UNIXTIME(1795212000) - INTERVAL seq DAY "
        "FROM seq_1_to_100");
    EXPECT_TRUE(keep_house());
    EXPECT_EQ(left("grant_audit"), "100");
    keep.grant_audit = 60 * 24h;
    EXPECT_THAT(keep_house().value(), HasSubstr("grant_audit=40"));
    EXPECT_EQ(left("grant_audit"), "60");
}

TEST_F(Housekeeping, MissingTableOfThePluginIsNoError) {
    keep.grant_audit = 60 * 24h;
    EXPECT_EQ(keep_house().value(), "deliveries_done=0 deliveries_failed=0 sleepers=0 scans=0 grant_audit=0");
}

TEST_F(Housekeeping, FailureOfOneSortDoesNotKeepTheOthers) {
    server.sql("DROP TABLE wp_dormouse_delivery");
    add_run(1, "failed", 500, 5);
    const auto failed = keep_house();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), base::errc::not_found);
    EXPECT_THAT(failed.error().detail, HasSubstr("sleepers=5 scans=1: deliveries_done: "));
    EXPECT_THAT(failed.error().detail, HasSubstr("run `dormouse migrate`"));
}

TEST_F(Housekeeping, ShareThatTakesTooLongIsMadeSmaller) {
    auto slow = settings();
    slow.statement_timeout = 250ms;
    site::pool impatient{slow};
    site::retention by{impatient};
    housekeeping patient{by, keep};
    add_deliveries("done", 40, 16);
    keep.batch = 16;
    server.sql("CREATE TRIGGER slow BEFORE DELETE ON wp_dormouse_delivery FOR EACH ROW DO SLEEP(0.02)");
    EXPECT_EQ(run(patient.run(one_run())).value(), "deliveries_done=16 deliveries_failed=0 sleepers=0 scans=0");
}

TEST_F(Housekeeping, WhenTimeIsUpTheRestIsForTheNextRun) {
    keep.batch = 10;
    keep.pause = 50ms;
    add_deliveries("done", 40, 1000);
    EXPECT_THAT(keep_house(1500ms).value(), HasSubstr(" unfinished"));
    const auto rest = std::stoi(left("delivery"));
    EXPECT_GT(rest, 500) << "it pauses between statements";
    EXPECT_LT(rest, 1000);
    keep.batch = 1000;
    EXPECT_THAT(keep_house().value(), HasSubstr("deliveries_done=" + std::to_string(rest) + " "));
    EXPECT_EQ(left("delivery"), "0");
}

TEST_F(Housekeeping, CancelledItStopsSoonAndALaterRunGoesOn) {
    keep.batch = 10;
    keep.pause = 10min;
    add_deliveries("done", 40, 100);
    base::asio::cancellation_signal stop;
    const auto asked = one_run();
    bool ended = false;
    base::asio::co_spawn(io, duty_.run(asked),
                         base::asio::bind_cancellation_slot(
                             stop.slot(), [&](const std::exception_ptr& e, const base::result<std::string>& said) {
                                 EXPECT_TRUE(e || !said);
                                 ended = true;
                             }));
    io.restart();
    while (left("delivery") == "100") io.poll();
    io.run_for(50ms);
    stop.emit(base::asio::cancellation_type::terminal);
    io.run_for(5s);
    EXPECT_TRUE(ended);
    EXPECT_EQ(left("delivery"), "90");
    keep.pause = 10ms;
    EXPECT_THAT(keep_house().value(), HasSubstr("deliveries_done=90 "));
}

TEST_F(Housekeeping, NoWriterWaitsForItNotEvenOneOfAnOldRow) {
    add_deliveries("done", 40, 100);
    // The gate: with all rows deleted and locked, the statement waits at the last one for a row that this test holds.
    server.sql(
        "CREATE TABLE gate (n INT) ENGINE=InnoDB; INSERT INTO gate VALUES (1);"
        "CREATE TRIGGER stop_here BEFORE DELETE ON wp_dormouse_delivery FOR EACH ROW "
        "UPDATE gate SET n = n + 1 WHERE OLD.job_id = 'done40-1'");
    boost::asio::io_context other;
    site::pool holder{settings()};
    const auto say = [&](const std::string& sql) {
        (void)test::run_on(other, holder.run([sql](site::connection& c) -> base::result<void> {
            c.execute(sql);
            return {};
        }));
    };
    say("START TRANSACTION");
    say("UPDATE gate SET n = 0");
    std::thread running{[this] { EXPECT_TRUE(keep_house()); }};
    EXPECT_TRUE(
        test::eventually(20s, [this] { return test::open_transactions(server, "trx_state = 'LOCK WAIT'") == 1; }));
    server.sql(
        "SET innodb_lock_wait_timeout = 0; INSERT INTO wp_dormouse_delivery (job_id, delivery_id, hook_id, event, "
        "attempt, state, reason, sent, duration_ms, created_at) VALUES ('late', 'd', 1, 'e', 1, 'done', '', "
        "'answered', "
        "1, " +
        std::to_string(base::to_epoch_ms(clock.now() - 40 * 24h) - 50'500) + ")");
    say("ROLLBACK");
    running.join();
    EXPECT_LE(std::stoi(left("delivery")), 1);
}

}  // namespace
}  // namespace dormouse::scheduler
