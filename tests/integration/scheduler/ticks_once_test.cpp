// Schedules whose ticks make jobs: each tick once, however many schedulers there are.

#include "tests/integration/scheduler/scheduler_world.hpp"

namespace dormouse::scheduler {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class TicksOnce : public scheduler_world {};

TEST_F(TicksOnce, AMissedTickIsFiredOnceByThreeSchedulers) {
    hourly();
    last_seen("report", "@hourly in UTC", 3h);
    for (int i = 0; i < 3; ++i) start();
    ASSERT_TRUE(until([&] { return jobs_ready() > 0; }));
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(jobs_ready(), 1);
    const auto lines = log("report");
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_EQ(lines[0].what, outcome::enqueued);
    EXPECT_LT(now() - lines[0].tick, 1h);
    EXPECT_EQ(lines[0].job, queue::tick_job_id("report", lines[0].tick, false));
    EXPECT_EQ(record("report").settled, lines[0].tick);
}

TEST_F(TicksOnce, OneThatIsNewIsAdoptedAndNotFired) {
    hourly();
    start();
    ASSERT_TRUE(until([&] { return !record("report").definition.empty(); }));
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(record("report").definition, "@hourly in UTC");
    EXPECT_EQ(jobs_ready(), 0);
    EXPECT_THAT(log("report"), IsEmpty());
}

TEST_F(TicksOnce, ATickOlderThanTheCatchUpIsSkippedWithItsReason) {
    hourly().cron = "@yearly";
    last_seen("report", "@yearly in UTC", 400 * 24h);
    start();
    ASSERT_TRUE(until([&] { return !log("report").empty(); }));
    EXPECT_EQ(log("report")[0].what, outcome::skipped);
    EXPECT_EQ(log("report")[0].note, "misfire");
    EXPECT_EQ(jobs_ready(), 0);
}

TEST_F(TicksOnce, AnOperatorsWishIsFulfilledAtOnceAndByOne) {
    hourly();
    start();
    start();
    ASSERT_TRUE(until([&] { return !record("report").definition.empty(); }));
    ASSERT_TRUE(all_look_again());
    ASSERT_TRUE(run(store.want_run("report", now())).value());
    ASSERT_TRUE(until([&] { return jobs_ready() > 0; }));
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(jobs_ready(), 1);
    EXPECT_FALSE(record("report").wanted);
    ASSERT_THAT(log("report"), SizeIs(1));
    EXPECT_TRUE(log("report")[0].by_operator);
}

TEST_F(TicksOnce, ATickBesideTheOpenJobOfTheOneBeforeIsSkipped) {
    hourly();
    last_seen("report", "@hourly in UTC", 3h);
    const auto job = queue::tick_job_id("report", now() - 3h, false);
    (void)redis.cli({"HSET", names.schedule("report"), "job", job});
    (void)redis.cli({"HSET", names.job(), job, "{}"});
    start();
    ASSERT_TRUE(until([&] { return !log("report").empty(); }));
    EXPECT_EQ(log("report")[0].note, "overlap");
    EXPECT_EQ(jobs_ready(), 0);
}

TEST_F(TicksOnce, WhatIsMissedInAPauseIsSkipped) {
    hourly();
    last_seen("report", "@hourly in UTC", 3h);
    ASSERT_TRUE(run(store.pause("report", now())).value());
    start();
    ASSERT_TRUE(until([&] { return !log("report").empty(); }));
    EXPECT_EQ(log("report")[0].note, "paused");
    ASSERT_TRUE(run(store.resume("report")).value());
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(jobs_ready(), 0);
}

TEST_F(TicksOnce, JobCarriesWhatTheConfigurationSays) {
    auto& rule = hourly();
    rule.enqueue.priority = 2;
    rule.enqueue.timeout = 30s;
    rule.enqueue.max_attempts = 4;
    last_seen("report", "@hourly in UTC", 3h);
    start();
    ASSERT_TRUE(until([&] { return !log("report").empty(); }));
    const auto id = log("report")[0].job;
    const auto envelope = redis.cli({"HGET", names.job(), id});
    EXPECT_THAT(envelope, testing::HasSubstr(R"("kind":"webhook-delivery","site":"main","args":{"hook_id":7})"));
    EXPECT_THAT(envelope, testing::HasSubstr(R"("prio":2,"timeout":30,"max_attempts":4)"));
    EXPECT_EQ(redis.cli({"LRANGE", names.ready("webhook", 2), "0", "-1"}), id);
    EXPECT_EQ(redis.cli({"SMEMBERS", names.queues()}), "webhook");
}

TEST_F(TicksOnce, WithoutTheSitesZoneItWaitsForIt) {
    settings.scheduler.zone.clear();
    site_zone.clear();
    hourly();
    auto& s = start();
    ASSERT_TRUE(until([&] { return !s.state().zone_failure.empty(); }));
    EXPECT_FALSE(s.state().zone_known);
    EXPECT_EQ(record("report").definition, "");
}

TEST_F(TicksOnce, TheSitesZoneIsTheSchedules) {
    settings.scheduler.zone.clear();
    hourly();
    start();
    ASSERT_TRUE(until([&] { return !record("report").definition.empty(); }));
    EXPECT_EQ(record("report").definition, "@hourly in Europe/Berlin");
}

TEST_F(TicksOnce, RedisMayGoAndComeBack) {
    hourly();
    auto& s = start();
    ASSERT_TRUE(until([&] { return !record("report").definition.empty(); }));
    redis.kill();
    ASSERT_TRUE(until([&] { return !s.state().connected; }));
    redis.start();
    const auto looks = s.state().looks;
    ASSERT_TRUE(until([&] { return s.state().looks > looks + 1; }));
    ASSERT_TRUE(run(client.wait_connected(deadline::after(5s))));
    ASSERT_TRUE(run(store.want_run("report", now())).value());
    EXPECT_TRUE(until([&] { return jobs_ready() == 1; }));
}

}  // namespace
}  // namespace dormouse::scheduler
