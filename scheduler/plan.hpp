#pragma once
// The schedules of a process, made from its configuration: when, and what a tick does. Pure.

#include "config/settings.hpp"
#include "queue/job.hpp"
#include "scheduler/duty.hpp"
#include "scheduler/schedule.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dormouse::config {
class report;
}

namespace dormouse::scheduler {

/// One schedule. A tick either makes `job` or begins a run of `work`.
struct plan_entry {
    std::string name;
    schedule when;
    std::optional<queue::job> job{};  ///< Without id and time.
    duty* work = nullptr;
    base::ms limit{};       ///< Of a run.
    bool at_start = false;  ///< Also run when a scheduler starts, and when Redis is back.
};

/// Reports, at their places in the file, cron expressions and zones that are none, and jobs that cannot be.
void check(const config::settings& s, config::report& out);

/// Whether the site's own zone is needed: some schedule or duty that is switched on names none.
[[nodiscard]] bool needs_site_zone(const config::settings& s);

/// The settings must have passed `check`. `outbox-relay` is timed in UTC, the others as configured. Schedules that need
/// the site's zone are left out while that is not known, duties that are switched off always. Throws std::logic_error
/// for a duty that the configuration does not know.
[[nodiscard]] std::vector<plan_entry> make_plan(const config::settings& s, const std::optional<time_zone>& site_zone,
                                                const std::vector<duty*>& duties);

/// In the order of the configuration.
[[nodiscard]] std::vector<std::string_view> duty_names();

/// The rule of the duty of that name; null for an unknown name.
[[nodiscard]] const config::duty_rule* rule_of(const config::duty_rules& rules, std::string_view duty) noexcept;

/// Name of the zone of that duty: `UTC` for `outbox-relay`, else `scheduler.zone`, empty = the site's.
[[nodiscard]] std::string duty_zone(const config::settings& s, std::string_view duty);

/// The job of a tick: with an id that is a function of schedule and tick.
[[nodiscard]] queue::job job_of(const plan_entry& entry, base::time_ms tick, bool by_operator, base::time_ms now);

}  // namespace dormouse::scheduler
