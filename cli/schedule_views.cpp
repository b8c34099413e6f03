#include "cli/schedule_views.hpp"

#include "scheduler/plan.hpp"
#include "scheduler/ticks.hpp"

#include <boost/json/parse.hpp>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

/// The zone in a definition (`30 3 * * * in Europe/Berlin`) of this expression; empty if it is another's.
std::string adopted_zone(const schedule_line& line, const queue::schedule_record& r) {
    const auto begin = line.cron + " in ";
    if (!r.definition.starts_with(begin)) return {};
    auto zone = r.definition.substr(begin.size());
    const auto configured = line.zone.empty() ? zone : line.zone;
    const auto known = scheduler::time_zone::find(configured);
    return known && known->name() == zone ? zone : std::string{};
}

json::value time_or_null(const std::optional<base::time_ms>& t) {
    return t ? json::value(base::to_iso8601(*t)) : json::value(nullptr);
}

}  // namespace

std::vector<schedule_line> schedules_of(const config::settings& s) {
    std::vector<schedule_line> out;
    for (const auto name : scheduler::duty_names()) {
        const auto& rule = *scheduler::rule_of(s.scheduler.duties, name);
        out.push_back({std::string{name}, rule.cron, scheduler::duty_zone(s, name), "duty", rule.enabled});
    }
    for (const auto& rule : s.scheduler.schedules)
        out.push_back(
            {rule.name, rule.cron, rule.zone.empty() ? s.scheduler.zone : rule.zone, rule.enqueue.kind, true});
    return out;
}

std::string state_of(const schedule_line& line, const queue::schedule_record& r) {
    if (!line.enabled) return "off";
    if (r.run || r.job_open) return "running";
    if (r.wanted) return "wanted";
    if (r.paused) return "paused";
    return adopted_zone(line, r).empty() ? "new" : "ready";
}

std::optional<base::time_ms> next_due(const schedule_line& line, const queue::schedule_record& r, base::time_ms now) {
    const auto zone = adopted_zone(line, r);
    if (!line.enabled || zone.empty()) return std::nullopt;
    const auto when = scheduler::cron_expression::parse(line.cron);
    const auto where = scheduler::time_zone::find(zone);
    if (!when || !where) return std::nullopt;
    return scheduler::next_after(*when, *where, now);
}

json::object event_object(const queue::schedule_event& e) {
    auto o = json::parse(queue::to_json(e)).as_object();
    for (const auto* const name : {"tick", "at", "begun"})
        if (auto* const v = o.if_contains(name)) *v = base::to_iso8601(base::from_epoch_ms(v->as_int64()));
    return o;
}

json::object to_json(const schedule_line& line, const queue::schedule_record& r,
                     const std::optional<queue::schedule_event>& last, base::time_ms now) {
    return {{"name", line.name},
            {"cron", line.cron},
            {"zone", line.zone.empty() ? adopted_zone(line, r) : line.zone},
            {"does", line.does},
            {"state", state_of(line, r)},
            {"paused", r.paused.has_value()},
            {"next", time_or_null(next_due(line, r, now))},
            {"running_on", r.run ? json::value(r.run->owner) : json::value(nullptr)},
            {"last", last ? json::value(event_object(*last)) : json::value(nullptr)}};
}

}  // namespace dormouse::cli
