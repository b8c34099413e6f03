#include "scheduler/schedule.hpp"

#include "base/random.hpp"
#include "base/utc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using base::ms;
using base::time_ms;

time_ms at(std::string_view utc) { return base::parse_utc(utc).value(); }

schedule nightly(ms jitter = 0ms) {
    return {cron_expression::parse("0 3 * * *").value(), time_zone::find("UTC").value(), 12h, jitter, 7};
}

schedule_state settled(const schedule& s, std::string_view until) {
    schedule_state out;
    out.definition = s.definition();
    out.settled = at(until);
    return out;
}

void expect(const decision& d, action what, skip_reason why, std::string_view tick, std::string_view oldest) {
    EXPECT_EQ(d.what, what) << to_string(d.what);
    EXPECT_EQ(d.why, why) << to_string(d.why);
    EXPECT_EQ(base::to_iso8601(d.tick), base::to_iso8601(at(tick)));
    EXPECT_EQ(base::to_iso8601(d.oldest), base::to_iso8601(at(oldest)));
    EXPECT_FALSE(d.by_operator);
}

void expect_wait(const decision& d, std::string_view until) {
    EXPECT_EQ(d.what, action::wait) << to_string(d.what);
    EXPECT_EQ(base::to_iso8601(d.until), base::to_iso8601(at(until)));
}

TEST(Schedule, OneThatIsNewCatchesUpNothing) {
    const auto s = nightly();
    const auto now = at("2026-06-10 03:00:30");
    const auto first = decide(s, {}, now);
    EXPECT_EQ(first.what, action::adopt);
    EXPECT_EQ(first.tick, now);
    expect_wait(decide(s, settled(s, "2026-06-10 03:00:30"), now), "2026-06-11 03:00:00");
}

TEST(Schedule, ChangedExpressionOrZoneIsAdoptedAnew) {
    const auto s = nightly();
    auto state = settled(s, "2026-06-09 03:00:00");
    state.definition = "0 9 * * * in UTC";
    EXPECT_EQ(decide(s, state, at("2026-06-10 12:00:00")).what, action::adopt);
    state.definition = "0 3 * * * in Europe/Berlin";
    EXPECT_EQ(decide(s, state, at("2026-06-10 12:00:00")).what, action::adopt);
}

TEST(Schedule, WaitsForTheNextTickAndFiresIt) {
    const auto s = nightly();
    const auto state = settled(s, "2026-06-09 03:00:00");
    expect_wait(decide(s, state, at("2026-06-10 02:59:59")), "2026-06-10 03:00:00");
    expect(decide(s, state, at("2026-06-10 03:00:00")), action::fire, skip_reason::none, "2026-06-10 03:00:00",
           "2026-06-10 03:00:00");
    expect_wait(decide(s, settled(s, "2026-06-10 03:00:00"), at("2026-06-10 03:00:00")), "2026-06-11 03:00:00");
}

TEST(Schedule, MissedNightsRunOnceWithinTheCatchUpWindow) {
    const auto s = nightly();
    const auto state = settled(s, "2026-06-05 03:00:00");
    expect(decide(s, state, at("2026-06-10 15:00:00")), action::fire, skip_reason::none, "2026-06-10 03:00:00",
           "2026-06-06 03:00:00");
    expect(decide(s, state, at("2026-06-10 15:00:01")), action::skip, skip_reason::misfire, "2026-06-10 03:00:00",
           "2026-06-06 03:00:00");
}

TEST(Schedule, WithoutCatchUpAMinuteIsLeft) {
    auto s = nightly();
    s.catch_up = 0ms;
    const auto state = settled(s, "2026-06-09 03:00:00");
    EXPECT_EQ(decide(s, state, at("2026-06-10 03:01:00")).what, action::fire);
    EXPECT_EQ(decide(s, state, at("2026-06-10 03:01:01")).why, skip_reason::misfire);
}

TEST(Schedule, ATickDuringARunIsSkipped) {
    const auto s = nightly();
    auto state = settled(s, "2026-06-09 03:00:00");
    state.running = true;
    expect_wait(decide(s, state, at("2026-06-10 02:00:00")), "2026-06-10 03:00:00");
    expect(decide(s, state, at("2026-06-10 03:00:05")), action::skip, skip_reason::overlap, "2026-06-10 03:00:00",
           "2026-06-10 03:00:00");
}

TEST(Schedule, ATickInAPauseIsSkippedAndNotCaughtUpAfterwards) {
    const auto s = nightly();
    auto state = settled(s, "2026-06-09 03:00:00");
    state.paused = true;
    state.running = true;
    expect(decide(s, state, at("2026-06-10 23:00:00")), action::skip, skip_reason::paused, "2026-06-10 03:00:00",
           "2026-06-10 03:00:00");
    expect_wait(decide(s, settled(s, "2026-06-10 03:00:00"), at("2026-06-10 04:00:00")), "2026-06-11 03:00:00");
}

