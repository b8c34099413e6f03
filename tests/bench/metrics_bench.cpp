// What counting costs one job (100,000 jobs a second have 10 us each), and what a scrape costs the event loop.
#include "worker/metrics.hpp"

#include <benchmark/benchmark.h>
#include <prometheus/text_serializer.h>

#include <array>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;

const std::array<std::string, 6> kinds{"webhook-delivery",  "grant",         "period-push",
                                       "license-provision", "wallet-charge", "reminder-email"};
constexpr std::array<std::chrono::nanoseconds, 4> times{80us, 3ms, 120ms, 2s};

/// A job's life: picked up, ended.
void count_one_job(benchmark::State& state) {
    metrics m{{kinds.begin(), kinds.end()}, {"default", "webhook", "mail"}};
    const auto outcome = queue::done();
    std::size_t i = 0;
    for (auto _ : state) {
        m.attempt_started("webhook", times.at(i % times.size()));
        m.attempt_ended(kinds.at(i % kinds.size()), outcome, times.at(i % times.size()));
        ++i;
    }
}
BENCHMARK(count_one_job);

/// One scrape of a worker with six kinds and three queues.
void one_scrape(benchmark::State& state) {
    metrics m{{kinds.begin(), kinds.end()}, {"default", "webhook", "mail"}};
    const prometheus::TextSerializer serializer;
    for (auto _ : state) benchmark::DoNotOptimize(serializer.Serialize(m.collect()));
}
BENCHMARK(one_scrape)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace dormouse::worker

BENCHMARK_MAIN();
