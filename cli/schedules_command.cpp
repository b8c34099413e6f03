// dormouse schedules list|history|pause|resume|run-now.
#include "cli/commands.hpp"
#include "cli/queue_session.hpp"
#include "cli/schedule_views.hpp"
#include "cli/table.hpp"
#include "cli/values.hpp"
#include "queue/redis/connection.hpp"
#include "queue/schedules.hpp"

#include <boost/json/array.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

namespace dormouse::cli {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* example = R"(Example:
  dormouse schedules list
  dormouse schedules run-now sleepers-scan
  dormouse schedules history outbox-relay --limit 20
  dormouse schedules pause morning-report)";

constexpr const char* list_example = R"(Example:
  dormouse schedules list
  dormouse schedules list --json | jq '.schedules[] | select(.last.what == "failed")'

NEXT is in UTC. A schedule is new until a scheduler has seen it as it is configured now.)";

constexpr const char* history_example = R"(Example:
  dormouse schedules history sleepers-scan
  dormouse schedules history reminders --limit 100 --json

Newest first; the last 100 are kept. TICK is what it was due for, in UTC.)";

struct words {
    std::string name;
    std::size_t limit = 20;
    bool json = false;
};

base::deadline answer_limit() { return base::deadline::after(5s); }

base::result<void> check_name(const config::settings& s, const std::string& name) {
    const auto all = schedules_of(s);
    if (std::ranges::any_of(all, [&](const auto& line) { return line.name == name; })) return {};
    return base::error{
        base::errc::not_found,
        "there is no schedule '" + name + "' in the configuration; `dormouse schedules list` lists those there are"};
}

std::string when(const std::optional<base::time_ms>& t) {
    return t ? base::to_iso8601(*t).substr(0, 19) + "Z" : std::string{"-"};
}

// --- list -----------------------------------------------------------------------------------------------------

void print_list(const context& ctx, const std::vector<schedule_line>& lines, const queue::schedules_reading& reading,
                const std::vector<std::optional<queue::schedule_event>>& last) {
    table t{{{"NAME"}, {"CRON"}, {"DOES"}, {"STATE"}, {"NEXT"}, {"LAST"}, {"OUTCOME"}}};
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& r = reading.records[i];
        const auto outcome = last[i] ? std::string{queue::to_string(last[i]->what)} +
                                           (last[i]->note.empty() ? "" : ": " + shortened(last[i]->note, 60))
                                     : std::string{"-"};
        t.add({lines[i].name, lines[i].cron, lines[i].does, state_of(lines[i], r),
               when(next_due(lines[i], r, reading.now)), when(last[i] ? std::optional{last[i]->at} : std::nullopt),
               outcome});
    }
    t.print(ctx.out, stdout_is_terminal());
}

base::awaitable<exit_code> list(queue::schedules store, const context& ctx, const config::settings& s, words w) {
    const auto lines = schedules_of(s);
    std::vector<std::string> names;
    names.reserve(lines.size());
    for (const auto& line : lines) names.push_back(line.name);
    const auto reading = co_await store.read(names, answer_limit());
    if (!reading) co_return report(ctx, reading.error());
    std::vector<std::optional<queue::schedule_event>> last;
    for (const auto& name : names) {
        const auto log = co_await store.log(name, 1, answer_limit());
        if (!log) co_return report(ctx, log.error());
        last.push_back(log->empty() ? std::nullopt : std::optional{log->front()});
    }
    if (!w.json) {
        print_list(ctx, lines, *reading, last);
        co_return exit_code::ok;
    }
    json::array all;
    for (std::size_t i = 0; i < lines.size(); ++i)
        all.emplace_back(to_json(lines[i], reading->records[i], last[i], reading->now));
    print_json(ctx, {{"schedules", std::move(all)}});
    co_return exit_code::ok;
}

// --- history --------------------------------------------------------------------------------------------------

void print_history(const context& ctx, const std::vector<queue::schedule_event>& log) {
    table t{{{"TICK"}, {"BY"}, {"OUTCOME"}, {"TOOK", align::right}, {"NOTE"}}};
    for (const auto& e : log) {
        auto note = e.job.empty() ? e.note : "job " + e.job;
        if (e.tries > 1) note += " (try " + std::to_string(e.tries) + ")";
        t.add({when(e.tick), e.by_operator ? "operator" : "tick", std::string{queue::to_string(e.what)},
               duration_or_dash(e.begun ? std::optional{e.at - *e.begun} : std::nullopt), note});
    }
    t.print(ctx.out, stdout_is_terminal());
}

