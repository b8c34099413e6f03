// Relays that run at once, are killed, or lose their Redis: nothing is lost, and only what could not be known is moved
// twice.

#include "tests/integration/scheduler/relay_world.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace dormouse::scheduler {
namespace {

class OutboxRelayCrash : public relay_world {
protected:
    OutboxRelayCrash() { migrate(); }
};

TEST_F(OutboxRelayCrash, TwoAtOnceMoveEachOfTenThousandRowsOnce) {
    fill(10'000);
    one_relay first{mariadb, redis};
    one_relay second{mariadb, redis};
    const auto begin = std::chrono::steady_clock::now();
    std::thread beside{[&] { EXPECT_THAT(second.run().value(), testing::EndsWith(" stuck=0")); }};
    EXPECT_THAT(first.run().value(), testing::EndsWith(" stuck=0"));
    beside.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("10000 rows by two relays in %.2f s: %.0f rows/s\n", took.count(), 10'000 / took.count());
    EXPECT_EQ(rows(), "0");
    EXPECT_EQ(pushed(), 10'000);
    EXPECT_EQ(different(), 10'000U);
    EXPECT_EQ(first.relay.now().moved + second.relay.now().moved, 10'000U);
}

TEST_F(OutboxRelayCrash, KilledBetweenRedisAndTheDeletionNothingIsLost) {
    fill(30);
    // The gate: deletions wait at the trigger while another session holds its row.
    mariadb.sql(
        "CREATE TABLE gate (n INT) ENGINE=InnoDB; INSERT INTO gate VALUES (1);"
        "CREATE TRIGGER stop_here BEFORE DELETE ON wp_dormouse_outbox FOR EACH ROW UPDATE gate SET n = n + 1");
    const test::child_process closed{{"mariadb", "--no-defaults", "--socket=" + mariadb.socket(), "--user=root",
                                      "wordpress", "-e", "START TRANSACTION; UPDATE gate SET n = 0; SELECT SLEEP(60)"}};
    ASSERT_TRUE(
        test::eventually(20s, [&] { return mariadb.sql("SELECT n FROM gate FOR UPDATE SKIP LOCKED").empty(); }));
    const auto relay = fork();
    if (relay == 0) {
        one_relay doomed{mariadb, redis};
        (void)doomed.run();
        _exit(0);
    }
    const bool reached = test::eventually(20s, [&] { return pushed() == 30; });
    kill(relay, SIGKILL);
    waitpid(relay, nullptr, 0);
    EXPECT_TRUE(reached);
    EXPECT_EQ(rows(), "30");
    mariadb.sql("KILL " +
                mariadb.sql("SELECT MAX(id) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(60)'"));

    one_relay next{mariadb, redis};
    // The server may take a moment to notice that its clients are gone.
    EXPECT_TRUE(test::eventually(20s, [&] { return next.run() && rows() == "0"; }));
    EXPECT_EQ(different(), 30U);
    EXPECT_EQ(pushed(), 60) << "moved again, under the same ids";
}

TEST_F(OutboxRelayCrash, KilledAtAnyMomentNothingIsLost) {
    fill(4000);
    for (int round = 1; round <= 5; ++round) {
        const auto relay = fork();
        if (relay == 0) {
            one_relay doomed{mariadb, redis, {.rows = 20}};
            (void)doomed.run();
            _exit(0);
        }
        EXPECT_TRUE(test::eventually(20s, [&] { return pushed() >= round * 500; }));
        kill(relay, SIGKILL);
        waitpid(relay, nullptr, 0);
    }
    one_relay last{mariadb, redis};
    EXPECT_TRUE(test::eventually(20s, [&] { return last.run() && rows() == "0"; }));
    EXPECT_EQ(different(), 4000U);
    EXPECT_LE(pushed(), 4000 + 5 * 20) << "one batch a kill at most";
}

TEST_F(OutboxRelayCrash, RedisThatIsKilledAndComesBackGetsEverything) {
    ASSERT_EQ(redis.cli({"CONFIG", "SET", "appendfsync", "always"}), "OK");
    fill(4000);
    one_relay one{mariadb, redis, {.rows = 10}};
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    base::result<std::string> said;
    std::thread running{[&] { said = one.run(); }};
    EXPECT_TRUE(test::eventually(20s, [&] { return pushed() >= 100; }));
    redis.kill();
    running.join();
    EXPECT_FALSE(said) << "the run ends, for the history";
    redis.start();
    ASSERT_TRUE(test::run_on(one.io, one.connection.wait_connected(deadline::after(5s))));
    EXPECT_TRUE(one.run());
    EXPECT_EQ(rows(), "0");
    EXPECT_EQ(different(), 4000U);
    EXPECT_LE(pushed(), 4010);
}

}  // namespace
}  // namespace dormouse::scheduler
