// What happens to a connection in real life. Each test ends with the property that matters: it works again by itself.
#include "tests/integration/queue/redis_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <csignal>

namespace dormouse::queue::redis {
namespace {

namespace asio = base::asio;
using base::result;

bool mentions(const base::error& e, std::string_view text) { return e.message().find(text) != std::string::npos; }

TEST(RedisTrouble, AKilledClientReconnects) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        (void)s.cli({"CLIENT", "KILL", "TYPE", "normal"});
        EXPECT_TRUE(co_await reaches_generation(c, 2));
        co_await expect_it_works(c);
        EXPECT_EQ(c.counters().losses, 1U);
    });
}

TEST(RedisTrouble, APausedServerOnlyDelays) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        (void)s.cli({"CLIENT", "PAUSE", "150", "ALL"});
        EXPECT_EQ((co_await c.exec({"ECHO", "late"}, deadline::after(10s))).value().text(), "late");
        EXPECT_EQ(c.generation(), 1U);
    });
}

TEST(RedisTrouble, AServerPausedBeyondTheDeadlineTimesOutAndRecovers) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        (void)s.cli({"CLIENT", "PAUSE", "300", "ALL"});
        EXPECT_TRUE((co_await c.exec({"ECHO", "late"}, deadline::after(20ms))).error() == errc::timed_out);
        co_await expect_it_works(c);
        EXPECT_EQ(c.generation(), 2U);
    });
}

TEST(RedisTrouble, AServerThatIsKilledAndComesBackIsFound) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        s.kill();
        const auto lost = co_await c.exec({"PING"});
        EXPECT_TRUE(lost.error() == errc::connection_lost || lost.error() == errc::unavailable);
        EXPECT_TRUE((co_await c.exec({"PING"})).error() == errc::unavailable);
        const auto none = co_await c.wait_connected(deadline::after(30ms));
        EXPECT_TRUE(none.error() == errc::timed_out);
        EXPECT_TRUE(mentions(none.error(), "redis.sock"));
        s.start();
        co_await expect_it_works(c);
        EXPECT_EQ(c.generation(), 2U);
        EXPECT_GE(c.counters().failures, 1U);
    });
}

TEST(RedisTrouble, AStoppedServerIsFoundByTheDeadlineAndWelcomedBack) {
    redis_server server{{.tcp = true}};
    auto o = options_for(server.tcp_url());
    o.connect_timeout = 50ms;
    with_connection(server, o, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        s.process().signal(SIGSTOP);
        EXPECT_TRUE((co_await c.exec({"PING"}, deadline::after(30ms))).error() == errc::timed_out);
        EXPECT_TRUE((co_await c.wait_connected(deadline::after(150ms))).error() == errc::timed_out);
        s.process().signal(SIGCONT);
        co_await expect_it_works(c);
    });
}

TEST(RedisTrouble, AReplicaIsNotUsedUntilItIsAMaster) {
    redis_server server{{.extra = {"--replicaof", "127.0.0.1", "1"}}};
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        EXPECT_TRUE(mentions(co_await first_failure(c), "replica"));
        (void)s.cli({"REPLICAOF", "NO", "ONE"});
        co_await expect_it_works(c);
    });
}

TEST(RedisTrouble, ADemotedMasterRefusesTheWriteAsNotDoneAndIsLeft) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        (void)s.cli({"REPLICAOF", "127.0.0.1", "1"});
        const auto refused = co_await c.exec({"SET", "k", "v"});
        EXPECT_TRUE(refused.error() == errc::unavailable);
        EXPECT_TRUE(mentions(refused.error(), "READONLY"));
        (void)s.cli({"REPLICAOF", "NO", "ONE"});
        co_await expect_it_works(c);
        EXPECT_GE(c.generation(), 2U);
    });
}

TEST(RedisTrouble, ABatchOnADemotedMasterKeepsTheRepliesOfWhatWasDone) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        (void)s.cli({"REPLICAOF", "127.0.0.1", "1"});
        command_buffer batch;
        batch.add({"ECHO", "read"}).add({"SET", "k", "v"}).add({"ECHO", "more"});
        const auto replies = (co_await c.exec_all(std::move(batch))).value();
        EXPECT_EQ(replies.at(0).text(), "read");
        EXPECT_EQ(replies.at(1).error_code(), "READONLY");
        EXPECT_EQ(replies.at(2).text(), "more");
        (void)s.cli({"REPLICAOF", "NO", "ONE"});
        EXPECT_TRUE(co_await reaches_generation(c, 2));
        co_await expect_it_works(c);
    });
}

/// A BLMOVE that waits for 30 s, and what became of it.
struct blocked_read {
    explicit blocked_read(connection& c) {
        asio::co_spawn(c.executor(), c.exec({"BLMOVE", "in", "out", "RIGHT", "LEFT", "30"}, deadline::after(32s)),
                       [this](const std::exception_ptr&, result<reply> r) {
                           got = std::move(r);
                           ended.wake();
                       });
    }
    std::optional<result<reply>> got;
    wake_up ended;
};