base::awaitable<exit_code> history(queue::schedules store, const context& ctx, const config::settings& s, words w) {
    if (const auto ok = check_name(s, w.name); !ok) co_return report(ctx, ok.error());
    const auto log = co_await store.log(w.name, w.limit, answer_limit());
    if (!log) co_return report(ctx, log.error());
    if (!w.json) {
        print_history(ctx, *log);
        co_return exit_code::ok;
    }
    json::array all;
    for (const auto& e : *log) all.emplace_back(event_object(e));
    print_json(ctx, {{"schedule", w.name}, {"history", std::move(all)}});
    co_return exit_code::ok;
}

// --- verbs ----------------------------------------------------------------------------------------------------

exit_code told(const context& ctx, const words& w, const base::result<bool>& changed, const char* verb,
               const std::string& done, const std::string& already) {
    if (!changed) return report(ctx, changed.error());
    if (w.json)
        print_json(ctx, {{"schedule", w.name}, {"verb", verb}, {"changed", *changed}});
    else
        ctx.out << w.name << (*changed ? done : already) << '\n';
    return exit_code::ok;
}

base::awaitable<exit_code> pause(queue::schedules store, const context& ctx, const config::settings& s, words w) {
    if (const auto ok = check_name(s, w.name); !ok) co_return report(ctx, ok.error());
    const auto changed = co_await store.pause(w.name, base::system_clock().now(), answer_limit());
    co_return told(ctx, w, changed, "pause", " is paused", " was already paused");
}

base::awaitable<exit_code> resume(queue::schedules store, const context& ctx, const config::settings& s, words w) {
    if (const auto ok = check_name(s, w.name); !ok) co_return report(ctx, ok.error());
    const auto changed = co_await store.resume(w.name, answer_limit());
    co_return told(ctx, w, changed, "resume", " goes on", " was not paused");
}

base::awaitable<exit_code> run_now(queue::schedules store, const context& ctx, const config::settings& s, words w) {
    if (const auto ok = check_name(s, w.name); !ok) co_return report(ctx, ok.error());
    const auto changed = co_await store.want_run(w.name, base::system_clock().now(), answer_limit());
    co_return told(ctx, w, changed, "run-now", " will be run by the next scheduler that looks, which is at once",
                   " is already waiting for a scheduler to run it; is one running?");
}

using verb = base::awaitable<exit_code> (*)(queue::schedules, const context&, const config::settings&, words);

exit_code say(const context& ctx, const words& w, verb what) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    return with_redis(ctx, *settings, [&](queue::redis::connection& c) {
        return what(queue::schedules{c, queue::keys{settings->site.name}}, ctx, *settings, w);
    });
}

void add_verb(CLI::App& schedules, context& ctx, const char* name, const char* does, const char* footer, verb what) {
    auto* const sub = schedules.add_subcommand(name, does);
    const auto w = std::make_shared<words>();
    if (what != list) sub->add_option("NAME", w->name, "The schedule's name")->required();
    if (what == history)
        sub->add_option("--limit", w->limit, "How many of the newest")
            ->check(CLI::Range(1, 100))
            ->capture_default_str();
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(footer);
    sub->callback([w, &ctx, what] { ctx.chosen = [w, &ctx, what] { return say(ctx, *w, what); }; });
}

}  // namespace

void add_schedules(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("schedules", "Show and steer what happens at certain times");
    sub->require_subcommand(1);
    sub->footer(example);
    add_verb(*sub, ctx, "list", "List schedules and duties", list_example, list);
    add_verb(*sub, ctx, "history", "Show what became of the last ticks", history_example, history);
    add_verb(*sub, ctx, "pause", "Skip ticks from now on", "Example:\n  dormouse schedules pause reminders", pause);
    add_verb(*sub, ctx, "resume", "Fire ticks again; those missed are not made up for",
             "Example:\n  dormouse schedules resume reminders", resume);
    add_verb(*sub, ctx, "run-now", "Run it at once, also in a pause; its ticks stay as they are",
             "Example:\n  dormouse schedules run-now housekeeping", run_now);
}

}  // namespace dormouse::cli
