// One stalled endpoint with a long backlog, and others: what it may hold, and what it costs them. Counts, not times.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

/// Lanes whose names begin with `slow` take 30 ms, or until they are released; the others no time.
class endpoints_double {
public:
    bool hold = false;
    int slow_running = 0;
    int most_slow_running = 0;
    int slow_done = 0;
    int quick_done = 0;
    std::map<std::string, int> quick_by_lane{};

    [[nodiscard]] scripted_kind::body body() {
        return [this](const jobs::attempt& a) { return run(*this, a); };
    }

private:
    static base::awaitable<queue::outcome> run(endpoints_double& self, const jobs::attempt& a) {
        const std::string lane{a.claimed.job.args.at("lane").as_string()};
        if (!lane.starts_with("slow")) {
            ++self.quick_done;
            ++self.quick_by_lane[lane];
            co_return queue::done();
        }
        self.most_slow_running = std::max(self.most_slow_running, ++self.slow_running);
        boost::asio::steady_timer poll{co_await base::asio::this_coro::executor};
        do {
            poll.expires_after(30ms);
            co_await poll.async_wait(boost::asio::use_awaitable);
        } while (self.hold);
        --self.slow_running;
        ++self.slow_done;
        co_return queue::done();
    }
};

std::vector<std::string> jobs(int count, const std::string& lane) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back(envelope("test", R"({"lane":")" + lane + R"("})"));
    return out;
}

std::int64_t done(running_worker& w) { return w.ask({"ZCARD", w.names().done()}).integer(); }

TEST(Fairness, SlowEndpointsHoldOneSlotEachAndAQuarterTogether) {
    redis_server redis;
    endpoints_double e;
    const worker::pace_rules pace{.slow_after = 20ms};
    running_worker w{settings_for(redis), one_kind(e.body()), {}, pace};
    for (int lane = 0; lane < 6; ++lane) w.push(jobs(2, "slow" + std::to_string(lane)));
    ASSERT_TRUE(w.until([&] { return e.slow_done == 12; }));
    e.hold = true;
    e.most_slow_running = 0;
    for (int lane = 0; lane < 6; ++lane) w.push(jobs(20, "slow" + std::to_string(lane)));
    w.push(jobs(200, "quick"));
    ASSERT_TRUE(w.until([&] { return e.quick_done == 200; }));
    EXPECT_EQ(e.slow_running, 4) << "of 16 slots";
    e.hold = false;
    ASSERT_TRUE(w.until([&] { return done(w) == 12 + 120 + 200; }));
    EXPECT_EQ(e.most_slow_running, 4);
}

TEST(Fairness, ABacklogOfTenThousandAtTheHeadHidesNobodyBehindIt) {
    redis_server redis;
    endpoints_double e;
    e.hold = true;
    running_worker w{settings_for(redis), one_kind(e.body())};
    std::vector<std::string> batch = jobs(10'000, "slow");
    for (int lane = 0; lane < 99; ++lane)
        for (auto& envelope : jobs(5, "quick" + std::to_string(lane))) batch.push_back(std::move(envelope));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return e.quick_done == 99 * 5; }, 60s));
    EXPECT_EQ(e.slow_running, 4);
    EXPECT_EQ(e.slow_done, 0);
    EXPECT_EQ(e.quick_by_lane.size(), 99U);
    EXPECT_EQ(w.ask({"LLEN", w.names().lane("default", "slow")}).integer(), 10'000 - 4);
    const std::string calls{w.ask({"INFO", "commandstats"}).text()};
    const auto at = calls.find("cmdstat_evalsha:calls=");
    EXPECT_LT(std::atoi(calls.c_str() + at + 22), 400) << "it was admitted into its lane, not claimed 8 at a time";
    w.get().stop();
    e.hold = false;
}

TEST(Fairness, ReadyJobsGetTheirTurnThoughLanesCouldTakeEverySlot) {
    redis_server redis;
    endpoints_double e;
    auto s = settings_for(redis);
    s.worker.slots = 4;
    s.worker.per_endpoint = 1;
    running_worker w{s, one_kind(e.body())};
    std::vector<std::string> batch;
    for (int i = 0; i < 40; ++i)
        for (int lane = 0; lane < 8; ++lane)
            batch.push_back(envelope("test", R"({"lane":"slow)" + std::to_string(lane) + R"("})"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return e.slow_done >= 8; }));
    w.push(jobs(1, "quick"));
    ASSERT_TRUE(w.until([&] { return e.quick_done == 1; }));
    EXPECT_LT(e.slow_done, 60) << "of 320: long before the lanes were empty";
    w.get().stop();
}

}  // namespace
}  // namespace dormouse::test
