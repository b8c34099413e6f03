// At least once (promise 1) and a worker that is alive consumes (promise 9), whatever happens to Redis.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> envelopes(int n) {
    std::vector<std::string> out;
    for (int i = 0; i < n; ++i) out.push_back(envelope("test"));
    return out;
}

scripted_kind::body slow_count(std::map<std::string, int>& runs) {
    return [&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        ++runs[a.claimed.job.id];
        boost::asio::steady_timer work{co_await base::asio::this_coro::executor, 2ms};
        co_await work.async_wait(boost::asio::use_awaitable);
        co_return queue::done();
    };
}

TEST(Outage, ARedisKilledUnderLoadLosesNothingWithAof) {
    redis_server redis{{.aof = true}};
    std::map<std::string, int> runs;
    running_worker w{settings_for(redis), one_kind(slow_count(runs))};
    for (int i = 0; i < 4; ++i) w.push(envelopes(500));
    ASSERT_TRUE(w.until([&] { return runs.size() > 300; }));
    redis.kill();
    ASSERT_TRUE(w.until([&] { return !w.get().state().connected; }));
    redis.start();
    ASSERT_TRUE(w.until([&] { return runs.size() == 2'000; }, 40s)) << runs.size();
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 2'000; }, 20s));
    EXPECT_EQ(w.ask({"HLEN", w.names().job()}).integer(), 0);
}

TEST(Outage, AFrozenRedisIsGivenUpAndUsedAgain) {
    redis_server redis;
    auto s = settings_for(redis);
    s.redis.command_timeout = 300ms;
    std::map<std::string, int> runs;
    running_worker w{s, one_kind(slow_count(runs))};
    w.push(envelopes(200));
    ASSERT_TRUE(w.until([&] { return runs.size() > 20; }));
    redis.process().signal(SIGSTOP);
    ASSERT_TRUE(w.until([&] { return !w.get().state().connected; }));
    redis.process().signal(SIGCONT);
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 200; }, 30s));
    EXPECT_EQ(runs.size(), 200U);
}

TEST(Outage, AfterEveryKilledConnectionItGoesOnConsuming) {
    redis_server redis;
    std::map<std::string, int> runs;
    running_worker w{settings_for(redis), one_kind(slow_count(runs))};
    for (std::size_t round = 1; round <= 10; ++round) {
        w.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
        w.push(envelopes(50));
        ASSERT_TRUE(w.until([&] { return runs.size() == round * 50; })) << "round " << round;
    }
    EXPECT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 500; }));
}

TEST(Outage, AWorkerStartedBeforeRedisBegins) {
    redis_server redis;
    redis.kill();
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    ASSERT_FALSE(w.until([&] { return w.get().state().connected; }, 100ms));
    redis.start();
    w.push({envelope("test")});
    EXPECT_TRUE(w.until([&] { return runs == 1; }));
}

}  // namespace
}  // namespace dormouse::test
