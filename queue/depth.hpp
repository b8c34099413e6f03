#pragma once
// What waits, runs and has ended: the numbers operators watch.

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::queue {

struct queue_depth {
    std::string queue;
    std::uint64_t ready = 0;      ///< All priorities, jobs parked in lanes or in line for limits included.
    std::uint64_t scheduled = 0;  ///< Delayed and retry jobs.
    bool paused = false;
    std::optional<base::ms> oldest_ready;  ///< Since the oldest ready job was made (its id's time).
    std::optional<base::ms> overdue;       ///< How long the first scheduled job is past its time; empty if none is.
};

struct site_depth {
    std::vector<queue_depth> queues;  ///< By name.
    std::uint64_t intake = 0;         ///< Envelopes not admitted yet.
    std::uint64_t running = 0;
    std::uint64_t done = 0;  ///< Kept ones.
    std::uint64_t dead = 0;
    std::optional<base::ms> oldest_dead;
    std::uint64_t workers = 0;  ///< With a live lease.
};

}  // namespace dormouse::queue
