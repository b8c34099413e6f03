// Ticks against a watcher who looks at the wall clock once a minute, for hours around every change of the clock.

#include "scheduler/ticks.hpp"
#include "tests/unit/scheduler/zones.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using base::time_ms;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

struct window {
    sys_seconds begin;
    sys_seconds end;
};

std::vector<window> around_changes(const time_zone& zone, sys_seconds from, sys_seconds to) {
    std::vector<window> out;
    for (auto t = zone.at(from).end; t < to; t = zone.at(t).end) out.push_back({t - 5h, t + 5h});
    return out;
}

using instants = std::vector<time_ms>;

/// Certain hours: a tick when the clock shows a named time, or has jumped over one, that it never showed before.
instants watched_once(const cron_expression& e, const time_zone& zone, window w) {
    instants out;
    auto highest = zone.at(w.begin).local(w.begin);
    for (auto t = w.begin + 1min; t <= w.end; t += 1min) {
        const auto shown = zone.at(t).local(t);
        bool due = false;
        for (; highest < shown; highest += 1min) due = due || e.names(highest + 1min);
        if (due) out.emplace_back(t);
    }
    return out;
}

/// Every hour: a tick whenever the clock shows a named time.
instants watched_always(const cron_expression& e, const time_zone& zone, window w) {
    instants out;
    for (auto t = w.begin + 1min; t <= w.end; t += 1min)
        if (e.names(zone.at(t).local(t))) out.emplace_back(t);
    return out;
}

instants forward(const cron_expression& e, const time_zone& zone, window w) {
    instants out;
    for (auto t = next_after(e, zone, w.begin); t <= w.end; t = next_after(e, zone, t)) out.push_back(t);
    return out;
}

instants backward(const cron_expression& e, const time_zone& zone, window w) {
    instants out;
    for (auto t = previous_at_or_before(e, zone, w.end); t > w.begin; t = previous_at_or_before(e, zone, t - 1ms))
        out.insert(out.begin(), t);
    return out;
}

template <class Watch>
void compare(const char* text, Watch watch) {
    const auto expression = cron_expression::parse(text).value();
    std::size_t changes = 0;
    for (const auto* name : odd_zones) {
        const auto zone = time_zone::find(name).value();
        for (const auto& w : around_changes(zone, sys_days{2011y / 6 / 1}, sys_days{2021y / 6 / 1})) {
            const auto expected = watch(expression, zone, w);
            ASSERT_EQ(forward(expression, zone, w), expected) << text << " " << name;
            ASSERT_EQ(backward(expression, zone, w), expected) << text << " " << name;
            ++changes;
        }
    }
    EXPECT_GT(changes, 500U);
}

TEST(TicksProperty, CertainHoursTickOncePerNamedTime) { compare("*/20 0-3 * * *", watched_once); }
TEST(TicksProperty, OneTimeANightTicksOnce) { compare("30 2 * * *", watched_once); }
TEST(TicksProperty, MidnightTicksOnce) { compare("@daily", watched_once); }
TEST(TicksProperty, SomeDaysTickOnce) { compare("45 */2 * 3,4,9-11 sun", watched_once); }
TEST(TicksProperty, EveryHourTicksWheneverNamed) { compare("7,37 * * * *", watched_always); }
TEST(TicksProperty, EveryHourOfSomeDaysTicksWheneverNamed) { compare("*/15 * * * sat", watched_always); }

TEST(TicksProperty, NextAndPreviousAreInverse) {
    for (const auto* text :
         {"17 3 * * *", "0 0 29 2 *", "*/15 * * * *", "5 * L * *", "0 */6 * * mon,thu", "0 0 29 2 */3"}) {
        const auto expression = cron_expression::parse(text).value();
        for (const auto* name : odd_zones) {
            const auto zone = time_zone::find(name).value();
            for (time_ms t = sys_days{2020y / 1 / 1}; t < sys_days{2030y / 1 / 1}; t += 977h + 13min) {
                const auto next = next_after(expression, zone, t);
                const auto previous = previous_at_or_before(expression, zone, t);
                ASSERT_GT(next, t);
                ASSERT_LE(previous, t);
                ASSERT_EQ(next_after(expression, zone, previous), next) << text << " " << name;
                ASSERT_EQ(previous_at_or_before(expression, zone, next), next) << text << " " << name;
                ASSERT_EQ(previous_at_or_before(expression, zone, next - 1ms), previous) << text << " " << name;
            }
        }
    }
}

}  // namespace
}  // namespace dormouse::scheduler
