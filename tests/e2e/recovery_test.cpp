// Nothing is lost: workers killed, Redis stopped, killed and started again, under load.

#include "tests/e2e/stack.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <set>

namespace dormouse::e2e {
namespace {

constexpr int deliveries = 2000;
constexpr const char* usual_lease = "lease: 10s, heartbeat: 2s";

/// Numbers that arrived, and the names they arrived under.
struct arrivals {
    std::set<std::string> bodies;
    std::set<std::string> names;
    std::size_t requests = 0;
};

arrivals arrived(stack& s, const std::string& prefix) {
    arrivals out;
    for (const auto& r : s.receivers().requests(prefix)) {
        out.bodies.insert(r.body);
        out.names.insert(r.header("webhook-id"));
        ++out.requests;
    }
    return out;
}

void expect_all_done(stack& s, int count) {
    ASSERT_TRUE(s.wait_for_done(count, 90s)) << s.dormouse({"queues"}).text;
    EXPECT_TRUE(test::eventually(soon, [&] { return s.is_quiet(); })) << s.dormouse({"queues"}).text;
    EXPECT_EQ(s.depth("dead"), 0);
    EXPECT_EQ(s.depth("done"), count);
}

TEST(Recovery, WorkerKilledInMidDeliveryIsReplacedByAnother) {
    stack s;
    const auto hook = s.add_hook("/slow/1/killed");
    auto first = s.start_worker({.name = "first", .settings = usual_lease});
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.receivers().wait_for(1, "/slow", soon));
    first->process().signal(SIGKILL);
    ASSERT_EQ(first->process().wait(soon), 128 + SIGKILL);
    EXPECT_EQ(s.state_of(job), "running");

    const auto second = s.start_worker({.name = "second", .settings = usual_lease});
    ASSERT_TRUE(s.wait_for_state(job, "done")) << second->log();
    const auto requests = s.receivers().requests("/slow");
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    // The lease had to end first, and no longer.
    EXPECT_GT(requests[1].time_ms - requests[0].time_ms, 5'000);
    EXPECT_LT(requests[1].time_ms - requests[0].time_ms, 15'000);
    // A crash is no failed attempt.
    EXPECT_EQ(requests[1].header("X-Dormouse-Attempt"), "1");
}

/// 2,000 deliveries; in their middle Redis is away for `pause`, then the worker is killed and another takes over.
void lose_nothing(int redis_signal, std::chrono::milliseconds pause) {
    stack s;
    const auto hook = s.add_hook("/slow/0.02/load");
    auto first = s.start_worker({.name = "first"});
    s.enqueue(hook, deliveries);
    ASSERT_TRUE(s.receivers().wait_for(deliveries / 10, "/slow", soon)) << first->log();

    s.redis().process().signal(redis_signal);
    ASSERT_TRUE(s.redis().process().wait(soon));
    // The outage has to last, and the worker through it.
    EXPECT_FALSE(test::eventually(pause, [&] { return !first->process().running(); })) << first->log();
    s.redis().start();

    const auto before = arrived(s, "/slow").requests;
    ASSERT_LT(before, static_cast<std::size_t>(deliveries)) << "the outage came too late";
    ASSERT_TRUE(s.receivers().wait_for(before + deliveries / 10, "/slow", soon)) << first->log();
    first->process().signal(SIGKILL);
    ASSERT_TRUE(first->process().wait(soon));
    ASSERT_LT(arrived(s, "/slow").bodies.size(), static_cast<std::size_t>(deliveries)) << "the kill came too late";

    const auto second = s.start_worker({.name = "second"});
    expect_all_done(s, deliveries);
    const auto all = arrived(s, "/slow");
    EXPECT_EQ(all.bodies.size(), static_cast<std::size_t>(deliveries));
    EXPECT_EQ(all.names.size(), static_cast<std::size_t>(deliveries));
    testing::Test::RecordProperty("repeated", static_cast<int>(all.requests) - deliveries);
}

TEST(Recovery, TwoThousandDeliveriesSurviveStoppedRedisAndKilledWorker) { lose_nothing(SIGTERM, 10s); }

TEST(Recovery, TwoThousandDeliveriesSurviveKilledRedisAndKilledWorker) { lose_nothing(SIGKILL, 1s); }

TEST(Recovery, TwoWorkersShareAndTheOneLeftFinishesForBoth) {
    stack s;
    const auto hook = s.add_hook("/slow/1/shared");
    auto first = s.start_worker({.name = "first"});
    const auto second = s.start_worker({.name = "second"});
    s.enqueue(hook, 100);
    // Each sends 32 at once, so both are in the middle of theirs.
    ASSERT_TRUE(s.receivers().wait_for(64, "/slow", soon));
    first->process().signal(SIGKILL);
    ASSERT_TRUE(first->process().wait(soon));
    expect_all_done(s, 100);
    const auto all = arrived(s, "/slow");
    EXPECT_EQ(all.bodies.size(), 100U);
    EXPECT_GT(all.requests, 100U) << "the kill hit nobody";
}

TEST(Recovery, DatabaseAwayDelaysDeliveriesAndLosesNone) {
    stack s;
    const auto hook = s.add_hook("/ok/no-database");
    const auto worker = s.start_worker();
    s.database().stop();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.wait_for_state(job, "scheduled")) << worker->log();
    EXPECT_TRUE(s.receivers().requests("/ok").empty());
    s.database().start();
    ASSERT_TRUE(s.wait_for_state(job, "done", 60s)) << worker->log();
    EXPECT_EQ(s.receivers().requests("/ok").size(), 1U);
    EXPECT_EQ(s.database().sql("SELECT attempt, state FROM wp_dormouse_delivery"), "1\tdone");
}

}  // namespace
}  // namespace dormouse::e2e
