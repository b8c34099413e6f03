#include "config/scheduler_keys.hpp"

#include "config/key_rules.hpp"

namespace dormouse::config {

namespace {

constexpr std::size_t most_args = 64 * kib;

// What a cron expression and a zone are, and whether they are good ones, scheduler/ knows (scheduler/plan.hpp).
text_rule cron_rule() {
    return matching("[ -~]{1,256}", "a cron expression of five fields, or a name such as @daily", 256);
}
text_rule zone_rule() {
    return matching("[A-Za-z0-9_+:./-]{0,64}", "a time zone such as Europe/Berlin, UTC or +05:30");
}

void describe_job(section& s, scheduled_job& v) {
    s.text("kind", v.kind, kind_rule(), "What runs it.").required = true;
    s.add("args", json_key{&v.args, most_args}, "Its args.");
    s.text("queue", v.queue, name_rule(), "Where it waits; one of `worker.queues`.");
    s.choice<int>("priority", v.priority, {"high", "normal", "low"}, {0, 1, 2}, "Which of the queue's jobs run first.");
    s.duration("timeout", v.timeout, 0s, 1h, "Limit of one attempt, in whole seconds; `0s` = the kind's.");
    s.number("max_attempts", v.max_attempts, 0, 100, "Attempts in all; 0 = the kind's.");
}

void describe_schedule(section& s, schedule_rule& v) {
    s.text("name", v.name, schedule_name_rule(), "Its name, in Redis, in logs and for `dormouse schedules`.").required =
        true;
    s.text("cron", v.cron, cron_rule(), "When: five fields, or a name such as `@daily` (docs/schedules.md).").required =
        true;
    s.text("zone", v.zone, zone_rule(), "Time zone of `cron`; empty = `scheduler.zone`.");
    s.duration(
        "catch_up", v.catch_up, 1min, 7 * day,
        "A tick that was missed, because no scheduler was running, is made up for if it is no older than this; of "
        "several only the last.");
    s.duration("jitter", v.jitter, 0s, 24h,
               "A tick is due at its time plus a random part of this, the same for all schedulers.");
    s.within("enqueue", v.enqueue, describe_job, "The job that a tick makes.").required = true;
}

void describe_duty(section& s, duty_rule& v) {
    s.flag("enabled", v.enabled, "Whether it is done at all.");
    s.text("cron", v.cron, cron_rule(), "When, in the zone of `scheduler.zone`; `outbox-relay` in UTC.");
    s.duration("limit", v.limit, 1min, 24h, "A run ends after so long and goes on at its next tick.");
}

void describe_duties(section& s, duty_rules& v) {
    s.within("sleepers-scan", v.sleepers_scan, describe_duty, "The nightly scan for students whose access ended.");
    s.within("reminders", v.reminders, describe_duty, "Planning of the letters that are due.");
    s.within("outbox-relay", v.outbox_relay, describe_duty,
             "Jobs that the site could not hand over while Redis was away, from its table into the queue. Also done "
             "whenever a scheduler starts.");
    s.within("housekeeping", v.housekeeping, describe_duty, "Removing old rows of Dormouse's own tables.");
}

void describe_housekeeping(section& s, housekeeping_settings& v) {
    const auto longest = 3660 * day;
    s.duration("deliveries_done", v.deliveries_done, 0s, longest,
               "Attempts of deliveries that succeeded are kept so long; `0s` here and below = for ever.");
    s.duration("deliveries_failed", v.deliveries_failed, 0s, longest, "Attempts that did not.");
    s.duration("scans", v.scans, 0s, longest, "Records of nightly scans. What they found is kept for the last two.");
    s.duration("grant_audit", v.grant_audit, 0s, longest,
               "Steps in the plugin's audit of grants. `0s` = the plugin's own daily event clears them after its 90 "
               "days; for sites where WP-Cron does not run.");
    s.number("batch", v.batch, 10, 1000, "Rows removed by one statement.");
    s.duration("pause", v.pause, 10ms, 1min,
               "Between two statements; longer, when the last one took longer than this.");
}

void describe_sleepers(section& s, sleepers_settings& v) {
    using enum certificates_that_count;
    s.choice("certificates", v.certificates, {"any", "since_access_start"}, {any, since_access_start},
             "Which certificates given by hand make a student no sleeper: any for the level, or only those since the "
             "access that lapsed had begun.");
    s.flag("ancestors", v.ancestors, "An active key of a level above counts as access.");
    s.flag("ledger", v.ledger,
           "The plugin's ledger tells certificates given by hand from automatic ones; without it, or where it says "
           "nothing, the level's own setting does.");
    s.flag("blocked", v.blocked, "Blocked users are no sleepers.");
    s.number("page", v.page, 100, 5000, "Users judged and written at once.");
    s.duration("statement_timeout", v.statement_timeout, 1s, 10min,
               "Limit of one statement of the scan; in place of `site.database.statement_timeout`.");
    s.number("threads_running", v.threads_running, 1, 10'000,
             "While the server runs more statements than this (`Threads_running`), the scan waits.");
    s.duration("pause", v.pause, 10ms, 1min, "It looks again after so long.");
}

void describe_reminders(section& s, reminders_settings& v) {
    using enum school_letters;
    s.number("look_back", v.look_back, 1, 3660,
             "Days: who lapsed longer ago gets no letters, so that switching a level on does not write to everybody in "
             "its history.");
    s.choice("school", v.school, {"per_student", "digest"}, {per_student, digest},
             "The school's letters: one for each student, or one for a level and day.");
    s.text("window", v.window,
           matching("([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)", "hours such as 09:00-20:00"),
           "Hours of the day, by the site's clock, in which letters are sent off; `00:00-24:00` = always.");
    s.number("per_hour", v.per_hour, 0, 1'000'000,
             "Letters sent off within an hour, evenly spread; 0 = as many as there are.");
    s.text("queue", v.queue, name_rule(), "Queue of their jobs; one of `worker.queues`.");
}

}  // namespace

void describe_scheduler(section& s, scheduler_settings& v) {
    s.text("listen", v.listen, checked_by(check_listen, "a loopback address with its port, or a socket"),
           "As `admin.listen`, for `dormouse scheduler`; `dormouse run` has one address, `admin.listen`.");
    s.text("zone", v.zone, zone_rule(),
           "Time zone of the schedules that name none; empty = the site's own (Settings, General, Timezone).");
    s.duration("lease", v.lease, 5s, 10min,
               "Another scheduler takes over the run of a duty when its own gave no sign of life for so long.");
    s.duration(
        "drain", v.drain, 0s, 10min,
        "On SIGTERM the run of a duty gets so long to end; then it is cut off and taken up by another scheduler. "
        "The unit's `TimeoutStopSec=` must be at least 15s longer.");
    s.records("schedules", v.schedules, describe_schedule, "Jobs to enqueue at certain times.");
    s.within("duties", v.duties, describe_duties, "What the scheduler does itself, and when.");
    s.within("sleepers", v.sleepers, describe_sleepers,
             "Who is a sleeper, and how gently they are searched for (docs/sleepers.md).");
    s.within("reminders", v.reminders, describe_reminders, "When letters go to sleepers (docs/letters.md).");
    s.within("housekeeping", v.housekeeping, describe_housekeeping,
             "How long rows of Dormouse's own tables are kept (docs/operations.md).");
}

}  // namespace dormouse::config
