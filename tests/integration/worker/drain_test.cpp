// Shutdown in the order of the house: nothing is lost, no attempt is spent, no lease is left.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

TEST(Drain, RunningAttemptsMayFinish) {
    redis_server redis;
    bool go = false;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind([&](const jobs::attempt&) -> base::awaitable<queue::outcome> {
                         ++runs;
                         boost::asio::steady_timer poll{co_await base::asio::this_coro::executor};
                         while (!go) {
                             poll.expires_after(2ms);
                             co_await poll.async_wait(boost::asio::use_awaitable);
                         }
                         co_return queue::done();
                     })};
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    w.get().stop();
    w.push({envelope("test")});
    go = true;
    w.stop_and_drain();
    EXPECT_EQ(runs, 1) << "nothing new is claimed while draining";
    EXPECT_EQ(redis.cli({"ZCARD", w.names().done()}), "1");
    EXPECT_EQ(redis.cli({"ZCARD", w.names().workers()}), "0");
    EXPECT_EQ(redis.cli({"EXISTS", w.names().own(w.get().id())}), "0");
}

TEST(Drain, WhatDoesNotFinishInTimeIsReleasedWithoutSpendingAnAttempt) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.drain = 50ms;
    int runs = 0;
    {
        running_worker w{s, one_kind([&](const jobs::attempt&) -> base::awaitable<queue::outcome> {
                             ++runs;
                             return hang();
                         })};
        w.push({envelope("test"), envelope("test")});
        ASSERT_TRUE(w.until([&] { return runs == 2; }));
        w.stop_and_drain();
        EXPECT_EQ(redis.cli({"LLEN", w.names().ready("default", 1)}), "2");
        EXPECT_EQ(redis.cli({"EXISTS", w.names().tries()}), "0");
        EXPECT_EQ(redis.cli({"ZCARD", w.names().workers()}), "0");
    }
    int again = 0;
    running_worker next{s, one_kind([&](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                            EXPECT_EQ(a.claimed.attempt(), 1);
                            EXPECT_EQ(a.claimed.history.crashes, 0);
                            ++again;
                            co_return queue::done();
                        })};
    EXPECT_TRUE(next.until([&] { return again == 2; }));
}

TEST(Drain, EndsAlsoWhileRedisIsAway) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.drain = 200ms;
    s.redis.command_timeout = 300ms;
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    redis.kill();
    ASSERT_TRUE(w.until([&] { return !w.get().state().connected; }));
    w.stop_and_drain();
    EXPECT_TRUE(w.get().state().stopping);
}

}  // namespace
}  // namespace dormouse::test
