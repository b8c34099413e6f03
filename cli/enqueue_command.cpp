// dormouse enqueue KIND: signs a job and puts it into the public intake; with --wait stays until its end.
#include "cli/commands.hpp"
#include "cli/enqueue_job.hpp"
#include "cli/queue_session.hpp"
#include "cli/values.hpp"
#include "cli/wait_for_end.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse enqueue webhook-delivery --queue webhook --key hook:7:order:15 \
    --args '{"hook_id":7,"event":"wpm_update_user_key_dates","payload":"{}"}'
  dormouse enqueue webhook-delivery --args @args.json --in 10m
  dormouse enqueue webhook-delivery --args - --wait 30s < args.json

Prints the job's id. With --wait also its end; the exit code is 1 if it is dead or has not ended in time.)";

struct words {
    job_words job;
    std::string key_id;
    std::optional<base::ms> wait;
    bool json = false;
};

base::awaitable<exit_code> put_in(queue::operations& queue, const context& ctx, const signed_job& job, words w) {
    if (const auto done = co_await queue.enqueue(job.envelope); !done) {
        const auto& e = done.error();
        if (e == base::errc::connection_lost || e == base::errc::timed_out)
            ctx.err << "dormouse: job " << job.id << " may be in the queue; see `dormouse jobs show " << job.id
                    << "`\n";
        co_return report(ctx, e);
    }
    if (!w.wait) {
        if (w.json)
            print_json(ctx, {{"id", job.id}});
        else
            ctx.out << job.id << '\n';
        co_return exit_code::ok;
    }
    if (!w.json) ctx.out << job.id << '\n' << std::flush;
    co_return co_await wait_for_end(queue, ctx, job.id, *w.wait, w.json);
}

exit_code enqueue(const context& ctx, const words& w) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    const auto job = make_signed_job(w.job, w.key_id, *settings, base::system_clock().now(), std::cin);
    if (!job) return report(ctx, job.error());
    return with_queue(ctx, *settings, [&](queue::operations& queue) { return put_in(queue, ctx, *job, w); });
}

}  // namespace

void add_enqueue(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("enqueue", "Put a job into the queue");
    const auto w = std::make_shared<words>();
    sub->add_option("KIND", w->job.kind, "What runs it, for example webhook-delivery")->required();
    sub->add_option("--args", w->job.args, "Its arguments: a JSON object, @FILE, or - for standard input")
        ->default_str("{}");
    sub->add_option("--key", w->job.key, "Idempotency key: while one job holds it, others of that key do not run");
    sub->add_option("--queue", w->job.queue, "Where it waits")->capture_default_str();
    sub->add_option("--prio", w->job.priority, "high, normal or low")->capture_default_str();
    auto* const at = sub->add_option("--at", w->job.at, "Not before this time, for example 2026-11-20T03:04:05Z");
    sub->add_option("--in", w->job.in, "Not before so long from now, for example 5m")->excludes(at);
    sub->add_option("--timeout", w->job.timeout, "Limit of one attempt, 1s to 1h; otherwise the kind's");
    sub->add_option("--max-attempts", w->job.max_attempts, "1 to 100; otherwise the kind's")->check(CLI::Range(1, 100));
    sub->add_option("--key-id", w->key_id, "Which of queue.signing_keys signs; otherwise the first that may");
    const auto wait = std::make_shared<std::string>("30s");
    auto* const waits = sub->add_option("--wait", *wait, "Wait for its end, so long at most (30s if no time is given)")
                            ->expected(0, 1)
                            ->type_name("[DURATION]");
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(example);
    sub->callback([w, wait, waits, &ctx] {
        ctx.chosen = [w, wait, waits, &ctx] {
            if (waits->count() > 0) {
                const auto limit = read_duration("--wait", waits->as<std::string>().empty() ? "30s" : *wait);
                if (!limit) return report(ctx, limit.error());
                w->wait = *limit;
            }
            return enqueue(ctx, *w);
        };
    });
}

}  // namespace dormouse::cli
