// The life of a job through a real worker and a real Redis.
#include "tests/support/worker_fixture.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::unique_ptr<scripted_kind>> one_kind(scripted_kind::body b) {
    std::vector<std::unique_ptr<scripted_kind>> kinds;
    kinds.push_back(std::make_unique<scripted_kind>("test", std::move(b)));
    return kinds;
}

scripted_kind::body counting(int& runs) {
    return [&runs](const jobs::attempt&) -> base::awaitable<queue::outcome> {
        ++runs;
        co_return queue::done();
    };
}

TEST(Life, AnEnqueuedJobRunsOnceAndIsDone) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
    EXPECT_EQ(w.ask({"HLEN", w.names().job()}).integer(), 0);
    EXPECT_EQ(w.ask({"LLEN", w.names().in()}).integer(), 0);
    EXPECT_EQ(w.ask({"SCARD", w.names().own(w.get().id())}).integer(), 0);
}

TEST(Life, ThousandsOfJobsAllRunOnce) {
    redis_server redis;
    std::map<std::string, int> runs;
    running_worker w{settings_for(redis), one_kind([&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         ++runs[a.claimed.job.id];
                         co_return queue::done();
                     })};
    constexpr std::size_t total = 5'000;
    for (std::size_t i = 0; i < total; i += 500) {
        std::vector<std::string> batch;
        for (int k = 0; k < 500; ++k) batch.push_back(envelope("test"));
        w.push(batch);
    }
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == static_cast<std::int64_t>(total); }));
    EXPECT_EQ(runs.size(), total);
    for (const auto& [id, n] : runs) ASSERT_EQ(n, 1) << id;
}

}  // namespace
}  // namespace dormouse::test
