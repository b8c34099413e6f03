#include "tests/integration/queue/redis_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <csignal>
#include <numeric>

namespace dormouse::queue::redis {
namespace {

namespace asio = base::asio;
using base::result;

TEST(RedisConnection, TalksOverAUnixSocket) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        (co_await c.wait_connected(deadline::after(5s))).value();
        EXPECT_EQ((co_await c.exec({"SET", "k", std::string_view{"a\r\n\0b", 5}})).value().text(), "OK");
        EXPECT_EQ((co_await c.exec({"GET", "k"})).value().text(), (std::string_view{"a\r\n\0b", 5}));
        EXPECT_TRUE((co_await c.exec({"GET", "missing"})).value().is_nil());
        EXPECT_EQ((co_await c.exec({"INCR", "n"})).value().integer(), 1);
        EXPECT_NE(s.cli({"CLIENT", "LIST"}).find(" name=test "), std::string::npos);
    });
}

TEST(RedisConnection, TalksOverTcpToAHostName) {
    redis_server server{{.tcp = true}};
    const auto url = "redis://localhost:" + std::to_string(server.port());
    with_connection(server, options_for(url),
                    [](connection& c, redis_server&) -> base::awaitable<> { co_await expect_it_works(c); });
}

TEST(RedisConnection, SelectsTheDatabaseOfTheUrl) {
    redis_server server;
    with_connection(server, options_for(server.url() + "?db=3"),
                    [](connection& c, redis_server& s) -> base::awaitable<> {
                        co_await expect_it_works(c);
                        (co_await c.exec({"SET", "where", "three"})).value();
                        EXPECT_EQ(s.cli({"-n", "3", "GET", "where"}), "three");
                        EXPECT_EQ(s.cli({"GET", "where"}), "");
                    });
}

TEST(RedisConnection, ADatabaseThatDoesNotExistIsNamedInTheError) {
    redis_server server;
    with_connection(server, options_for(server.url() + "?db=99"),
                    [](connection& c, redis_server&) -> base::awaitable<> {
                        const auto failure = co_await first_failure(c);
                        EXPECT_NE(failure.detail.find("SELECT"), std::string::npos) << failure.message();
                        const auto connected = co_await c.wait_connected(deadline::after(5ms));
                        EXPECT_TRUE(connected.has_error() && connected.error() == errc::timed_out);
                        if (!connected) EXPECT_NE(connected.error().detail.find("SELECT"), std::string::npos);
                    });
}

TEST(RedisConnection, ServerErrorsAreRepliesAndLeaveItConnected) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto wrong = (co_await c.exec({"NONSENSE"})).value();
        EXPECT_TRUE(wrong.is_error());
        EXPECT_EQ(wrong.error_code(), "ERR");
        EXPECT_TRUE(accept(wrong).error() == errc::server_error);
        co_await expect_it_works(c);
        EXPECT_EQ(c.generation(), 1U);
    });
}

TEST(RedisConnection, ABatchAnswersInOrderWithErrorsInTheirPlaces) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        command_buffer batch;
        batch.add({"RPUSH", "l", "a", "b"}).add({"INCR", "l"}).add({"LRANGE", "l", "0", "-1"});
        const auto replies = (co_await c.exec_all(std::move(batch))).value();
        EXPECT_EQ(replies.size(), 3U);
        EXPECT_EQ(replies.at(0).integer(), 2);
        EXPECT_EQ(replies.at(1).error_code(), "WRONGTYPE");
        EXPECT_EQ(replies.at(2)[1].text(), "b");
    });
}

TEST(RedisConnection, RefusesBuffersThatAreNotOneWholeCommand) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        command_buffer half;
        half.begin(2).arg("GET");
        EXPECT_TRUE((co_await c.exec(std::move(half))).error() == errc::invalid_argument);
        EXPECT_TRUE((co_await c.exec(command_buffer{})).error() == errc::invalid_argument);
        command_buffer two;
        two.add({"PING"}).add({"PING"});
        EXPECT_TRUE((co_await c.exec(std::move(two))).error() == errc::invalid_argument);
        EXPECT_TRUE((co_await c.exec({"PING"}, deadline::after(-1ms))).error() == errc::timed_out);
        co_await expect_it_works(c);
    });
}

