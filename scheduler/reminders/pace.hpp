#pragma once
// When letters may go: the hours of the day in the site's zone, and how many in an hour. Pure.

#include "base/clock.hpp"
#include "scheduler/time_zone.hpp"
#include "site/reminder.hpp"

#include <chrono>
#include <vector>

namespace dormouse::scheduler {

/// Wall-clock time of a day, [from, to). The whole day: 0 to 24 hours.
struct sending_window {
    std::chrono::minutes from{0};
    std::chrono::minutes to{std::chrono::hours{24}};

    friend bool operator==(const sending_window&, const sending_window&) = default;
};

/// Times for one letter after the other, `step` apart, before `end`.
struct pace {
    base::time_ms next{};
    base::ms step{0};
    base::time_ms end{};

    [[nodiscard]] bool has_room() const noexcept { return next < end; }
    /// The time of the next letter; there must be room.
    base::time_ms take() noexcept {
        const auto at = next;
        next += step;
        return at;
    }
};

/// Letters planned at `now`: none while the window is closed. `per_hour` 0 = as many as there are, at once; otherwise
/// they queue up behind `last`, the latest time given to a letter that still waits.
[[nodiscard]] pace pace_of(const sending_window& w, const time_zone& zone, int per_hour, base::time_ms now,
                           base::time_ms last);

/// As many as a letter that is tried again for three days can need.
inline constexpr std::size_t openings_ahead = 4;

/// So many openings from `now` on, the first perhaps under way. None of a window that is always open.
[[nodiscard]] std::vector<site::opening> openings_from(const sending_window& w, const time_zone& zone,
                                                       base::time_ms now, std::size_t count = openings_ahead);

/// The first time from `now` on at which the window is open. A window that the clock jumps over is open at the jump.
[[nodiscard]] base::time_ms next_opening(const sending_window& w, const time_zone& zone, base::time_ms now);

}  // namespace dormouse::scheduler
