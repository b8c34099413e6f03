#include "tests/integration/scheduler/relay_world.hpp"

#include "site/connection.hpp"
#include "tests/support/open_transactions.hpp"

#include <thread>

namespace dormouse::scheduler {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class OutboxRelay : public relay_world {
protected:
    OutboxRelay() { migrate(); }

    [[nodiscard]] int pushes() const {
        const auto all = redis.cli({"INFO", "commandstats"});
        const std::string mark = "cmdstat_lpush:calls=";
        const auto at = all.find(mark);
        return at == std::string::npos ? 0 : std::stoi(all.substr(at + mark.size()));
    }
};

TEST_F(OutboxRelay, MovesTheWholeBacklogOldestFirst) {
    fill(1234);
    one_relay one{mariadb, redis};
    EXPECT_EQ(one.run().value(), "moved=1234 left=0 stuck=0");
    EXPECT_EQ(rows(), "0");
    const auto all = intake();
    ASSERT_EQ(all.size(), 1234U);
    EXPECT_EQ(all.front(), "job-00001");
    EXPECT_TRUE(std::ranges::is_sorted(all));
    EXPECT_EQ(pushes(), 3) << "500 rows at a time";
    EXPECT_EQ(one.run().value(), "moved=0 left=0 stuck=0");
    EXPECT_EQ(one.relay.now().moved, 1234U);
}

TEST_F(OutboxRelay, BytesArriveAsTheyAre) {
    mariadb.sql(
        "INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES "
        "(CONCAT(X'000102FF80C3A9', REPEAT('m', 300000), X'F09F90AD0A7F0D00'), UTC_TIMESTAMP())");
    const auto hash = mariadb.sql("SELECT SHA1(envelope) FROM wp_dormouse_outbox");
    one_relay one{mariadb, redis};
    EXPECT_EQ(one.run().value(), "moved=1 left=0 stuck=0");
    EXPECT_EQ(redis.cli({"EVAL", "return redis.sha1hex(redis.call('LINDEX', KEYS[1], 0))", "1", "dormouse:{main}:in"}),
              hash);
}

TEST_F(OutboxRelay, BatchesAreBoundedByBytes) {
    fill(100);
    one_relay one{mariadb, redis, {.rows = 50, .bytes = 3000}};
    EXPECT_EQ(one.run().value(), "moved=100 left=0 stuck=0");
    EXPECT_EQ(pushes(), 10) << "ten rows of 300 bytes at a time";
}

TEST_F(OutboxRelay, RowAboveTheBatchsBytesGoesAlone) {
    fill(3);
    one_relay one{mariadb, redis, {.rows = 50, .bytes = 100}};
    EXPECT_EQ(one.run().value(), "moved=3 left=0 stuck=0");
    EXPECT_EQ(pushes(), 3);
}

TEST_F(OutboxRelay, RowThatIsTooLargeStaysWithANoteAndHoldsUpNobody) {
    mariadb.sql(
        "INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES "
        "(REPEAT('x', 1048577), UTC_TIMESTAMP() - INTERVAL 1 DAY)");
    fill(5);
    one_relay one{mariadb, redis};
    EXPECT_EQ(one.run().value(), "moved=5 left=1 stuck=1");
    EXPECT_EQ(one.run().value(), "moved=0 left=1 stuck=1");
    EXPECT_EQ(mariadb.sql("SELECT id, attempts, last_error FROM wp_dormouse_outbox"),
              "1\t1\ttoo large: 1048577 bytes, at most 1048576 can be moved");
    EXPECT_EQ(pushed(), 5);
}

TEST_F(OutboxRelay, WhatIsNoEnvelopeIsMovedForAdmissionToJudge) {
    mariadb.sql(
        "INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES ('{broken', UTC_TIMESTAMP()), "
        "('', UTC_TIMESTAMP()), ('job-00003', UTC_TIMESTAMP())");
    one_relay one{mariadb, redis};
    EXPECT_EQ(one.run().value(), "moved=3 left=0 stuck=0");
    EXPECT_THAT(intake(), ElementsAre("{broken", "", "job-00003"));
}

TEST_F(OutboxRelay, WithoutRedisEndsWithAnErrorThatSaysWhatWaits) {
    fill(3);
    redis.kill();
    one_relay one{mariadb, redis};
    const auto failed = one.run();
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().detail, StartsWith("moved=0, 3 rows wait, the oldest since 20"));
    EXPECT_THAT(mariadb.sql("SELECT attempts, last_error FROM wp_dormouse_outbox WHERE id = 1"),
                StartsWith("1\tredis is "));
    EXPECT_EQ(one.relay.now().left.rows, 3U);
    EXPECT_EQ(one.relay.now().failures, 1U);

    redis.start();
    EXPECT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    EXPECT_EQ(one.run().value(), "moved=3 left=0 stuck=0");
    EXPECT_EQ(pushed(), 3);
}

TEST_F(OutboxRelay, WithoutRedisAndWithoutRowsNothingIsWrong) {
    redis.kill();
    one_relay one{mariadb, redis};
    EXPECT_EQ(one.run().value(), "moved=0 left=0 stuck=0");
}

