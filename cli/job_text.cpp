#include "cli/job_text.hpp"

#include "base/redact.hpp"
#include "cli/table.hpp"
#include "cli/values.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ostream>

namespace dormouse::cli {

namespace {

using queue::job_state;

constexpr std::size_t longest_note = 60;

std::string relative(base::time_ms t, base::time_ms now) {
    return t > now ? "in " + short_duration(t - now) : short_duration(now - t) + " ago";
}

const char* note_title(job_state s) {
    switch (s) {
        case job_state::done: return "RESULT";
        case job_state::dead: return "REASON";
        default: return "NOTE";
    }
}

class facts {
public:
    explicit facts(std::ostream& out) : out_{out} {}

    void add(std::string_view name, const std::string& value) {
        if (value.empty()) return;
        out_ << name;
        for (auto i = name.size(); i < 16; ++i) out_ << ' ';
        out_ << printable(value) << '\n';
    }
    void add(std::string_view name, const std::optional<base::time_ms>& t) {
        if (t) add(name, base::to_iso8601(*t));
    }
    void add(std::string_view name, int count) {
        if (count != 0) add(name, std::to_string(count));
    }

private:
    std::ostream& out_;
};

void print_envelope(facts& out, const queue::job& j) {
    out.add("kind", j.kind);
    out.add("queue", j.queue);
    out.add("priority", std::string{priority_name(j.priority)});
    out.add("args", boost::json::serialize(j.args));
    out.add("key", j.key);
    out.add("not before", j.at);
    out.add("expires", j.expire);
    out.add("timeout", j.timeout ? short_duration(*j.timeout) : std::string{});
    out.add("max attempts", j.max_attempts.value_or(0));
    if (j.issued_at != base::time_ms{}) out.add("issued", std::optional{j.issued_at});
    out.add("trace", j.trace);
    std::string next;
    for (const auto* one = j.then.get(); one != nullptr; one = one->then.get())
        next.append(next.empty() ? "" : ", then ").append(one->kind);
    out.add("then", next);
}

void print_history(facts& out, const queue::history& h) {
    out.add("failed attempts", h.attempts);
    out.add("crashes", h.crashes);
    out.add("defers", h.defers);
    out.add("put off because", base::redact(h.deferred_because));
    out.add("first failure", h.first_failure);
    out.add("first error", base::redact(h.first_error));
    if (h.last_failure != h.first_failure) out.add("last failure", h.last_failure);
    if (h.last_error != h.first_error) out.add("last error", base::redact(h.last_error));
    out.add("dead because", h.dead_reason);
}

const char* time_name(job_state s) {
    switch (s) {
        case job_state::scheduled: return "due";
        case job_state::done: return "ended";
        case job_state::dead: return "died";
        default: return "at";
    }
}

}  // namespace

void print_jobs(std::ostream& out, job_state state, const queue::job_page& page, base::time_ms now) {
    std::vector<table::column> columns{{"ID"}, {"MADE"}};
    const bool has_envelope = state != job_state::done;
    const bool has_time = state == job_state::scheduled || state == job_state::done || state == job_state::dead;
    if (has_time) columns.push_back({state == job_state::scheduled ? "DUE" : "ENDED"});
    if (state == job_state::running) columns.push_back({"WORKER"});
    if (has_envelope) columns.insert(columns.end(), {{"KIND"}, {"QUEUE"}, {"PRIO"}, {"FAILED", align::right}});
    columns.push_back({note_title(state)});

    table t{columns};
    for (const auto& j : page.jobs) {
        std::vector<std::string> cells{j.id, relative(j.made, now)};
        if (has_time) cells.push_back(j.at ? relative(*j.at, now) : "-");
        if (state == job_state::running) cells.push_back(j.worker);
        if (has_envelope)
            cells.insert(cells.end(), {j.kind.empty() ? "?" : j.kind, j.queue.empty() ? "?" : j.queue,
                                       std::string{priority_name(j.priority)}, std::to_string(j.attempts)});
        cells.push_back(shortened(printable(base::redact(j.note)), longest_note));
        t.add(std::move(cells));
    }
    t.print(out, stdout_is_terminal());
}

void print_job(std::ostream& out, const queue::job_view& v) {
    facts f{out};
    f.add("id", v.id);
    f.add("state", std::string{to_string(v.state)});
    f.add(time_name(v.state), v.at);
    f.add("worker", v.worker);
    f.add("waits for", v.waits_for.empty() ? std::string{} : "limit " + v.waits_for);
    f.add("unreadable", v.unreadable);
    if (v.job) print_envelope(f, *v.job);
    print_history(f, v.history);
    f.add("result", base::redact(v.result));
}

}  // namespace dormouse::cli
