// dormouse retry: dead and scheduled jobs run again, now.
#include "cli/commands.hpp"
#include "cli/json_views.hpp"
#include "cli/queue_session.hpp"

#include <boost/json/array.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse retry 01KAGN4V0RT5M5W3Q2J8X6Z7YB
  dormouse retry --all-dead --kind webhook-delivery --limit 500

A retried job starts with a fresh history. One that was refused on admission stays dead unless it would be accepted
now, for example because its signing key has been configured meanwhile.)";

constexpr auto longest_run = std::chrono::minutes{10};

struct words {
    std::vector<std::string> ids;
    bool all_dead = false;
    queue::dead_filter filter;
    bool json = false;
};

base::awaitable<exit_code> retry_each(queue::operations& queue, const context& ctx, std::vector<std::string> ids,
                                      bool json) {
    auto worst = exit_code::ok;
    for (const auto& id : ids) {
        const auto from = co_await queue.requeue(id);
        if (!from) {
            worst = std::max(worst, report(ctx, from.error()));
            continue;
        }
        if (json)
            print_json(ctx, {{"id", id}, {"was", to_string(*from)}});
        else
            ctx.out << id << " is ready, was " << to_string(*from) << '\n';
    }
    co_return worst;
}

base::awaitable<exit_code> retry_dead(queue::operations& queue, const context& ctx, queue::dead_filter filter,
                                      bool json) {
    const auto done = co_await queue.requeue_dead(std::move(filter), base::deadline::after(longest_run));
    if (!done) co_return report(ctx, done.error());
    if (json)
        print_json(ctx, to_json(*done));
    else
        ctx.out << done->requeued << (done->requeued == 1 ? " job is" : " jobs are") << " ready, " << done->refused
                << " stayed dead\n";
    if (!json)
        for (const auto& r : done->refusals) ctx.err << "dormouse: " << r.why << '\n';
    co_return done->refused == 0 ? exit_code::ok : exit_code::failed;
}

}  // namespace

void add_retry(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("retry", "Make dead or scheduled jobs ready now");
    const auto w = std::make_shared<words>();
    auto* const which = sub->add_option_group("jobs", "Which jobs")->require_option(1);
    which->add_option("ID", w->ids, "The jobs' ids");
    auto* const all = which->add_flag("--all-dead", w->all_dead, "All dead jobs, the oldest first");
    sub->add_option("--kind", w->filter.kind, "With --all-dead: only of this kind")->needs(all);
    sub->add_option("--queue", w->filter.queue, "With --all-dead: only of this queue")->needs(all);
    sub->add_option("--limit", w->filter.limit, "With --all-dead: at most so many")
        ->needs(all)
        ->check(CLI::PositiveNumber);
    sub->add_flag("--json", w->json, "Print JSON (one object a line)");
    sub->footer(example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            return with_queue(ctx, [&](queue::operations& queue) {
                return w->all_dead ? retry_dead(queue, ctx, w->filter, w->json)
                                   : retry_each(queue, ctx, w->ids, w->json);
            });
        };
    });
}

}  // namespace dormouse::cli
