// dormouse bench: the figures of this machine.
#include "base/log.hpp"
#include "cli/bench_fairness.hpp"
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

constexpr const char* fairness_example = R"(Example:
  dormouse bench fairness
  dormouse bench fairness --rounds 10 --slots 16 --json

Sends steady traffic through a worker, a private redis-server and the HTTP client to receivers on loopback; in every
other round one more endpoint takes 20 s to answer and has a backlog. Times are from the moment a job is due to be
enqueued to its receiver's answer.)";

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

json::object to_json(const latency& l) {
    return {
        {"jobs", l.jobs}, {"p50", whole(l.p50)}, {"p95", whole(l.p95)}, {"p99", whole(l.p99)}, {"max", whole(l.most)}};
}

json::object to_json(const fairness_result& r, const fairness_options& o) {
    json::array pairs;
    for (const auto& p : r.pairs) {
        json::object pair;
        pair["without_us"] = to_json(p.without);
        pair["with_us"] = to_json(p.with);
        pair["stalled_attempts"] = p.stalled_attempts;
        pairs.push_back(std::move(pair));
    }
    return {{"endpoints", o.endpoints},
            {"rate", o.rate},
            {"backlog", o.backlog},
            {"stall_seconds", o.stall_seconds},
            {"slots", o.slots},
            {"ratio_p50", rounded(r.ratio_p50)},
            {"ratio_p95", rounded(r.ratio_p95)},
            {"ratio_p99", rounded(r.ratio_p99)},
            {"pairs", std::move(pairs)}};
}

void print(const context& ctx, const fairness_result& r) {
    table t{{{"STALLED"},
             {"JOBS", align::right},
             {"P50", align::right},
             {"P95", align::right},
             {"P99", align::right},
             {"MAX", align::right}}};
    const auto add = [&](const char* name, const latency& l) {
        t.add({name, number(static_cast<double>(l.jobs), ""), number(l.p50, " us"), number(l.p95, " us"),
               number(l.p99, " us"), number(l.most, " us")});
    };
    for (const auto& p : r.pairs) {
        add("without", p.without);
        add("with", p.with);
    }
    t.print(ctx.out, stdout_is_terminal());
    const auto percent = [](double ratio) { return std::to_string(std::llround(ratio * 100)) + " %"; };
    ctx.out << "with / without, median of the rounds: p50 " << percent(r.ratio_p50) << ", p95 " << percent(r.ratio_p95)
            << ", p99 " << percent(r.ratio_p99) << '\n';
}

exit_code run_fairness(const context& ctx, const fairness_options& o, bool as_json) {
    base::log::configure({ctx.verbose ? base::log::level::info : base::log::level::off, base::log::format::human, {}});
    const auto result = bench_fairness(o, [](const fairness_pair&) {});
    if (as_json)
        print_json(ctx, to_json(result, o));
    else
        print(ctx, result);
    return exit_code::ok;
}

void add_fairness(CLI::App& group, context& ctx) {
    auto* const sub = group.add_subcommand("fairness", "What one endpoint that stalls costs all the others");
    const auto o = std::make_shared<fairness_options>();
    const auto as_json = std::make_shared<bool>(false);
    const auto add = [&](const char* name, int& value, int most, const char* help) {
        sub->add_option(name, value, help)->check(CLI::Range(1, most))->capture_default_str();
    };
    add("--rounds", o->rounds, 1'000, "Pairs of rounds: one without the stalled endpoint, one with it");
    add("--seconds", o->seconds, 3'600, "Of traffic in each round");
    add("--rate", o->rate, 100'000, "Jobs per second for the others, all together");
    add("--endpoints", o->endpoints, 249, "The others");
    sub->add_option("--backlog", o->backlog, "Jobs of the stalled one, in front of the others'")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
        ->capture_default_str();
    add("--stall", o->stall_seconds, 3'600, "Seconds the stalled one takes to answer");
    add("--slots", o->slots, 4'096, "Attempts running at once");
    sub->add_flag("--json", *as_json, "Print JSON");
    sub->footer(fairness_example);
    sub->callback([o, as_json, &ctx] { ctx.chosen = [o, as_json, &ctx] { return run_fairness(ctx, *o, *as_json); }; });
}

}  // namespace

void add_bench(CLI::App& app, context& ctx) {
    auto* const group = app.add_subcommand("bench", "Measure this machine");
    group->require_subcommand(1);
    group->footer(example);
    add_fairness(*group, ctx);
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
