// dormouse queues: what waits, runs and has ended.
#include "cli/commands.hpp"
#include "cli/json_views.hpp"
#include "cli/queue_session.hpp"
#include "cli/table.hpp"
#include "cli/values.hpp"

#include <boost/asio/steady_timer.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse queues
  dormouse queues --watch 2s
  dormouse queues --json | jq '.queues[] | select(.ready > 1000)'

OLDEST is the age of the oldest ready job, OVERDUE how long the first scheduled one is past its time.)";

struct words {
    std::string watch;
    bool json = false;
};

void print_depth(const context& ctx, const queue::site_depth& d) {
    table t{{{"QUEUE"},
             {"READY", align::right},
             {"SCHEDULED", align::right},
             {"OLDEST", align::right},
             {"OVERDUE", align::right},
             {"STATE"}}};
    queue::queue_depth total;
    for (const auto& q : d.queues) {
        t.add({q.queue, std::to_string(q.ready), std::to_string(q.scheduled), duration_or_dash(q.oldest_ready),
               duration_or_dash(q.overdue), q.paused ? "paused" : "open"});
        total.ready += q.ready;
        total.scheduled += q.scheduled;
        total.oldest_ready = std::max(total.oldest_ready, q.oldest_ready);
        total.overdue = std::max(total.overdue, q.overdue);
    }
    t.add({"total", std::to_string(total.ready), std::to_string(total.scheduled), duration_or_dash(total.oldest_ready),
           duration_or_dash(total.overdue)});
    t.print(ctx.out, stdout_is_terminal());
    ctx.out << "\nintake " << d.intake << ", running " << d.running << " on " << d.workers
            << (d.workers == 1 ? " worker" : " workers") << ", done " << d.done << " kept, dead " << d.dead;
    if (d.oldest_dead) ctx.out << " (oldest " << short_duration(*d.oldest_dead) << ")";
    ctx.out << '\n' << std::flush;
}

base::awaitable<exit_code> show_once(queue::operations& queue, const context& ctx, bool json) {
    const auto depth = co_await queue.depth();
    if (!depth) co_return report(ctx, depth.error());
    if (json)
        print_json(ctx, to_json(*depth));
    else
        print_depth(ctx, *depth);
    ctx.out.flush();
    co_return exit_code::ok;
}

/// Until somebody ends the program. Redis may go and come back meanwhile.
base::awaitable<exit_code> watch(queue::operations& queue, const context& ctx, bool json, base::ms pause) {
    base::asio::steady_timer timer{co_await base::asio::this_coro::executor};
    while (ctx.out) {
        if (!json && stdout_is_terminal()) ctx.out << "\x1b[H\x1b[2J";
        (void)co_await show_once(queue, ctx, json);
        timer.expires_after(pause);
        co_await timer.async_wait(base::as_result);
    }
    co_return exit_code::ok;
}

exit_code show_queues(const context& ctx, const words& w) {
    if (w.watch.empty())
        return with_queue(ctx, [&](queue::operations& queue) { return show_once(queue, ctx, w.json); });
    const auto pause = read_duration("--watch", w.watch);
    if (!pause) return report(ctx, pause.error());
    if (*pause < base::ms{100})
        return report(ctx, {base::errc::invalid_argument, "--watch: expected at least 100ms, got '" + w.watch + "'"});
    return with_queue(ctx, [&](queue::operations& queue) { return watch(queue, ctx, w.json, *pause); });
}

}  // namespace

void add_queues(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("queues", "Show what waits, runs and has ended");
    const auto w = std::make_shared<words>();
    sub->add_option("--watch", w->watch, "Again and again with this pause, for example 2s");
    sub->add_flag("--json", w->json, "Print JSON (with --watch one object a line)");
    sub->footer(example);
    sub->callback([w, &ctx] { ctx.chosen = [w, &ctx] { return show_queues(ctx, *w); }; });
}

}  // namespace dormouse::cli
