// dormouse cancel: removes jobs that do not run.
#include "cli/commands.hpp"
#include "cli/queue_session.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse cancel 01KAGN4V0RT5M5W3Q2J8X6Z7YB

Cancels ready, scheduled and dead jobs and frees their idempotency keys. A running job cannot be cancelled.)";

struct words {
    std::vector<std::string> ids;
    bool json = false;
};

base::awaitable<exit_code> cancel_each(queue::operations& queue, const context& ctx, words w) {
    auto worst = exit_code::ok;
    for (const auto& id : w.ids) {
        const auto from = co_await queue.cancel(id);
        if (!from) {
            worst = std::max(worst, report(ctx, from.error()));
            continue;
        }
        if (w.json)
            print_json(ctx, {{"id", id}, {"was", to_string(*from)}});
        else
            ctx.out << id << " is cancelled, was " << to_string(*from) << '\n';
    }
    co_return worst;
}

}  // namespace

void add_cancel(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("cancel", "Remove jobs that do not run");
    const auto w = std::make_shared<words>();
    sub->add_option("ID", w->ids, "The jobs' ids")->required();
    sub->add_flag("--json", w->json, "Print JSON (one object a line)");
    sub->footer(example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            return with_queue(ctx, [&](queue::operations& queue) { return cancel_each(queue, ctx, *w); });
        };
    });
}

}  // namespace dormouse::cli
