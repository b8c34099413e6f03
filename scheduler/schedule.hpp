#pragma once
// What is to be done about a schedule at this moment (spec 4-scheduler, "Firing"). Pure: any number of schedulers that
// see the same state come to the same decision, and a compare-and-set on `schedule_state::settled` lets one carry it
// out.
//
//   settled                        latest tick at or before now
//      |------ misses ... ------------------|------ jitter ------|------ catch-up ------|
//                                            wait                 fire                   skip: misfire
//
// Of several missed ticks only the latest counts. One that has begun to wait for its jitter replaces those before it.

#include "scheduler/ticks.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace dormouse::scheduler {

/// A line of the configuration. A tick is due at its own time plus a random part of `jitter`.
struct schedule {
    cron_expression when;
    time_zone zone;
    base::ms catch_up = std::chrono::hours{12};  ///< How late a due tick is still fired; at least a minute.
    base::ms jitter{0};                          ///< Never more than the time to the next tick.
    std::uint64_t jitter_seed = 0;               ///< The same for all schedulers of a site, another for each schedule.

    /// The expression and the zone. A state that was kept for another definition does not count.
    [[nodiscard]] std::string definition() const;
};

/// What the schedulers of a site remember together.
struct schedule_state {
    std::string definition;  ///< Empty if the schedule has never been seen.
    base::time_ms settled;   ///< Ticks up to here are fired, skipped, or older than the definition.
    bool paused = false;     ///< By an operator.
    bool running = false;    ///< What an earlier tick began has not ended.
    bool run_now = false;    ///< An operator wants it at once.
};

enum class action {
    adopt,  ///< New, or changed: keep the definition and settle until `decision::tick`. What was before is not caught
            ///< up.
    wait,   ///< Nothing before `decision::until`, unless the state changes.
    fire,   ///< Settle until `tick`, and run.
    skip,   ///< Settle until `tick`, and write down why. What was missed in a pause is not caught up afterwards.
};

enum class skip_reason {
    none,
    paused,   ///< An operator has paused the schedule.
    overlap,  ///< The run before is still at it.
    misfire,  ///< No scheduler was there in time.
};

struct decision {
    action what = action::wait;
    skip_reason why = skip_reason::none;
    base::time_ms tick{};    ///< Settled by this; for an operator's run the mark stays where it was.
    base::time_ms oldest{};  ///< The first tick that this one stands for; before `tick` if some were missed.
    base::time_ms until{};   ///< When to decide again. After an action: at once.
    bool by_operator = false;

    friend bool operator==(const decision&, const decision&) = default;
};

/// `now` is the one clock of all schedulers (Redis TIME). An operator's run goes before everything but a run that has
/// not ended, and also in a pause; it leaves the ticks alone. A mark more than a day ahead of `now` was set by a clock
/// that was wrong, and is adopted anew.
[[nodiscard]] decision decide(const schedule& s, const schedule_state& state, base::time_ms now);

/// When a tick is due: its time and its jitter, the same whoever asks.
[[nodiscard]] base::time_ms due_time(const schedule& s, base::time_ms tick);

/// For logs and screens: `adopt`, `misfire`, ...
[[nodiscard]] std::string_view to_string(action a) noexcept;
[[nodiscard]] std::string_view to_string(skip_reason r) noexcept;

}  // namespace dormouse::scheduler