base::awaitable<> until_blocked(connection& c, redis_server& s) {
    const bool blocked =
        co_await until(c, [&s] { return s.cli({"INFO", "clients"}).find("blocked_clients:1") != std::string::npos; });
    EXPECT_TRUE(blocked);
}

TEST(RedisTrouble, ABlockedReadIsEndedByDemotion) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        blocked_read read{c};
        co_await until_blocked(c, s);
        (void)s.cli({"REPLICAOF", "127.0.0.1", "1"});
        co_await read.ended.wait();
        EXPECT_TRUE(read.got->error() == errc::unavailable);
        EXPECT_TRUE(mentions(read.got->error(), "UNBLOCKED"));
        (void)s.cli({"REPLICAOF", "NO", "ONE"});
        co_await expect_it_works(c);
        EXPECT_GE(c.generation(), 2U);
    });
}

TEST(RedisTrouble, AReadUnblockedByAnOperatorMakesANewConnection) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto id = std::to_string((co_await c.exec({"CLIENT", "ID"})).value().integer());
        blocked_read read{c};
        co_await until_blocked(c, s);
        (void)s.cli({"CLIENT", "UNBLOCK", id, "ERROR"});
        co_await read.ended.wait();
        EXPECT_TRUE(read.got->error() == errc::unavailable);
        co_await expect_it_works(c);
        EXPECT_EQ(c.generation(), 2U);
    });
}

TEST(RedisTrouble, ACallStuckBehindABlockedReadTakesItDownByItsDeadline) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        blocked_read read{c};
        EXPECT_TRUE((co_await c.exec({"PING"}, deadline::after(20ms))).error() == errc::timed_out);
        co_await read.ended.wait();
        EXPECT_TRUE(read.got->error() == errc::connection_lost);
        co_await expect_it_works(c);
    });
}

TEST(RedisTrouble, ABlockingReadThatGetsNoAnswerEndsAtItsDeadline) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto late = co_await c.exec({"BLMOVE", "in", "out", "RIGHT", "LEFT", "0"}, deadline::after(30ms));
        EXPECT_TRUE(late.error() == errc::timed_out);
        co_await expect_it_works(c);
        EXPECT_EQ(c.generation(), 2U);
    });
}

TEST(RedisTrouble, AServerThatIsStillLoadingIsNotUsedYet) {
    redis_server server{{.aof = true}};
    (void)server.cli({"EVAL", "for i = 1, 5000 do redis.call('SET', i, i) end", "0"});
    server.kill();
    const test::child_process slow{{"redis-server", "--port", "0", "--unixsocket", server.socket(), "--dir",
                                    server.dir().path().string(), "--save", "", "--appendonly", "yes",
                                    "--key-load-delay", "60"}};
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        bool was_loading = false;
        while (!co_await c.wait_connected(deadline::after(5ms)))
            was_loading = was_loading || mentions(c.last_failure(), "LOADING");
        EXPECT_TRUE(was_loading);
        EXPECT_EQ((co_await c.exec({"GET", "5000"})).value().text(), "5000");
    });
}

TEST(RedisTrouble, AUserAndPasswordAreNeededAndGiven) {
    redis_server server;
    (void)server.cli({"ACL", "SETUSER", "worker", "on", ">open sesame", "~*", "+@all"});
    auto o = options_for(server.url());
    o.to.user = "worker";
    o.to.password = base::secret{"open sesame"};
    with_connection(server, o, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        EXPECT_EQ((co_await c.exec({"ACL", "WHOAMI"})).value().text(), "worker");
    });
}

TEST(RedisTrouble, AWrongPasswordIsSaidWithoutThePasswordAndTriedAgain) {
    redis_server server;
    (void)server.cli({"ACL", "SETUSER", "worker", "on", ">open sesame", "~*", "+@all"});
    auto o = options_for(server.url());
    o.to.user = "worker";
    o.to.password = base::secret{"open barley"};
    with_connection(server, o, [](connection& c, redis_server& s) -> base::awaitable<> {
        const auto failure = co_await first_failure(c);
        EXPECT_TRUE(failure == errc::denied);
        EXPECT_TRUE(mentions(failure, "WRONGPASS"));
        EXPECT_FALSE(mentions(failure, "barley"));
        (void)s.cli({"ACL", "SETUSER", "worker", ">open barley"});
        co_await expect_it_works(c);
    });
}

TEST(RedisTrouble, APasswordAskedForButNotGivenIsDenied) {
    redis_server server;
    (void)server.cli({"CONFIG", "SET", "requirepass", "sesame"});
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        const auto failure = co_await first_failure(c);
        EXPECT_TRUE(failure == errc::denied);
        EXPECT_TRUE(mentions(failure, "NOAUTH"));
    });
}

