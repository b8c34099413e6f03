#pragma once
// The circuit breaker of one target (spec 3-jobs B0.5): stops calling a target that is down, asks once in a while
// whether it is well again, and then lets the waiting jobs come back slowly. Pure: every `now` is a parameter.
//
//             5 bad in a row, or 70 % of 10 in 5 min
//   closed ────────────────────────────────────────────▸ open ◂─────────────┐
//      ▴                                                   │ 30 s … 10 min  │ bad
//      │ in flight 1, 2, 4 … 64                            ▾                │
//   slow_start ◂────────────── 3 good probes ────────── half_open ──────────┘

#include "base/clock.hpp"
#include "queue/outcome.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

namespace dormouse::worker {

struct breaker_rules {
    int bad_in_a_row = 5;
    int enough_results = 10;  ///< In the window, before the share of bad ones counts.
    double bad_share = 0.7;
    base::ms window = std::chrono::minutes{5};
    base::ms first_pause = std::chrono::seconds{30};  ///< Doubles each time the target is found bad again,
    base::ms longest_pause = std::chrono::minutes{10};
    int good_probes = 3;
    int slow_start_end = 64;  ///< Attempts in flight from which there is no limit any more.
};

enum class breaker_state { closed, open, half_open, slow_start };
[[nodiscard]] std::string_view to_string(breaker_state s) noexcept;

/// Not thread-safe.
class breaker {
public:
    using instant = std::chrono::steady_clock::time_point;
    static constexpr int unlimited = std::numeric_limits<int>::max();

    /// The rules must live as long as the breaker.
    explicit breaker(const breaker_rules& rules) noexcept : rules_{&rules} {}

    /// Which attempt ended; attempts that started before the breaker opened teach it nothing any more.
    struct ticket {
        std::uint32_t period = 0;
    };

    /// How many more attempts may start; `unlimited` while closed.
    [[nodiscard]] int places(instant now) const noexcept;

    /// An attempt starts; ask `places` first. The first one after the pause is the probe.
    [[nodiscard]] ticket start(instant now) noexcept;

    /// The attempt ended. `unknown` teaches nothing, but frees its place.
    void end(ticket t, queue::health found, instant now) noexcept;

    [[nodiscard]] breaker_state state() const noexcept { return state_; }
    /// While open: when the first probe may start.
    [[nodiscard]] instant opens_at() const noexcept { return opens_at_; }
    /// Nothing to be remembered: closed, nobody in flight, and nothing bad in the window.
    [[nodiscard]] bool is_ordinary(instant now) const noexcept;

private:
    static constexpr int slice_count = 10;
    struct slice {
        std::int64_t number = -1;
        std::uint32_t good = 0;
        std::uint32_t bad = 0;
    };

    [[nodiscard]] std::int64_t slice_number(instant now) const noexcept;
    [[nodiscard]] slice in_window(instant now) const noexcept;
    void note(bool good, instant now) noexcept;
    [[nodiscard]] bool is_down(instant now) const noexcept;
    void open(instant now) noexcept;
    void learn_from_probe(bool good, instant now) noexcept;
    void learn(bool good, instant now) noexcept;

    const breaker_rules* rules_;
    breaker_state state_ = breaker_state::closed;
    std::uint32_t period_ = 0;
    int running_ = 0;  // of this period
    int bad_in_a_row_ = 0;
    int pauses_ = 0;  // since it was closed last
    int good_probes_ = 0;
    int allowed_ = 1;  // in flight, in slow start
    instant opens_at_{};
    std::array<slice, slice_count> slices_{};
};

}  // namespace dormouse::worker
