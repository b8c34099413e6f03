// dormouse pause, dormouse resume: whether workers claim from a queue.
#include "cli/commands.hpp"
#include "cli/queue_session.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* pause_example = R"(Example:
  dormouse pause webhook

Jobs are still taken in; running attempts end as usual. `dormouse resume webhook` undoes it.)";

constexpr const char* resume_example = R"(Example:
  dormouse resume webhook)";

struct words {
    std::string queue;
    bool json = false;
};

void tell(const context& ctx, const words& w, bool paused, bool changed) {
    if (w.json)
        print_json(ctx, {{"queue", w.queue}, {"paused", paused}, {"changed", changed}});
    else
        ctx.out << w.queue << (changed ? " is " : " was already ") << (paused ? "paused" : "open") << '\n';
}

base::awaitable<exit_code> set_paused(queue::operations& queue, const context& ctx, words w, bool paused) {
    const auto changed = paused ? co_await queue.pause(w.queue) : co_await queue.resume(w.queue);
    if (!changed) co_return report(ctx, changed.error());
    tell(ctx, w, paused, *changed);
    co_return exit_code::ok;
}

void add_verb(CLI::App* sub, context& ctx, bool paused, const char* example) {
    const auto w = std::make_shared<words>();
    sub->add_option("QUEUE", w->queue, "The queue's name")->required();
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(example);
    sub->callback([w, &ctx, paused] {
        ctx.chosen = [w, &ctx, paused] {
            return with_queue(ctx, [&](queue::operations& queue) { return set_paused(queue, ctx, *w, paused); });
        };
    });
}

}  // namespace

void add_pause(CLI::App& app, context& ctx) {
    add_verb(app.add_subcommand("pause", "Let no worker claim from a queue"), ctx, true, pause_example);
}

void add_resume(CLI::App& app, context& ctx) {
    add_verb(app.add_subcommand("resume", "Let workers claim from a paused queue again"), ctx, false, resume_example);
}

}  // namespace dormouse::cli