base::awaitable<> increment(connection& c, std::vector<std::int64_t>& seen, std::size_t all, wake_up& done) {
    seen.push_back((co_await c.exec({"INCR", "n"})).value().integer());
    if (seen.size() == all) done.wake();
}

TEST(RedisConnection, TenThousandConcurrentCallsAreAnsweredInOrderAndShareWrites) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        constexpr std::size_t calls = 10'000;
        const auto writes = c.counters().writes;
        std::vector<std::int64_t> seen;
        wake_up done;
        for (std::size_t i = 0; i < calls; ++i)
            asio::co_spawn(c.executor(), increment(c, seen, calls, done), asio::detached);
        co_await done.wait();
        std::vector<std::int64_t> expected(calls);
        std::iota(expected.begin(), expected.end(), 1);
        EXPECT_EQ(seen, expected);
        EXPECT_LT(c.counters().writes - writes, 10U);
    });
}

TEST(RedisConnection, BigRepliesArriveWhole) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const std::string big(5'000'000, 'x');
        (co_await c.exec({"SET", "big", big})).value();
        EXPECT_TRUE((co_await c.exec({"GET", "big"})).value().text() == big);
        command_buffer push{1 << 20};
        push.begin(2 + 3000).arg("RPUSH").arg("l");
        for (int i = 0; i < 3000; ++i) push.arg(std::to_string(i) + std::string(300, '.'));
        (co_await c.exec(std::move(push))).value();
        const auto all = (co_await c.exec({"LRANGE", "l", "0", "-1"})).value();
        EXPECT_EQ(all.size(), 3000U);
        EXPECT_EQ(all[2999].text().substr(0, 5), "2999.");
    });
}

TEST(RedisConnection, AReplyOverTheCapFailsItsCallAndTheConnectionRecovers) {
    redis_server server;
    auto o = options_for(server.url());
    o.max_reply_bytes = 1'000'000;
    with_connection(server, o, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        (co_await c.exec({"SET", "big", std::string(2'000'000, 'x')})).value();
        EXPECT_TRUE((co_await c.exec({"GET", "big"})).error() == errc::too_large);
        co_await expect_it_works(c);
        EXPECT_EQ(c.generation(), 2U);
    });
}

TEST(RedisConnection, ACallBeforeTheConnectionIsThereFailsAtOnceAsNotDone) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        EXPECT_TRUE((co_await c.exec({"PING"})).error() == errc::unavailable);
        co_await expect_it_works(c);
    });
}

/// What a call ended with, and whether it has.
struct outcome_of_call {
    std::optional<result<reply>> got;
    wake_up ended;
};

auto into(outcome_of_call& o) {
    return [&o](const std::exception_ptr&, result<reply> r) {
        o.got = std::move(r);
        o.ended.wake();
    };
}

TEST(RedisConnection, ACancelledCallBetweenOthersDisturbsNobody) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        asio::cancellation_signal stop;
        outcome_of_call before;
        outcome_of_call cancelled;
        outcome_of_call after;
        asio::co_spawn(c.executor(), c.exec({"ECHO", "before"}), into(before));
        asio::co_spawn(c.executor(), c.exec({"BLPOP", "nothing", "0.05"}),
                       asio::bind_cancellation_slot(stop.slot(), into(cancelled)));
        asio::co_spawn(c.executor(), c.exec({"ECHO", "after"}), into(after));
        co_await before.ended.wait();
        stop.emit(asio::cancellation_type::terminal);
        co_await cancelled.ended.wait();
        EXPECT_FALSE(after.got);  // still waits behind the blocked command
        co_await after.ended.wait();
        EXPECT_EQ(before.got->value().text(), "before");
        EXPECT_TRUE(cancelled.got->error() == errc::cancelled);
        EXPECT_EQ(after.got->value().text(), "after");
        EXPECT_EQ(c.generation(), 1U);
    });
}

