// Limits across processes: two workers share one Redis and never run more than a limit allows, nor leave it idle.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

config::settings limited_settings(const redis_server& redis, config::limit_rule rule) {
    auto s = settings_without_looks(redis);
    s.worker.limits = {std::move(rule)};
    return s;
}

/// What ran when, across the threads of a test.
class timetable {
public:
    void enter(const std::string& name) {
        const std::lock_guard lock{mutex_};
        most_ = std::max(most_, ++running_[name]);
        ++together_;
        starts_.push_back(steady::now());
    }
    void leave(const std::string& name) {
        const std::lock_guard lock{mutex_};
        --running_[name];
        --together_;
        ++done_;
    }
    int running(const std::string& name) {
        const std::lock_guard lock{mutex_};
        return running_[name];
    }
    int done() const {
        const std::lock_guard lock{mutex_};
        return done_;
    }
    /// Attempts that run now, whatever their name.
    int together() const {
        const std::lock_guard lock{mutex_};
        return together_;
    }
    /// Attempts of one name that ran at once.
    int most() const { return most_; }
    const std::vector<steady::time_point>& starts() const { return starts_; }

private:
    mutable std::mutex mutex_;
    std::map<std::string, int> running_;
    int most_ = 0;
    int together_ = 0;
    int done_ = 0;
    std::vector<steady::time_point> starts_;
};

/// Runs until `over`, on the timetable; looks first after `step`.
scripted_kind::body until(timetable& table, std::function<bool()> over, base::ms step = 5ms) {
    return [&table, over = std::move(over), step](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        const std::string name{a.claimed.job.args.at("project_id").as_string()};
        table.enter(name);
        boost::asio::steady_timer work{co_await base::asio::this_coro::executor};
        do {
            work.expires_after(step);
            co_await work.async_wait(boost::asio::use_awaitable);
        } while (!over());
        table.leave(name);
        co_return queue::done();
    };
}

/// Runs for a moment, on the timetable.
scripted_kind::body on(timetable& table, base::ms length) {
    return until(table, [] { return true; }, length);
}

std::vector<std::string> charges(int count, const std::string& project) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back(envelope("test", R"({"project_id":")" + project + R"("})"));
    return out;
}

TEST(LimitsAcrossWorkers, NeverTwoAtOnceAndThePlaceIsHandedOn) {
    constexpr int jobs = 40;
    redis_server redis;
    timetable table;
    const auto s = limited_settings(redis, {"wallet:{project_id}", "", 1, 0});
    std::thread other{[&] {
        running_worker w{s, one_kind(on(table, 5ms))};
        EXPECT_TRUE(w.until([&] { return table.done() == jobs; }));
    }};
    {
        running_worker w{s, one_kind(on(table, 5ms))};
        w.push(charges(jobs, "p1"));
        EXPECT_TRUE(w.until([&] { return table.done() == jobs; }));
        other.join();
        EXPECT_EQ(w.ask({"ZCARD", w.names().dead()}).integer(), 0);
    }
    EXPECT_EQ(table.most(), 1);
}

TEST(LimitsAcrossWorkers, APlaceThatADrainingWorkerGivesBackIsTakenAtOnceByAnother) {
    redis_server redis;
    timetable table;
    const auto s = limited_settings(redis, {"wallet:{project_id}", "", 1, 0});
    auto small = s;
    small.worker.slots = 1;
    std::promise<void> runs;
    std::atomic<bool> release = false;
    std::atomic<bool> stop = false;
    std::thread other{[&] {
        running_worker first{small, one_kind(until(table, [&] { return release.load(); }))};
        first.push(charges(1, "p1"));
        EXPECT_TRUE(first.until([&] { return table.running("p1") == 1; }));
        runs.set_value();
        EXPECT_TRUE(first.until([&] { return stop.load(); }));
        first.get().stop();
        release = true;
    }};
    runs.get_future().wait();
    running_worker second{s, one_kind(on(table, 1ms))};
    second.push(charges(1, "p1"));
    const auto line = second.names().waiting("default", "wallet:p1");
    EXPECT_TRUE(second.until([&] { return second.ask({"LLEN", line}).integer() == 1; }));
    stop = true;
    EXPECT_TRUE(second.until([&] { return table.done() == 2; }));
    other.join();
    EXPECT_EQ(table.most(), 1);
}

TEST(LimitsAcrossWorkers, OtherProjectsAreNotHeldUp) {
    redis_server redis;
    timetable table;
    std::atomic<bool> all_met = false;
    const auto met = [&] {
        if (table.together() == 8) all_met = true;
        return all_met.load();
    };
    running_worker w{limited_settings(redis, {"wallet:{project_id}", "test", 1, 0}), one_kind(until(table, met))};
    auto batch = charges(3, "p1");
    for (int i = 2; i <= 8; ++i)
        for (auto& e : charges(1, "p" + std::to_string(i))) batch.push_back(std::move(e));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return table.done() == 10; })) << "each waits until one of every project runs";
    EXPECT_EQ(table.most(), 1);
    EXPECT_TRUE(w.until([&] { return w.ask({"HLEN", w.names().limits()}).integer() == 0; }));
    EXPECT_EQ(w.ask({"ZCARD", w.names().places()}).integer(), 0);
}

TEST(LimitsAcrossWorkers, ARateHoldsAcrossWorkersWithoutPolling) {
    redis_server redis;
    timetable table;
    const auto s = limited_settings(redis, {"bank", "", 10, 1'200});  // one every 50 ms
    std::thread other{[&] {
        running_worker w{s, one_kind(on(table, 1ms))};
        EXPECT_TRUE(w.until([&] { return table.done() == 8; }));
    }};
    running_worker w{s, one_kind(on(table, 1ms))};
    w.push(charges(8, "p1"));
    EXPECT_TRUE(w.until([&] { return table.done() == 8; }));
    other.join();
    const auto took = table.starts().back() - table.starts().front();
    EXPECT_GE(took, 330ms) << "eight starts are seven intervals";
}

TEST(LimitsAcrossWorkers, AJobUnderLimitsThatRetriesGivesItsPlaceToTheNext) {
    redis_server redis;
    std::vector<std::string> order;
    auto kinds = one_kind([&](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        order.emplace_back(a.claimed.job.args.at("name").as_string());
        if (order.size() == 1) co_return queue::retry("busy", "", queue::sent::answered);
        co_return queue::done();
    });
    kinds.front()->retry_after = 60ms;
    running_worker w{limited_settings(redis, {"one", "", 1, 0}), std::move(kinds)};
    w.push({envelope("test", R"({"name":"a"})"), envelope("test", R"({"name":"b"})")});
    ASSERT_TRUE(w.until([&] { return order.size() == 3; }));
    EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "a"}));
}

}  // namespace
}  // namespace dormouse::test