TEST_F(OutboxRelay, RefusalOfRedisIsWhatPluginAndOperatorRead) {
    fill(2);
    ASSERT_EQ(redis.cli({"ACL", "SETUSER", "default", "-lpush"}), "OK");
    one_relay one{mariadb, redis};
    const auto failed = one.run();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::denied);
    EXPECT_THAT(failed.error().detail, AllOf(HasSubstr("2 rows wait"), HasSubstr("NOPERM")));
    EXPECT_THAT(mariadb.sql("SELECT DISTINCT last_error FROM wp_dormouse_outbox"), StartsWith("LPUSH: NOPERM"));
}

TEST_F(OutboxRelay, LostAnswerKeepsTheRowsAndARepeatHasTheSameIds) {
    fill(20);
    one_relay one{mariadb, redis};
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    redis.process().signal(SIGSTOP);
    const auto failed = one.run(1500ms);
    redis.process().signal(SIGCONT);
    ASSERT_FALSE(failed);
    EXPECT_EQ(rows(), "20");
    ASSERT_TRUE(test::eventually(20s, [&] { return pushed() == 20; })) << "Redis has read them after all";
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    EXPECT_EQ(one.run().value(), "moved=20 left=0 stuck=0");
    EXPECT_EQ(pushed(), 40);
    EXPECT_EQ(different(), 20U);
}

TEST_F(OutboxRelay, NoPageWaitsAndNoVisitMovesRowsWhileRedisIsSilent) {
    fill(3);
    one_relay one{mariadb, redis};
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    redis.process().signal(SIGSTOP);
    base::result<std::string> said;
    std::thread running{[&] { said = one.run(10s); }};
    EXPECT_TRUE(test::eventually(20s, [&] { return test::open_transactions(mariadb, "trx_rows_locked > 0") == 1; }));
    mariadb.sql(
        "SET innodb_lock_wait_timeout = 0; INSERT INTO wp_dormouse_outbox (envelope, created_at) "
        "VALUES ('of a page', UTC_TIMESTAMP())");
    EXPECT_EQ(mariadb.sql("SELECT GET_LOCK(CONCAT('dormouse_outbox_', MD5('wordpresswp_dormouse_outbox')), 0)"), "0");
    redis.process().signal(SIGCONT);
    running.join();
    EXPECT_EQ(said.value(), "moved=3 left=1 stuck=0") << "the page's row came after the batch was picked";
}

TEST_F(OutboxRelay, MovesBesideAVisitThatMovesRows) {
    fill(3);
    one_relay one{mariadb, redis};
    site::pool visit{database_of(mariadb)};
    const auto held = test::run_on(one.io, visit.run([](site::connection& c) -> base::result<std::string> {
        return c.query("SELECT GET_LOCK(CONCAT('dormouse_outbox_', MD5('wordpresswp_dormouse_outbox')), 0)")
            .at(0)
            .text(0);
    }));
    ASSERT_EQ(held.value(), "1");
    EXPECT_EQ(one.run().value(), "moved=3 left=0 stuck=0");
}

TEST_F(OutboxRelay, RowOfATransactionThatIsOpenIsLeftToItsOwner) {
    fill(3);
    one_relay one{mariadb, redis};
    site::pool other{database_of(mariadb)};
    (void)test::run_on(one.io, other.run([](site::connection& c) -> base::result<void> {
        c.execute("START TRANSACTION");
        (void)c.query("SELECT id FROM wp_dormouse_outbox WHERE id = 2 FOR UPDATE");
        return {};
    }));
    EXPECT_EQ(one.run().value(), "moved=2 left=1 stuck=0");
    EXPECT_THAT(intake(), ElementsAre("job-00001", "job-00003"));
}

TEST_F(OutboxRelay, CancelledWhileRedisIsSilentLeavesTheRowsToALaterRun) {
    fill(3);
    one_relay one{mariadb, redis};
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    redis.process().signal(SIGSTOP);
    one.run_and_cancel([&] { return test::open_transactions(mariadb, "trx_rows_locked > 0") == 1; });
    redis.process().signal(SIGCONT);
    EXPECT_EQ(rows(), "3");
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    EXPECT_EQ(one.run().value(), "moved=3 left=0 stuck=0");
    EXPECT_EQ(different(), 3U);
}

TEST_F(OutboxRelay, LookingMovesNothing) {
    fill(7);
    one_relay one{mariadb, redis};
    test::run_on(one.io, one.relay.refresh(deadline::after(5s)));
    EXPECT_TRUE(one.relay.now().known);
    EXPECT_EQ(one.relay.now().left.rows, 7U);
    EXPECT_EQ(pushed(), 0);
}

TEST_F(OutboxRelay, MissingTableNamesTheCommand) {
    mariadb.sql("DROP TABLE wp_dormouse_outbox");
    one_relay one{mariadb, redis};
    const auto failed = one.run();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::not_found);
    EXPECT_THAT(failed.error().detail, HasSubstr("run `dormouse migrate`"));
}

TEST_F(OutboxRelay, KnowsTheAgeOfTheOldestRow) {
    fill(600);
    redis.kill();
    one_relay one{mariadb, redis};
    EXPECT_FALSE(one.run());
    const auto age = base::system_clock().now() - one.relay.now().left.oldest.value();
    EXPECT_GE(age, 598s);
    EXPECT_LE(age, 620s);
}

}  // namespace
}  // namespace dormouse::scheduler
