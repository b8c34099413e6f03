#include "scheduler/ticks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace dormouse::scheduler {

namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds one{1};
// No wall clock is or was further from UTC: Alaska before 1867 by +15:02, Manila before 1844 by -15:56.
constexpr hours widest_offset{16};
// So the clocks of one place never differ by more than this.
constexpr hours widest_change = 2 * widest_offset;

sys_seconds checked(base::time_ms t) {
    using namespace std::chrono_literals;
    constexpr std::chrono::sys_days begin = 1970y / 1 / 1;
    constexpr std::chrono::sys_days end = 2900y / 1 / 1;
    if (t < begin || t >= end)
        throw std::out_of_range{fmt::format("{} ms since the epoch is not in 1970 to 2899", base::to_epoch_ms(t))};
    return std::chrono::floor<seconds>(t);
}

// Certain hours: the wall clock is read as if it never went back. Each named time has one instant, the first at which
// the clock shows that time or a later one; and these instants rise with the times.

/// The first time that the clock had not reached by `t`.
local_seconds first_not_reached(const time_zone& zone, sys_seconds t) {
    auto stretch = zone.at(t);
    auto reached = stretch.local(t) + one;
    while (stretch.begin > t - widest_change) {
        stretch = zone.at(stretch.begin - one);
        reached = std::max(reached, stretch.local_end());
    }
    return reached;
}

sys_seconds when_reached(const time_zone& zone, local_seconds local) {
    auto stretch = zone.at(sys_seconds{local.time_since_epoch()} - widest_offset);
    while (stretch.local_end() <= local) stretch = zone.at(stretch.end);
    return std::max(stretch.begin, stretch.instant(local));
}

// Every hour: the instants at which the clock shows a named time, stretch by stretch. Two days away from `t` no time
// can come again that was looked for already, and stretches that end before the time that was found are left out.

sys_seconds next_in_real_time(const cron_expression& expression, const time_zone& zone, sys_seconds t) {
    for (auto from = t + one;;) {
        const auto stretch = zone.at(from);
        const auto local = expression.first_from(stretch.local(from));
        if (local < stretch.local_end()) return stretch.instant(local);
        from = stretch.end;
        if (from > t + widest_change) from = std::max(from, sys_seconds{local.time_since_epoch()} - widest_offset);
    }
}

sys_seconds previous_in_real_time(const cron_expression& expression, const time_zone& zone, sys_seconds t) {
    for (auto until = t;;) {
        const auto stretch = zone.at(until);
        const auto local = expression.last_until(stretch.local(until));
        if (local >= stretch.local_begin()) return stretch.instant(local);
        until = stretch.begin - one;
        if (until < t - widest_change) until = std::min(until, sys_seconds{local.time_since_epoch()} + widest_offset);
    }
}

}  // namespace

base::time_ms next_after(const cron_expression& expression, const time_zone& zone, base::time_ms t) {
    const auto second = checked(t);
    if (expression.every_hour()) return next_in_real_time(expression, zone, second);
    return when_reached(zone, expression.first_from(first_not_reached(zone, second)));
}

base::time_ms previous_at_or_before(const cron_expression& expression, const time_zone& zone, base::time_ms t) {
    const auto second = checked(t);
    if (expression.every_hour()) return previous_in_real_time(expression, zone, second);
    return when_reached(zone, expression.last_until(first_not_reached(zone, second) - one));
}

}  // namespace dormouse::scheduler
