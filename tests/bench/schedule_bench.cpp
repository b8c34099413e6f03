// What finding a tick costs, from the commonest expression to the rarest day of the calendar.
#include "scheduler/schedule.hpp"

#include <benchmark/benchmark.h>

#include <array>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr std::array expressions{"*/5 * * * *", "30 2 * * *",   "15 4 13 * fri",
                                 "0 0 29 2 *",  "0 0 29 2 */7", "0 * 29 2 */7"};
// The day before a change of the clock, and what begins the longest wait of all: leap days on a Sunday, 40 years apart.
constexpr std::array<std::chrono::sys_days, 2> starts{2026y / 3 / 28, 2088y / 3 / 1};

template <class Find>
void find(benchmark::State& state, Find find) {
    const auto expression = cron_expression::parse(expressions.at(static_cast<std::size_t>(state.range(0)))).value();
    const auto zone = time_zone::find("Europe/Berlin").value();
    base::time_ms t = starts.at(static_cast<std::size_t>(state.range(1)));
    for (auto _ : state) benchmark::DoNotOptimize(find(expression, zone, t += 1s));
    state.SetLabel(expression.text());
}

void next_tick(benchmark::State& state) { find(state, next_after); }
BENCHMARK(next_tick)->ArgsProduct({benchmark::CreateDenseRange(0, expressions.size() - 1, 1), {0, 1}});

void previous_tick(benchmark::State& state) { find(state, previous_at_or_before); }
BENCHMARK(previous_tick)->ArgsProduct({benchmark::CreateDenseRange(0, expressions.size() - 1, 1), {0, 1}});

void parse(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(cron_expression::parse("*/15 0-3 1,15 jan-mar,oct sun"));
}
BENCHMARK(parse);

}  // namespace
}  // namespace dormouse::scheduler

BENCHMARK_MAIN();
