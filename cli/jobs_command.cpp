// dormouse jobs list, dormouse jobs show.
#include "cli/commands.hpp"
#include "cli/job_text.hpp"
#include "cli/json_views.hpp"
#include "cli/queue_session.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse jobs list --state dead
  dormouse jobs show 01KAGN4V0RT5M5W3Q2J8X6Z7YB)";

constexpr const char* list_example = R"(Example:
  dormouse jobs list
  dormouse jobs list --state dead --kind webhook-delivery --limit 20
  dormouse jobs list --state scheduled --json

Ready and running jobs come oldest first, scheduled ones by due time, dead and done ones newest first.)";

constexpr const char* show_example = R"(Example:
  dormouse jobs show 01KAGN4V0RT5M5W3Q2J8X6Z7YB
  dormouse jobs show --key hook:7:order:15 --json)";

// --- list -----------------------------------------------------------------------------------------------------

struct list_words {
    queue::list_request request;
    std::string state = "ready";
    bool json = false;
};

base::awaitable<exit_code> list(queue::operations& queue, const context& ctx, queue::list_request request, bool json) {
    const auto page = co_await queue.list(request);
    if (!page) co_return report(ctx, page.error());
    if (json) {
        print_json(ctx, to_json(*page));
        co_return exit_code::ok;
    }
    if (page->jobs.empty())
        ctx.err << "no " << to_string(request.state) << " jobs\n";
    else
        print_jobs(ctx.out, request.state, *page, base::system_clock().now());
    if (page->next) ctx.err << "there are more: --offset " << *page->next << '\n';
    if (page->gave_up) ctx.err << "the search was given up: too many jobs do not match\n";
    co_return exit_code::ok;
}

void add_list(CLI::App& jobs, context& ctx) {
    auto* const sub = jobs.add_subcommand("list", "List the jobs in one state");
    const auto w = std::make_shared<list_words>();
    sub->add_option("--state", w->state, "ready, scheduled, running, done or dead")
        ->capture_default_str()
        ->check(CLI::IsMember({"ready", "scheduled", "running", "done", "dead"}));
    sub->add_option("--queue", w->request.queue, "Only of this queue");
    sub->add_option("--kind", w->request.kind, "Only of this kind");
    sub->add_option("--limit", w->request.limit, "At most so many, 1 to 1000")->capture_default_str();
    sub->add_option("--offset", w->request.offset, "Skip so many")->capture_default_str();
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(list_example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            w->request.state = queue::parse_state(w->state).value();
            return with_queue(ctx, [&](queue::operations& queue) { return list(queue, ctx, w->request, w->json); });
        };
    });
}

// --- show -----------------------------------------------------------------------------------------------------

struct show_words {
    std::string id;
    std::string key;
    bool json = false;
};

base::awaitable<exit_code> show(queue::operations& queue, const context& ctx, show_words w) {
    if (!w.key.empty()) {
        auto holder = co_await queue.find_by_key(w.key);
        if (!holder) co_return report(ctx, holder.error());
        w.id = std::move(*holder);
    }
    const auto job = co_await queue.show(w.id);
    if (!job) co_return report(ctx, job.error());
    if (w.json)
        print_json(ctx, to_json(*job));
    else
        print_job(ctx.out, *job);
    co_return exit_code::ok;
}

void add_show(CLI::App& jobs, context& ctx) {
    auto* const sub = jobs.add_subcommand("show", "Show all that is known of one job");
    const auto w = std::make_shared<show_words>();
    auto* const one = sub->add_option_group("job", "Which job")->require_option(1);
    one->add_option("ID", w->id, "The job's id");
    one->add_option("--key", w->key, "The job that holds this idempotency key");
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(show_example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            return with_queue(ctx, [&](queue::operations& queue) { return show(queue, ctx, *w); });
        };
    });
}

}  // namespace

void add_jobs(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("jobs", "List jobs, or show one");
    sub->require_subcommand(1);
    add_list(*sub, ctx);
    add_show(*sub, ctx);
    sub->footer(example);
}

}  // namespace dormouse::cli
