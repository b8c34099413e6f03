// Endpoints share the slots: at most `per_endpoint` running attempts each, and a full one blocks nobody else.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

TEST(Lanes, AtMostFourOfOneEndpointRunAndTheOthersGoOn) {
    redis_server redis;
    int stalled = 0;
    int most_stalled = 0;
    int fast = 0;
    bool release = false;
    running_worker w{settings_for(redis), one_kind([&](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         if (a.claimed.job.args.at("lane") == "fast") {
                             ++fast;
                             co_return queue::done();
                         }
                         most_stalled = std::max(most_stalled, ++stalled);
                         boost::asio::steady_timer poll{co_await base::asio::this_coro::executor};
                         while (!release) {
                             poll.expires_after(5ms);
                             co_await poll.async_wait(boost::asio::use_awaitable);
                         }
                         --stalled;
                         co_return queue::done();
                     })};
    std::vector<std::string> batch;
    for (int i = 0; i < 300; ++i) batch.push_back(envelope("test", R"({"lane":"stalled"})"));
    for (int i = 0; i < 50; ++i) batch.push_back(envelope("test", R"({"lane":"fast"})"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return fast == 50; }));
    EXPECT_EQ(stalled, 4);
    EXPECT_EQ(w.ask({"LLEN", w.names().lane("default", "stalled")}).integer(), 296);
    release = true;
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 350; }));
    EXPECT_EQ(most_stalled, 4);
    EXPECT_EQ(w.ask({"SCARD", w.names().lanes()}).integer(), 0);
}

TEST(Lanes, JobsParkedByAWorkerThatLeftAreTakenUpByAnother) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.drain = 10ms;
    {
        running_worker first{s,
                             one_kind([](const jobs::attempt&) -> base::awaitable<queue::outcome> { return hang(); })};
        std::vector<std::string> batch;
        for (int i = 0; i < 20; ++i) batch.push_back(envelope("test", R"({"lane":"a"})"));
        first.push(batch);
        ASSERT_TRUE(
            first.until([&] { return first.ask({"LLEN", first.names().lane("default", "a")}).integer() == 16; }));
    }
    int runs = 0;
    running_worker second{s, one_kind(counting(runs))};
    EXPECT_TRUE(second.until([&] { return runs == 20; }));
}

TEST(Lanes, AWorkerLeavesTheLanesOfQueuesItDoesNotServeAlone) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.queues = {{"mail", 1}};
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    std::vector<std::string> batch;
    for (int i = 0; i < 20; ++i) batch.push_back(envelope("test", R"({"lane":"a"})", R"({"queue":"webhook"})"));
    for (int i = 0; i < 20; ++i) batch.push_back(envelope("test", R"({"lane":"a"})", R"({"queue":"mail"})"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return runs == 20; }));
    EXPECT_EQ(w.ask({"LLEN", w.names().ready("webhook", queue::priority_normal)}).integer(), 20);
}

}  // namespace
}  // namespace dormouse::test
