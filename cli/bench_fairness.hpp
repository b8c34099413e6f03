#pragma once
// `dormouse bench fairness`: what an endpoint that stalls, with a long backlog, costs all others. Through the real
// queue, worker, Redis and HTTP client, to receivers on loopback; half of the rounds without the stalled one.

#include <cstdint>
#include <functional>
#include <vector>

namespace dormouse::cli {

struct fairness_options {
    int rounds = 5;                  ///< Pairs: one without the stalled endpoint, one with it.
    int seconds = 8;                 ///< Of steady traffic in each round.
    int rate = 500;                  ///< Jobs per second for the others, all together.
    int endpoints = 99;              ///< The others.
    std::uint64_t backlog = 10'000;  ///< Jobs of the stalled one that wait in front of theirs.
    int stall_seconds = 20;
    int slots = 256;
};

/// From the moment a job should be enqueued to the answer of its receiver, of the others' jobs, in microseconds.
struct latency {
    std::size_t jobs = 0;
    double p50 = 0;
    double p95 = 0;
    double p99 = 0;
    double most = 0;
};

struct fairness_pair {
    latency without;
    latency with;
    std::size_t stalled_attempts = 0;  ///< Attempts of the stalled endpoint that started.
};

struct fairness_result {
    std::vector<fairness_pair> pairs;
    double ratio_p50 = 0;  ///< With by without: the median over the pairs.
    double ratio_p95 = 0;
    double ratio_p99 = 0;
};

/// Throws `base::failure` when Redis is not to be had or jobs do not come back. `on_pair` is told of each as it ends.
[[nodiscard]] fairness_result bench_fairness(const fairness_options& o,
                                             const std::function<void(const fairness_pair&)>& on_pair);

}  // namespace dormouse::cli
