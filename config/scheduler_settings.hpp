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

/// `scheduler.housekeeping:`, how long rows of our own tables are kept; 0 = for ever.
struct housekeeping_settings {
    ms deliveries_done = 30 * 24h;
    ms deliveries_failed = 90 * 24h;
    ms scans = 400 * 24h;  ///< Records of scans; of their sleepers only the last two scans' are kept.
    ms grant_audit = 0s;   ///< Of the plugin's table, which clears it itself.
    int batch = 1000;      ///< Rows of one statement.
    ms pause = 200ms;      ///< Between two statements, at least.
};

/// Which certificates given by hand end the letters of a level.
enum class certificates_that_count {
    any,
    since_access_start,  ///< Only those issued since the access that lapsed had begun.
};

/// `scheduler.sleepers:`, who is a sleeper and how gently the site is searched for them.
struct sleepers_settings {
    certificates_that_count certificates = certificates_that_count::any;
    bool ancestors = true;       ///< Access to a level above is access.
    bool ledger = true;          ///< The plugin's ledger tells how a certificate came about.
    bool blocked = true;         ///< Blocked users are left out.
    int page = 5'000;            ///< Users judged and written at once.
    ms statement_timeout = 60s;  ///< Of the scan's own connection.
    int threads_running = 32;    ///< While the server runs more statements than this, the scan waits.
    ms pause = 500ms;            ///< It looks again after so long.
};

/// To whom the school's letters about sleepers go one by one, or together.
enum class school_letters {
    per_student,
    digest,  ///< One a level and day.
};

/// `scheduler.reminders:`, when letters to sleepers go, and how many.
struct reminders_settings {
    int look_back = 90;  ///< Days: a lapse of longer ago gets no letters.
    school_letters school = school_letters::per_student;
    std::string window = "09:00-20:00";  ///< Of the site's clock; 00:00-24:00 = always.
    int per_hour = 0;                    ///< Letters planned for one hour; 0 = as many as there are.
    std::string queue = "mail";
};

/// `scheduler:`
struct scheduler_settings {
    std::string listen = "127.0.0.1:9463";  ///< As admin.listen, for `dormouse scheduler`.
    std::string zone;                       ///< Of schedules that name none; empty = the site's own.
    ms lease = 30s;                         ///< Another scheduler takes a duty's run over after so long without a sign.
    ms drain = 20s;                         ///< On SIGTERM a duty's run gets so long to end; then it is cut off.
    std::vector<schedule_rule> schedules;
    duty_rules duties;
    sleepers_settings sleepers;
    reminders_settings reminders;
    housekeeping_settings housekeeping;
};

}  // namespace dormouse::config