TEST(RedisConnection, ACallCancelledBeforeItIsWrittenHasNoEffect) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        asio::cancellation_signal stop;
        outcome_of_call big;
        outcome_of_call cancelled;
        s.process().signal(SIGSTOP);  // so that the first call fills the socket and the second has to wait
        asio::co_spawn(c.executor(), c.exec({"SET", "big", std::string(8'000'000, 'x')}), into(big));
        for (int turn = 0; turn < 5; ++turn) co_await asio::post(c.executor(), asio::use_awaitable);
        asio::co_spawn(c.executor(), c.exec({"SET", "never", "written"}),
                       asio::bind_cancellation_slot(stop.slot(), into(cancelled)));
        for (int turn = 0; turn < 5; ++turn) co_await asio::post(c.executor(), asio::use_awaitable);
        stop.emit(asio::cancellation_type::terminal);
        co_await cancelled.ended.wait();
        s.process().signal(SIGCONT);
        EXPECT_TRUE(cancelled.got->error() == errc::cancelled);
        co_await big.ended.wait();
        EXPECT_EQ(big.got->value().text(), "OK");
        co_await expect_it_works(c);
        EXPECT_EQ(s.cli({"EXISTS", "never"}), "0");
        EXPECT_EQ(c.generation(), 1U);
    });
}

TEST(RedisConnection, ACallCancelledAtOnceReportsItByValue) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        asio::cancellation_signal stop;
        outcome_of_call cancelled;
        asio::co_spawn(c.executor(), c.exec({"BLPOP", "nothing", "0.02"}),
                       asio::bind_cancellation_slot(stop.slot(), into(cancelled)));
        stop.emit(asio::cancellation_type::terminal);
        co_await cancelled.ended.wait();
        EXPECT_TRUE(cancelled.got->error() == errc::cancelled);
        co_await expect_it_works(c);
    });
}

TEST(RedisConnection, CloseWaitsForPendingCallsAndTakesNoNewOnes) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        outcome_of_call pending;
        asio::co_spawn(c.executor(), c.exec({"BLPOP", "nothing", "0.05"}), into(pending));
        co_await asio::post(c.executor(), asio::use_awaitable);
        co_await c.close(deadline::after(5s));
        co_await pending.ended.wait();
        EXPECT_TRUE(pending.got->value().is_nil());
        EXPECT_TRUE((co_await c.exec({"PING"})).error() == errc::unavailable);
        EXPECT_TRUE((co_await c.wait_connected(deadline::after(5s))).error() == errc::unavailable);
    });
}

TEST(RedisConnection, CloseDoesNotWaitLongerThanItsDeadline) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        outcome_of_call pending;
        asio::co_spawn(c.executor(), c.exec({"BLPOP", "nothing", "0"}, deadline::after(60s)), into(pending));
        co_await asio::post(c.executor(), asio::use_awaitable);
        co_await c.close(deadline::after(20ms));
        co_await pending.ended.wait();
        EXPECT_TRUE(pending.got->error() == errc::connection_lost);
    });
}

TEST(RedisConnection, CancellingRunEndsItAndFailsWhatIsPending) {
    redis_server server;
    asio::io_context io;
    connection c{io.get_executor(), options_for(server.url())};
    asio::cancellation_signal stop;
    bool ended = false;
    outcome_of_call pending;
    asio::co_spawn(io, c.run(), asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr& e) {
                       EXPECT_FALSE(e);
                       ended = true;
                   }));
    test::run_on(io, expect_it_works(c));
    asio::co_spawn(io, c.exec({"BLPOP", "nothing", "0"}), into(pending));
    io.restart();
    io.poll();
    stop.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run();
    EXPECT_TRUE(ended);
    EXPECT_EQ(c.state(), connection_state::closed);
    ASSERT_TRUE(pending.got);
    EXPECT_TRUE(pending.got->error() == errc::connection_lost);
}

TEST(RedisConnection, CountsBytesAndReplies) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto before = c.counters();
        (co_await c.exec({"ECHO", "four"})).value();
        const auto after = c.counters();
        EXPECT_EQ(after.replies - before.replies, 1U);
        EXPECT_EQ(after.bytes_in - before.bytes_in, std::string_view{"$4\r\nfour\r\n"}.size());
        EXPECT_EQ(after.bytes_out - before.bytes_out, std::string_view{"*2\r\n$4\r\nECHO\r\n$4\r\nfour\r\n"}.size());
        EXPECT_EQ(after.writes - before.writes, 1U);
    });
}

}  // namespace
}  // namespace dormouse::queue::redis
