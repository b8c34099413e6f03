#pragma once
// Schedules as operators see them: the configuration and what schedulers remember, side by side. Pure.

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "queue/schedule_record.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace dormouse::cli {

/// One schedule or duty of the configuration.
struct schedule_line {
    std::string name;
    std::string cron;
    std::string zone;  ///< As configured; empty = the site's.
    std::string does;  ///< The kind it enqueues, or `duty`.
    bool enabled = true;
};

/// Duties first.
[[nodiscard]] std::vector<schedule_line> schedules_of(const config::settings& s);

/// `ready`, `paused`, `running`, `wanted` (an operator's run is about to begin), `off`, or `new` (no scheduler has seen
/// it as it is configured now).
[[nodiscard]] std::string state_of(const schedule_line& line, const queue::schedule_record& r);

/// When it is due next, if a scheduler has seen it as it is configured now.
[[nodiscard]] std::optional<base::time_ms> next_due(const schedule_line& line, const queue::schedule_record& r,
                                                    base::time_ms now);

[[nodiscard]] boost::json::object to_json(const schedule_line& line, const queue::schedule_record& r,
                                          const std::optional<queue::schedule_event>& last, base::time_ms now);
/// Times as people read them.
[[nodiscard]] boost::json::object event_object(const queue::schedule_event& e);

}  // namespace dormouse::cli
