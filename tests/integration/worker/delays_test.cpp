// Exact delays (promise 4): never early, and by a timer, not by the next round of a poll.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

struct start {
    base::time_ms due;
    base::time_ms at;
};

scripted_kind::body noting(std::vector<start>& starts) {
    return [&starts](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        starts.push_back({*a.claimed.job.at, base::system_clock().now()});
        co_return queue::done();
    };
}

TEST(Delays, ADelayedJobStartsAtItsTimeAndNotBefore) {
    redis_server redis;
    std::vector<start> starts;
    running_worker w{settings_without_looks(redis), one_kind(noting(starts))};
    ASSERT_TRUE(w.until([&] { return w.get().state().registered; }));
    const auto now = base::system_clock().now();
    std::vector<std::string> batch;
    for (int i = 0; i < 40; ++i)
        batch.push_back(
            envelope("test", "{}", R"({"at":)" + std::to_string(base::to_epoch_ms(now + 200ms + i * 17ms)) + "}"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return starts.size() == 40; }));
    std::vector<base::ms> late;
    for (const auto& s : starts) {
        EXPECT_GE(s.at, s.due - 1ms) << "the machine's clock and Redis' differ by less than a rounding here";
        late.push_back(s.at - s.due);
    }
    std::sort(late.begin(), late.end());
    // A poll of the usual five seconds would be late by half of it; the figure itself is the benchmark's business.
    EXPECT_LT(late[late.size() / 2], 2s);
}

TEST(Delays, ARetryOfOneWorkerIsRunByAnotherWhenTheFirstIsGone) {
    redis_server redis;
    auto kinds = one_kind([](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        co_return queue::retry_at(a.now + 700ms, "refused", "", queue::sent::not_sent);
    });
    {
        running_worker first{settings_for(redis), std::move(kinds)};
        first.push({envelope("test")});
        ASSERT_TRUE(first.until([&] { return first.ask({"ZCARD", first.names().later("default")}).integer() == 1; }));
    }
    int runs = 0;
    running_worker second{settings_for(redis), one_kind(counting(runs))};
    EXPECT_TRUE(second.until([&] { return runs == 1; }));
}

TEST(Delays, APausedQueueWaitsAndResumesAtOnce) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    w.ask({"SADD", w.names().paused(), "default"});
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return w.ask({"LLEN", w.names().ready("default", 1)}).integer() == 1; }));
    ASSERT_FALSE(w.until([&] { return runs > 0; }, 300ms));
    w.ask({"SREM", w.names().paused(), "default"});
    w.ask({"ZADD", w.names().wake("default"), "0", "w"});
    EXPECT_TRUE(w.until([&] { return runs == 1; }));
}

}  // namespace
}  // namespace dormouse::test