TEST(RedisTrouble, AUserThatMayNotAskForTheRoleIsConnectedAllTheSame) {
    redis_server server;
    (void)server.cli({"ACL", "SETUSER", "poor", "on", ">open sesame", "~*", "+echo"});
    auto o = options_for(server.url());
    o.to.user = "poor";
    o.to.password = base::secret{"open sesame"};
    with_connection(server, o, [](connection& c, redis_server&) -> base::awaitable<> { co_await expect_it_works(c); });
}

TEST(RedisTrouble, PreparationRunsAfterEveryConnectAndMayRefuse) {
    redis_server server;
    asio::io_context io;
    connection c{io.get_executor(), options_for(server.url())};
    static int runs;
    runs = 0;
    c.on_connected([](connection& fresh) -> base::awaitable<result<void>> {
        if (++runs == 1) co_return base::error{errc::conflict, "not this time"};
        auto done = accept(co_await fresh.exec({"SET", "prepared", std::to_string(runs)}));
        if (!done) co_return base::fail(std::move(done));
        co_return result<void>{};
    });
    asio::co_spawn(io, c.run(), asio::detached);
    test::run_on(io, drive(c, server, [](connection& used, redis_server& s) -> base::awaitable<> {
                     co_await expect_it_works(used);
                     EXPECT_EQ(s.cli({"GET", "prepared"}), "2");
                     (void)s.cli({"CLIENT", "KILL", "TYPE", "normal"});
                     EXPECT_TRUE(co_await reaches_generation(used, 3));
                     EXPECT_EQ(s.cli({"GET", "prepared"}), "3");
                     EXPECT_EQ(used.counters().connects, 2U);
                 }));
}

TEST(RedisTrouble, MovedIsFollowedToTheNodeThatOwnsTheSlot) {
    const auto bus = std::to_string(test::free_port());
    redis_server owner{{.tcp = true, .extra = {"--cluster-enabled", "yes", "--cluster-port", bus}}};
    redis_server asked{
        {.tcp = true, .extra = {"--cluster-enabled", "yes", "--cluster-port", std::to_string(test::free_port())}}};
    (void)owner.cli({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
    (void)asked.cli({"CLUSTER", "MEET", "127.0.0.1", std::to_string(owner.port()), bus});
    ASSERT_TRUE(test::eventually(15s, [&] {
        return asked.cli({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos &&
               owner.cli({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos;
    }));
    with_connection(asked, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto moved = co_await c.exec({"SET", "dormouse:{main}:k", "v"});
        EXPECT_TRUE(moved.error() == errc::unavailable);
        EXPECT_TRUE(co_await reaches_generation(c, 2));
        EXPECT_EQ((co_await c.exec({"SET", "dormouse:{main}:k", "v"})).value().text(), "OK");
    });
}

/// How calls ended, by what that says about their effect.
struct tally {
    int done = 0;
    int unknown = 0;
    int not_done = 0;
    int other = 0;
};

base::awaitable<> increment_often(connection& c, int times, tally& t, int& running, wake_up& all_done) {
    for (int i = 0; i < times; ++i) {
        (void)co_await c.wait_connected(deadline::after(10s));
        const auto r = co_await c.exec({"INCR", "n"});
        if (r && r->is_integer())
            ++t.done;
        else if (!r && r.error() == errc::connection_lost)
            ++t.unknown;
        else if (!r && r.error() == errc::unavailable)
            ++t.not_done;
        else
            ++t.other;
    }
    if (--running == 0) all_done.wake();
}

TEST(RedisTrouble, UnderRepeatedKillsWhatIsReportedMatchesWhatHappened) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        tally t;
        int running = 20;
        wake_up all_done;
        for (int i = 0; i < 20; ++i)
            asio::co_spawn(c.executor(), increment_often(c, 100, t, running, all_done), asio::detached);
        int kills = 40;  // then peace, so that it ends on a slow machine, too
        const bool ended = co_await until(c, [&] {
            if (kills-- > 0) (void)s.cli({"CLIENT", "KILL", "TYPE", "normal"});
            return running == 0;
        });
        EXPECT_TRUE(ended);
        while (!co_await c.exec({"PING"}))
            (void)co_await c.wait_connected(deadline::after(10s));  // after the last kill
        const auto counted = std::stoi(s.cli({"GET", "n"}));
        EXPECT_EQ(t.done + t.unknown + t.not_done, 2000);
        EXPECT_EQ(t.other, 0);
        EXPECT_LE(t.done, counted);
        EXPECT_GE(t.done + t.unknown, counted);
        EXPECT_GE(c.counters().losses, 1U);
    });
}

}  // namespace
}  // namespace dormouse::queue::redis
