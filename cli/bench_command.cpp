// dormouse bench queue: the figures of this machine.
#include "base/log.hpp"
#include "cli/bench_queue.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/table.hpp"

#include <boost/json/object.hpp>

#include <CLI/CLI.hpp>

#include <cmath>
#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

constexpr const char* example = R"(Example:
  dormouse bench queue --jobs 1000000
  dormouse bench queue --jobs 1000000 --aof --json
  dormouse bench queue --redis unix:///run/dormouse/redis.sock?db=9

Fills the queue with signed no-op jobs, each with an idempotency key, in three priorities; then lets one worker admit,
claim, run and settle them all; then enqueues jobs one by one into the idle worker. Without --redis it starts a
redis-server of its own and removes it. With --redis it uses, and removes, only keys of a site of its own.)";

std::int64_t whole(double v) { return std::llround(v); }
double rounded(double v) { return std::round(v * 100.0) / 100.0; }

json::object to_json(const bench_result& r, const bench_options& o) {
    return {{"jobs", r.jobs},
            {"enqueued_per_s", whole(r.enqueued_per_s)},
            {"drained_per_s", whole(r.drained_per_s)},
            {"redis_cpu_us_per_job", rounded(r.redis_cpu_us_per_job)},
            {"redis_cpu_us_per_enqueue", rounded(r.redis_cpu_us_per_job_enqueue)},
            {"worker_cpu_us_per_job", rounded(r.worker_cpu_us_per_job)},
            {"redis_bytes_per_waiting_job", whole(r.redis_bytes_per_waiting_job)},
            {"pickup_us", {{"p50", whole(r.pickup_p50_us)}, {"p99", whole(r.pickup_p99_us)}}},
            {"slots", o.slots},
            {"keyed_percent", o.keyed_percent},
            {"aof", o.redis_url.empty() ? json::value(o.aof ? "everysec" : "off") : json::value(nullptr)},
            {"redis_version", r.redis_version}};
}

std::string number(double v, const char* unit) {
    std::string digits = std::to_string(static_cast<std::int64_t>(std::llround(v)));
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits + unit;
}

std::string micros(double v) {
    const auto hundredths = std::llround(v * 100.0);
    const auto tail = std::to_string(hundredths % 100);
    return std::to_string(hundredths / 100) + "." + (tail.size() < 2 ? "0" : "") + tail + " us";
}

void print(const context& ctx, const bench_result& r) {
    table t{{{"WHAT"}, {"MEASURED", align::right}}};
    t.add({"jobs", number(static_cast<double>(r.jobs), "")});
    t.add({"enqueued", number(r.enqueued_per_s, "/s")});
    t.add({"drained (admitted, claimed, run, settled)", number(r.drained_per_s, "/s")});
    t.add({"Redis CPU per drained job", micros(r.redis_cpu_us_per_job)});
    t.add({"Redis CPU per enqueued job", micros(r.redis_cpu_us_per_job_enqueue)});
    t.add({"worker CPU per drained job", micros(r.worker_cpu_us_per_job)});
    t.add({"Redis memory per waiting job", number(r.redis_bytes_per_waiting_job, " bytes")});
    t.add({"pick-up at idle, p50 (LPUSH to start)", number(r.pickup_p50_us, " us")});
    t.add({"pick-up at idle, p99", number(r.pickup_p99_us, " us")});
    t.print(ctx.out, stdout_is_terminal());
}

exit_code bench(const context& ctx, const bench_options& o, bool as_json) {
    base::log::configure({ctx.verbose ? base::log::level::info : base::log::level::off, base::log::format::human, {}});
    const auto result = bench_queue(o);
    if (as_json)
        print_json(ctx, to_json(result, o));
    else
        print(ctx, result);
    return exit_code::ok;
}

}  // namespace

void add_bench(CLI::App& app, context& ctx) {
    auto* const group = app.add_subcommand("bench", "Measure this machine");
    group->require_subcommand(1);
    group->footer(example);
    auto* const sub = group->add_subcommand("queue", "How fast jobs go through the queue, and what they cost Redis");
    const auto o = std::make_shared<bench_options>();
    const auto as_json = std::make_shared<bool>(false);
    sub->add_option("--jobs", o->jobs, "How many")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{50'000'000}))
        ->capture_default_str();
    sub->add_option("--redis", o->redis_url, "redis://, rediss:// or unix:///path?db=N; default: a private one");
    sub->add_flag("--aof", o->aof, "The private Redis writes an append-only file, fsync every second");
    sub->add_option("--slots", o->slots, "Attempts running at once")->check(CLI::Range(1, 4096))->capture_default_str();
    sub->add_option("--pickups", o->pickups, "Jobs enqueued one by one into the idle worker")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    sub->add_option("--keyed", o->keyed_percent, "Percentage of jobs with an idempotency key")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    sub->add_flag("--json", *as_json, "Print JSON");
    sub->footer(example);
    sub->callback([o, as_json, &ctx] { ctx.chosen = [o, as_json, &ctx] { return bench(ctx, *o, *as_json); }; });
}

}  // namespace dormouse::cli
