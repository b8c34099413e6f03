#include "scheduler/plan.hpp"

#include "config/report.hpp"
#include "queue/envelope.hpp"
#include "queue/schedules.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace dormouse::scheduler {

namespace {

using config::duty_rule;
using config::duty_rules;

constexpr std::array<std::pair<std::string_view, duty_rule duty_rules::*>, 4> known_duties{{
    {"sleepers-scan", &duty_rules::sleepers_scan},
    {"reminders", &duty_rules::reminders},
    {"outbox-relay", &duty_rules::outbox_relay},
    {"housekeeping", &duty_rules::housekeeping},
}};

// Pages that could not hand a job over wrote it into the table: while Redis was away no tick was fired.
constexpr std::string_view done_at_start = "outbox-relay";

/// FNV-1a: the same in every process, which std::hash need not be.
std::uint64_t seed_of(const std::string& site, const std::string& schedule) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const auto& text : {site, schedule})
        for (const char c : text + '\n') hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
    return hash;
}

queue::job job_template(const config::scheduled_job& v, const std::string& site) {
    queue::job j;
    j.kind = v.kind;
    j.site = site;
    j.args = v.args;
    j.queue = v.queue;
    j.priority = v.priority;
    if (v.timeout > base::ms::zero()) j.timeout = v.timeout;
    if (v.max_attempts > 0) j.max_attempts = v.max_attempts;
    return j;
}

/// As configured, or the site's; nothing while that is not known.
std::optional<time_zone> zone_of(const std::string& own, const config::settings& s,
                                 const std::optional<time_zone>& site_zone) {
    const auto& name = own.empty() ? s.scheduler.zone : own;
    return name.empty() ? site_zone : std::optional{time_zone::find(name).value()};
}

void check_cron(const std::string& path, const std::string& cron, config::report& out) {
    if (cron.empty()) return;  // said already
    if (const auto parsed = cron_expression::parse(cron); !parsed) out.complain({path}, parsed.error().detail);
}

void check_zone(const std::string& path, const std::string& zone, config::report& out) {
    if (zone.empty()) return;
    if (const auto found = time_zone::find(zone); !found) out.complain({path}, found.error().detail);
}

void check_job(const std::string& path, const config::scheduled_job& job, const config::settings& s,
               config::report& out) {
    auto j = job_template(job, s.site.name);
    j.id = queue::tick_job_id("", {}, false);
    const auto envelope = queue::to_json(j);
    if (envelope.size() > s.queue.max_envelope_bytes)
        out.complain({path + ".args"}, "the job would have " + std::to_string(envelope.size()) +
                                           " bytes, queue.max_envelope_bytes is " +
                                           std::to_string(s.queue.max_envelope_bytes));
    else if (const auto read = queue::read_admitted(envelope); !read)
        out.complain({path}, "this job would be refused: " + read.error().detail);
}

}  // namespace

std::vector<std::string_view> duty_names() {
    std::vector<std::string_view> out;
    out.reserve(known_duties.size());
    for (const auto& [name, member] : known_duties) out.push_back(name);
    return out;
}

const duty_rule* rule_of(const duty_rules& rules, std::string_view duty) noexcept {
    for (const auto& [name, member] : known_duties)
        if (name == duty) return &(rules.*member);
    return nullptr;
}

// Relaying is needed most when something is away, and must not wait for the database to tell the zone.
std::string duty_zone(const config::settings& s, std::string_view duty) {
    return duty == done_at_start ? "UTC" : s.scheduler.zone;
}

void check(const config::settings& s, config::report& out) {
    check_zone("scheduler.zone", s.scheduler.zone, out);
    for (std::size_t i = 0; i < s.scheduler.schedules.size(); ++i) {
        const auto path = "scheduler.schedules[" + std::to_string(i) + "]";
        const auto& rule = s.scheduler.schedules[i];
        check_cron(path + ".cron", rule.cron, out);
        check_zone(path + ".zone", rule.zone, out);
        if (!rule.enqueue.kind.empty()) check_job(path + ".enqueue", rule.enqueue, s, out);
    }
    for (const auto& [name, member] : known_duties)
        check_cron("scheduler.duties." + std::string{name} + ".cron", (s.scheduler.duties.*member).cron, out);
}

bool needs_site_zone(const config::settings& s) {
    if (!s.scheduler.zone.empty()) return false;
    for (const auto& rule : s.scheduler.schedules)
        if (rule.zone.empty()) return true;
    for (const auto& [name, member] : known_duties)
        if ((s.scheduler.duties.*member).enabled && name != done_at_start) return true;
    return false;
}

std::vector<plan_entry> make_plan(const config::settings& s, const std::optional<time_zone>& site_zone,
                                  const std::vector<duty*>& duties) {
    std::vector<plan_entry> plan;
    const auto when = [&](const std::string& name, const std::string& cron, const time_zone& zone) {
        return schedule{
            .when = cron_expression::parse(cron).value(), .zone = zone, .jitter_seed = seed_of(s.site.name, name)};
    };
    for (auto* const d : duties) {
        const std::string name{d->name()};
        const auto* const rule = rule_of(s.scheduler.duties, name);
        if (rule == nullptr) throw std::logic_error{"there is no configuration for the duty " + name};
        const auto zone = zone_of(duty_zone(s, name), s, site_zone);
        if (!rule->enabled || !zone) continue;
        plan.push_back({name, when(name, rule->cron, *zone), {}, d, rule->limit, name == done_at_start});
    }
    for (const auto& rule : s.scheduler.schedules) {
        const auto zone = zone_of(rule.zone, s, site_zone);
        if (!zone) continue;
        auto& entry = plan.emplace_back(
            plan_entry{rule.name, when(rule.name, rule.cron, *zone), job_template(rule.enqueue, s.site.name)});
        entry.when.catch_up = rule.catch_up;
        entry.when.jitter = rule.jitter;
    }
    return plan;
}

queue::job job_of(const plan_entry& entry, base::time_ms tick, bool by_operator, base::time_ms now) {
    auto j = entry.job.value();
    j.id = queue::tick_job_id(entry.name, tick, by_operator);
    j.issued_at = now;
    return j;
}

}  // namespace dormouse::scheduler