TEST(Schedule, AnOperatorsRunGoesAtOnceAlsoInAPauseAndSettlesNoTick) {
    const auto s = nightly();
    auto state = settled(s, "2026-06-09 03:00:00");
    state.paused = state.run_now = true;
    const auto d = decide(s, state, at("2026-06-10 02:00:00"));
    EXPECT_EQ(d.what, action::fire);
    EXPECT_TRUE(d.by_operator);
    EXPECT_EQ(d.tick, state.settled);
    state.running = true;
    const auto refused = decide(s, state, at("2026-06-10 02:00:00"));
    EXPECT_EQ(refused.what, action::skip);
    EXPECT_EQ(refused.why, skip_reason::overlap);
    EXPECT_TRUE(refused.by_operator);
    EXPECT_EQ(refused.tick, state.settled);
}

TEST(Schedule, JitterDelaysATickTheSameForEverybodyAndNeverToTheNext) {
    const auto s = nightly(30min);
    std::set<ms> delays;
    for (auto tick = at("2026-01-01 03:00:00"); tick < at("2026-12-31 00:00:00"); tick += 24h) {
        const auto due = due_time(s, tick);
        EXPECT_EQ(due, due_time(nightly(30min), tick));
        ASSERT_GE(due, tick);
        ASSERT_LT(due, tick + 30min);
        delays.insert(due - tick);
    }
    EXPECT_GT(delays.size(), 350U);
    EXPECT_LT(*delays.begin(), 2min);
    EXPECT_GT(*delays.rbegin(), 28min);
    auto other = s;
    other.jitter_seed = 8;
    EXPECT_NE(due_time(other, at("2026-01-01 03:00:00")), due_time(s, at("2026-01-01 03:00:00")));
    const auto often = schedule{cron_expression::parse("* * * * *").value(), s.zone, 12h, 30min, 7};
    for (auto tick = at("2026-01-01 03:00:00"); tick < at("2026-01-01 04:00:00"); tick += 1min)
        ASSERT_LT(due_time(often, tick), tick + 1min);
}

TEST(Schedule, ATickWaitsForItsJitterAndReplacesMissedOnes) {
    const auto s = nightly(30min);
    const auto state = settled(s, "2026-06-05 03:00:00");
    const auto tick = at("2026-06-10 03:00:00");
    const auto due = due_time(s, tick);
    ASSERT_GT(due, tick);
    const auto early = decide(s, state, tick);
    EXPECT_EQ(early.what, action::wait);
    EXPECT_EQ(early.until, due);
    EXPECT_EQ(decide(s, state, due - 1ms).what, action::wait);
    EXPECT_EQ(decide(s, state, due).what, action::fire);
    EXPECT_EQ(decide(s, state, due + 12h).what, action::fire) << "the window begins when it is due";
    EXPECT_EQ(decide(s, state, due + 12h + 1ms).why, skip_reason::misfire);
}

TEST(Schedule, AMarkAheadOfNowIsWaitedForADayAtMost) {
    const auto s = nightly();
    const auto now = at("2026-06-10 03:00:01");
    expect_wait(decide(s, settled(s, "2026-06-10 03:00:05"), now), "2026-06-11 03:00:00");
    expect_wait(decide(s, settled(s, "2026-06-11 03:00:00"), now), "2026-06-12 03:00:00");
    const auto d = decide(s, settled(s, "2027-06-11 03:00:00"), now);
    EXPECT_EQ(d.what, action::adopt);
    EXPECT_EQ(d.tick, now);
}

// Schedulers that look at random moments, all together or none for days, and one mark between them.
struct night_watch {
    schedule s;
    schedule_state state;
    std::map<time_ms, int> fired;
    std::size_t misfires = 0;

    void look(time_ms now) {
        const auto seen = state.settled;
        const auto d = decide(s, state, now);
        if (d.what == action::wait) {
            EXPECT_GT(d.until, now);
            return;
        }
        EXPECT_TRUE(d.what == action::adopt || d.tick > seen);
        state.definition = s.definition();
        state.settled = d.tick;
        if (d.what == action::fire) ++fired[d.tick];
        if (d.why == skip_reason::misfire) ++misfires;
    }
};

TEST(Schedule, EveryNightFiresOnceHoweverManyLookAndMissedOnesAtMostOnce) {
    const auto berlin =
        schedule{cron_expression::parse("30 2 * * *").value(), time_zone::find("Europe/Berlin").value(), 12h, 20min, 3};
    night_watch watch{berlin, {}, {}, 0};
    base::random_engine random{5};
    const auto pause_begin = at("2026-06-01 12:00:00");
    const auto pause_end = at("2026-06-10 09:00:00");
    for (auto now = at("2026-01-01 12:00:00"); now < at("2027-01-01 12:00:00");
         now += ms{static_cast<std::int64_t>(random.uniform(0, 3'600'000))})
        if (now < pause_begin || now > pause_end) watch.look(now);
    for (const auto& [tick, times] : watch.fired) EXPECT_EQ(times, 1) << base::to_iso8601(tick);
    // 365 nights, without the eight before the last one of the outage, which is caught up in the morning.
    EXPECT_EQ(watch.fired.size(), 365U - 8U);
    EXPECT_TRUE(watch.fired.contains(at("2026-06-10 00:30:00")));
    EXPECT_EQ(watch.misfires, 0U);
}

}  // namespace
}  // namespace dormouse::scheduler
