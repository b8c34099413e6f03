#include "cli/json_views.hpp"

#include "base/redact.hpp"
#include "cli/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

// Parentheses: value{x} is an array that holds x.

json::value time_or_null(const std::optional<base::time_ms>& t) {
    return t ? json::value(base::to_iso8601(*t)) : json::value{};
}
json::value ms_or_null(const std::optional<base::ms>& d) { return d ? json::value(d->count()) : json::value{}; }
json::value text_or_null(const std::string& text) { return text.empty() ? json::value{} : json::value(text); }

/// A handler's result as the JSON it is; as text should it be none.
json::value result_or_null(const std::string& text) {
    if (text.empty()) return {};
    boost::system::error_code code;
    auto parsed = json::parse(text, code);
    return code ? json::value(text) : parsed;
}

json::object fields_of(const queue::listed_job& j) {
    const bool is_done = j.state == queue::job_state::done;
    return {{"id", j.id},
            {"state", queue::to_string(j.state)},
            {"kind", text_or_null(j.kind)},
            {"queue", text_or_null(j.queue)},
            {"prio", is_done ? json::value{} : json::value(priority_name(j.priority))},
            {"failed_attempts", j.attempts},
            {"made_at", base::to_iso8601(j.made)},
            {"at", time_or_null(j.at)},
            {"worker", text_or_null(j.worker)},
            {"result", is_done ? result_or_null(j.note) : json::value{}},
            {"reason", is_done ? json::value{} : text_or_null(j.note)}};
}

/// The jobs that follow one another, as a list.
json::array followers_of(const queue::job& j) {
    json::array out;
    for (const auto* one = j.then.get(); one != nullptr; one = one->then.get())
        out.emplace_back(json::object{{"kind", one->kind}, {"args", one->args}, {"key", text_or_null(one->key)}});
    return out;
}

json::object fields_of(const queue::job& j) {
    return {{"kind", j.kind},
            {"queue", j.queue},
            {"prio", priority_name(j.priority)},
            {"args", j.args},
            {"key", text_or_null(j.key)},
            {"not_before", time_or_null(j.at)},
            {"expires_at", time_or_null(j.expire)},
            {"timeout_ms", ms_or_null(j.timeout)},
            {"max_attempts", j.max_attempts ? json::value(*j.max_attempts) : json::value{}},
            {"issued_at", j.issued_at == base::time_ms{} ? json::value{} : json::value(base::to_iso8601(j.issued_at))},
            {"trace", text_or_null(j.trace)},
            {"then", j.then ? json::value(followers_of(j)) : json::value{}}};
}

json::object fields_of(const queue::history& h) {
    return {{"failed_attempts", h.attempts},
            {"crashes", h.crashes},
            {"defers", h.defers},
            {"deferred_because", text_or_null(base::redact(h.deferred_because))},
            {"first_failure_at", time_or_null(h.first_failure)},
            {"last_failure_at", time_or_null(h.last_failure)},
            {"first_error", text_or_null(base::redact(h.first_error))},
            {"last_error", text_or_null(base::redact(h.last_error))},
            {"dead_reason", text_or_null(h.dead_reason)}};
}

}  // namespace

json::object to_json(const queue::site_depth& d) {
    json::array queues;
    for (const auto& q : d.queues)
        queues.emplace_back(json::object{{"queue", q.queue},
                                         {"ready", q.ready},
                                         {"scheduled", q.scheduled},
                                         {"paused", q.paused},
                                         {"oldest_ready_ms", ms_or_null(q.oldest_ready)},
                                         {"overdue_ms", ms_or_null(q.overdue)}});
    return {{"queues", std::move(queues)},
            {"intake", d.intake},
            {"running", d.running},
            {"workers", d.workers},
            {"done", d.done},
            {"dead", d.dead},
            {"oldest_dead_ms", ms_or_null(d.oldest_dead)}};
}

json::object to_json(const queue::job_page& p) {
    json::array jobs;
    for (const auto& j : p.jobs) jobs.emplace_back(fields_of(j));
    return {{"jobs", std::move(jobs)},
            {"next_offset", p.next ? json::value(*p.next) : json::value{}},
            {"gave_up", p.gave_up}};
}

json::object to_json(const queue::job_view& v) {
    return {{"id", v.id},
            {"state", queue::to_string(v.state)},
            {"at", time_or_null(v.at)},
            {"worker", text_or_null(v.worker)},
            {"waits_for_limit", text_or_null(v.waits_for)},
            {"job", v.job ? json::value(fields_of(*v.job)) : json::value{}},
            {"unreadable", text_or_null(v.unreadable)},
            {"history", fields_of(v.history)},
            {"result", result_or_null(v.result)}};
}

json::object to_json(const queue::requeue_report& r) {
    json::array refusals;
    for (const auto& one : r.refusals) refusals.emplace_back(json::object{{"id", one.id}, {"why", one.why}});
    return {{"requeued", r.requeued}, {"refused", r.refused}, {"refusals", std::move(refusals)}};
}

}  // namespace dormouse::cli
