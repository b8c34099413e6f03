#pragma once
// `scheduler:` and the records in it.

#include "base/clock.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace dormouse::config {

using base::ms;
using namespace std::chrono_literals;

/// `enqueue:` of a schedule: the job that a tick makes.
struct scheduled_job {
    std::string kind;
    boost::json::object args;
    std::string queue = "default";
    int priority = 1;      ///< queue/job.hpp
    ms timeout = 0s;       ///< Of one attempt, whole seconds; 0 = the kind's.
    int max_attempts = 0;  ///< 0 = the kind's.
};

/// One record of `scheduler.schedules`.
struct schedule_rule {
    std::string name;
    std::string cron;
    std::string zone;   ///< Empty = that of the scheduler.
    ms catch_up = 12h;  ///< How late a missed tick is still fired.
    ms jitter = 0s;     ///< A tick is due at its time plus a random part of this.
    scheduled_job enqueue;
};

/// One section of `scheduler.duties`: when the scheduler does a work of its own.
struct duty_rule {
    bool enabled = true;
    std::string cron;
    ms limit = 1h;  ///< A run ends after so long, and goes on at its next tick.
};

/// `scheduler.duties:`, by the names of the duties (scheduler/duty.hpp).
struct duty_rules {
    duty_rule sleepers_scan{true, "30 3 * * *", 2h};
    duty_rule reminders{true, "*/15 * * * *", 30min};
    duty_rule outbox_relay{true, "* * * * *", 10min};
    duty_rule housekeeping{true, "17 4 * * *", 1h};
};

/// `scheduler:`
struct scheduler_settings {
    std::string listen = "127.0.0.1:9463";  ///< As admin.listen, for `dormouse scheduler`.
    std::string zone;                       ///< Of schedules that name none; empty = the site's own.
    ms lease = 30s;                         ///< Another scheduler takes a duty's run over after so long without a sign.
    ms drain = 20s;                         ///< On SIGTERM a duty's run gets so long to end; then it is cut off.
    std::vector<schedule_rule> schedules;
    duty_rules duties;
};

}  // namespace dormouse::config
