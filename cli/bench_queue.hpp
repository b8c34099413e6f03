#pragma once
// `dormouse bench queue`: how fast jobs go through the real queue, worker and Redis, with every feature on: signed
// envelopes, idempotency keys, three priorities, history of done jobs, heartbeats, metrics.

#include "config/settings.hpp"

#include <cstdint>
#include <string>

namespace dormouse::cli {

struct bench_options {
    std::uint64_t jobs = 100'000;
    std::string redis_url;  ///< Empty = a private redis-server.
    bool aof = false;       ///< Of the private one.
    int slots = 512;
    int pickups = 2'000;      ///< Jobs enqueued one by one into an idle worker, for the latency.
    int keyed_percent = 100;  ///< Jobs with an idempotency key.
};

struct bench_result {
    std::uint64_t jobs = 0;
    double enqueued_per_s = 0;
    double drained_per_s = 0;
    double redis_cpu_us_per_job = 0;          ///< Admit, claim, ack: while draining.
    double redis_cpu_us_per_job_enqueue = 0;  ///< While filling.
    double worker_cpu_us_per_job = 0;
    double redis_bytes_per_waiting_job = 0;
    double pickup_p50_us = 0;  ///< From before LPUSH to the start of the attempt.
    double pickup_p99_us = 0;
    std::string redis_version;
};

/// Throws `base::failure` when Redis is not to be had. Uses keys of a site named `bench-<pid>` and removes them.
[[nodiscard]] bench_result bench_queue(const bench_options& o);

}  // namespace dormouse::cli
