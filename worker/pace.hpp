#pragma once
// What one lane has received of the slots' time, and whether it is slow (spec 3-jobs B0.6). Pure.

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>

namespace dormouse::worker {

struct pace_rules {
    base::ms slow_after = std::chrono::seconds{5};  ///< A lane whose p95 is above this gets one slot,
    double slow_share = 0.25;                       ///< and all such lanes together this share of the slots.
};

/// The p95 is that of the last 20 attempts: two of them above the bound are enough, one is not. Attempts that have not
/// been yet count as fast. Not thread-safe.
class pace {
public:
    using duration = std::chrono::nanoseconds;

    /// An attempt starts, and is charged what one has cost so far: a lane pays for what it holds, not only for what it
    /// has given back.
    void start() noexcept;
    /// It ended; the charge becomes what it really took.
    void end(duration took, const pace_rules& rules) noexcept;
    /// Being asked for jobs is a turn, even if nothing came of it: equals take turns.
    void named() noexcept { received_ += turn; }
    /// Time not used is not saved up: a lane that was idle starts where the others are.
    void catch_up(double floor) noexcept {
        if (received_ < floor) received_ = floor;
    }

    /// Seconds of slots' time. Only comparisons between lanes mean something.
    [[nodiscard]] double received() const noexcept { return received_; }
    [[nodiscard]] bool is_slow() const noexcept;

private:
    static constexpr int sample_count = 20;
    static constexpr int slow_samples = 2;
    static constexpr double turn = 1e-6;

    double received_ = 0;
    double charged_ = 0;  // for attempts that run
    double cost_ = 0;     // of one attempt, smoothed
    int running_ = 0;
    int next_ = 0;
    std::uint32_t slow_bits_ = 0;  // one for each of the last attempts: was it slow?
    bool has_cost_ = false;
};

}  // namespace dormouse::worker
