#pragma once
// When a schedule is due: the ticks of a cron expression in a zone, in UTC. Pure.
//
// What a change of the clock does (spec 4-scheduler, "The scan"):
//
//   the expression            clock goes forward                         clock goes back
//   names certain hours       times that do not exist: one tick, at      times that come twice: a tick at the
//   (also */2)                the first moment after the change          first only
//   allows every hour         no tick for times that do not exist        a tick each time: real time goes on
//
// So `30 2 * * *` runs once in every night and `*/15 * * * *` every 15 minutes, as Debian's cron has it.

#include "base/clock.hpp"
#include "scheduler/cron.hpp"
#include "scheduler/time_zone.hpp"

namespace dormouse::scheduler {

/// The first tick after `t`. `t` lies in 1970 to 2899, else std::out_of_range is thrown. Bounded: some hundred steps
/// at worst, of some nanoseconds each.
[[nodiscard]] base::time_ms next_after(const cron_expression& expression, const time_zone& zone, base::time_ms t);

/// The last tick at or before `t`, for what was missed; the same range. `next_after` of what is before a tick is that
/// tick.
[[nodiscard]] base::time_ms previous_at_or_before(const cron_expression& expression, const time_zone& zone,
                                                  base::time_ms t);

}  // namespace dormouse::scheduler
