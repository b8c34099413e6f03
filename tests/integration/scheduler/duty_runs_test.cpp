// Runs of duties: one at a time, and none lost with its scheduler.

#include "tests/integration/scheduler/scheduler_world.hpp"

namespace dormouse::scheduler {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class DutyRuns : public scheduler_world {
protected:
    static constexpr const char* name = "housekeeping";
    DutyRuns() { settings.scheduler.duties.housekeeping.cron = "@hourly"; }
    void due() { last_seen(name, "@hourly in UTC", 3h); }

    /// A run that a scheduler left behind.
    void left_behind(int tries) {
        last_seen(name, "@hourly in UTC", 0h);
        queue::schedule_change c{name, record(name)};
        c.begins = queue::schedule_run{"run-1", now() - 1min, now() - 1min, "the-dead", now() - 1s, tries};
        ASSERT_TRUE(run(store.change(c)).value());
    }

    test_duty duty{name};
    test_duty second{name};
};

TEST_F(DutyRuns, ATickIsRunByOneOfTwoSchedulersAndItsCountsAreKept) {
    due();
    start({&duty});
    start({&second});
    ASSERT_TRUE(until([&] { return !log(name).empty(); }));
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(duty.runs.size() + second.runs.size(), 1U);
    const auto line = log(name).front();
    EXPECT_EQ(line.what, outcome::done);
    EXPECT_EQ(line.note, "rows=3");
    EXPECT_TRUE(line.begun);
    EXPECT_FALSE(record(name).run);
    EXPECT_EQ(record(name).settled, line.tick);
}

TEST_F(DutyRuns, ARunLongerThanTheLeaseIsHeld) {
    due();
    duty.endless = second.endless = true;
    start({&duty});
    start({&second});
    ASSERT_TRUE(until([&] { return duty.at_once + second.at_once == 1; }));
    const auto first_lease = record(name).run.value().lease;
    ASSERT_TRUE(until([&] { return record(name).run.value().lease > first_lease + settings.scheduler.lease; }));
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(duty.runs.size() + second.runs.size(), 1U);
    EXPECT_EQ(record(name).run->tries, 1);
}

TEST_F(DutyRuns, ARunWhoseSchedulerDiedIsTakenOver) {
    left_behind(1);
    start({&duty});
    ASSERT_TRUE(until([&] { return !log(name).empty(); }));
    ASSERT_THAT(duty.runs, SizeIs(1));
    EXPECT_TRUE(duty.runs[0].resumed);
    EXPECT_EQ(log(name)[0].what, outcome::done);
    EXPECT_EQ(log(name)[0].tries, 2);
}

TEST_F(DutyRuns, ARunThatKilledThreeSchedulersIsGivenUp) {
    left_behind(3);
    start({&duty});
    ASSERT_TRUE(until([&] { return !log(name).empty(); }));
    EXPECT_THAT(duty.runs, IsEmpty());
    EXPECT_EQ(log(name)[0].what, outcome::lost);
    EXPECT_FALSE(record(name).run);
}

TEST_F(DutyRuns, OneThatIsCutOffByTheDrainIsGoneOnWithByAnotherScheduler) {
    due();
    duty.endless = true;
    auto& first = start({&duty});
    ASSERT_TRUE(until([&] { return duty.at_once == 1; }));
    first.stop();
    ASSERT_TRUE(until([&] { return ended == 1; }));
    EXPECT_EQ(duty.at_once, 0);
    ASSERT_TRUE(record(name).run);
    EXPECT_THAT(log(name), IsEmpty());
    start({&second});
    ASSERT_TRUE(until([&] { return !log(name).empty(); }));
    ASSERT_THAT(second.runs, SizeIs(1));
    EXPECT_TRUE(second.runs[0].resumed);
    EXPECT_EQ(second.runs[0].tick, duty.runs[0].tick);
    EXPECT_EQ(log(name)[0].tries, 1);
}

TEST_F(DutyRuns, OneThatEndsInTheDrainIsWaitedFor) {
    settings.scheduler.drain = 10s;
    due();
    auto& s = start({&duty});
    ASSERT_TRUE(until([&] { return duty.runs.size() == 1; }));
    s.stop();
    ASSERT_TRUE(until([&] { return ended == 1; }));
    EXPECT_THAT(log(name), SizeIs(1));
}

TEST_F(DutyRuns, OneThatPassesItsLimitIsCutOffAndWrittenDownAsUnfinished) {
    settings.scheduler.duties.housekeeping.limit = 50ms;
    due();
    duty.endless = true;
    start({&duty});
    ASSERT_TRUE(until([&] { return !log(name).empty(); }));
    EXPECT_EQ(log(name)[0].what, outcome::unfinished);
    EXPECT_EQ(duty.at_once, 0);
    EXPECT_FALSE(record(name).run);
}

TEST_F(DutyRuns, OneWhoseLeaseIsAnothersIsCutOffAndWritesNothing) {
    due();
    duty.endless = true;
    start({&duty});
    ASSERT_TRUE(until([&] { return duty.at_once == 1; }));
    const auto lease = std::to_string(base::to_epoch_ms(now() + 1h));
    (void)redis.cli({"HSET", names.schedule(name), "run_owner", "an-heir", "run_lease", lease});
    ASSERT_TRUE(until([&] { return duty.at_once == 0; }));
    ASSERT_TRUE(all_look_again());
    EXPECT_EQ(record(name).run->owner, "an-heir");
    EXPECT_THAT(log(name), IsEmpty());
    EXPECT_THAT(duty.runs, SizeIs(1));
}

TEST_F(DutyRuns, OneIsCutOffWhenRedisIsAwayForLongerThanTheLease) {
    due();
    duty.endless = true;
    start({&duty});
    ASSERT_TRUE(until([&] { return duty.at_once == 1; }));
    redis.kill();
    EXPECT_TRUE(until([&] { return duty.at_once == 0; }));
    redis.start();
}

TEST_F(DutyRuns, AnErrorAndAFaultAreWrittenDown) {
    due();
    duty.answer = base::error{base::errc::unavailable, "the database is away"};
    start({&duty});
    ASSERT_TRUE(until([&] { return log(name).size() == 1; }));
    EXPECT_EQ(log(name)[0].what, outcome::failed);
    EXPECT_THAT(log(name)[0].note, testing::HasSubstr("the database is away"));
    duty.throws = true;
    ASSERT_TRUE(run(store.want_run(name, now())).value());
    ASSERT_TRUE(until([&] { return log(name).size() == 2; }));
    EXPECT_EQ(log(name)[0].what, outcome::failed);
    EXPECT_THAT(log(name)[0].note, testing::HasSubstr("a fault"));
    EXPECT_TRUE(log(name)[0].by_operator);
}

TEST_F(DutyRuns, AWishBesideARunIsRefusedInTheLog) {
    due();
    duty.endless = true;
    start({&duty});
    ASSERT_TRUE(until([&] { return duty.at_once == 1; }));
    ASSERT_TRUE(run(store.want_run(name, now())).value());
    ASSERT_TRUE(until([&] { return !log(name).empty(); }));
    EXPECT_EQ(log(name)[0].what, outcome::skipped);
    EXPECT_EQ(log(name)[0].note, "overlap");
    EXPECT_EQ(duty.most_at_once, 1);
}

TEST_F(DutyRuns, TheOutboxIsRelayedAtTheStartAndWhenRedisIsBack) {
    test_duty relay{"outbox-relay"};
    settings.scheduler.duties.outbox_relay.cron = "@yearly";
    start({&relay});
    ASSERT_TRUE(until([&] { return relay.runs.size() == 1 && !record("outbox-relay").run; }));
    ASSERT_TRUE(all_look_again());
    EXPECT_THAT(relay.runs, SizeIs(1));
    redis.kill();
    ASSERT_TRUE(until([&] { return !schedulers[0].it.state().connected; }));
    redis.start();
    EXPECT_TRUE(until([&] { return relay.runs.size() == 2; }));
    ASSERT_TRUE(run(client.wait_connected(deadline::after(5s))));
}

TEST_F(DutyRuns, OneThatIsSwitchedOffIsNotRun) {
    settings.scheduler.duties.housekeeping.enabled = false;
    hourly();
    due();
    start({&duty});
    ASSERT_TRUE(until([&] { return !record("report").definition.empty(); }));
    ASSERT_TRUE(all_look_again());
    EXPECT_THAT(duty.runs, IsEmpty());
}

}  // namespace
}  // namespace dormouse::scheduler
