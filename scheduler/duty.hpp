#pragma once
// Work that the scheduler process does itself at a schedule's tick, where a job would be the wrong thing: it belongs
// to the site as a whole, or has to be done while Redis cannot take a job. A class each in `scheduler/`, composed in
// `cli/scheduler_service.cpp`. How a duty's run is kept from being lost or doubled is keeper.hpp's.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace dormouse::scheduler {

/// One run, as it is told to the duty. Copy what is needed later.
struct duty_run {
    base::time_ms tick{};  ///< What it was due for; an operator's run has the time at which it was begun.
    std::string owner;     ///< This scheduler, for marks of ownership in tables; at most 64 bytes.
    base::deadline limit;  ///< Nothing may go on after this. A run that needs longer goes on at its next tick.
    base::clock& clock;    ///< Lives as long as the process.
    bool resumed = false;  ///< Another process began it and was lost: it may be half done.
};

/// A little before the run is cut off: when a duty whose work is never at an end had better stop by itself, so that the
/// history has its counts.
[[nodiscard]] inline base::deadline own_end(const duty_run& r) {
    if (r.limit.is_never()) return r.limit;
    const auto left = r.limit.left();
    return base::deadline::after(left - std::min<std::chrono::nanoseconds>(left / 10, std::chrono::seconds{1}));
}

/// Lives on one event loop and as long as the process; at most one run at a time across all schedulers of the site.
class duty {
public:
    duty() = default;
    duty(const duty&) = delete;
    duty& operator=(const duty&) = delete;
    virtual ~duty() = default;

    /// Name of its schedule: `[a-z0-9-]{1,32}`. The text lives as long as the duty.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// Does it, and says in a short line of counts what came of it (`levels=3 sleepers=120`), for the history.
    /// Repeatable: a run whose process died is run again, at most twice. A run that is cancelled stops soon and leaves
    /// nothing that a later one cannot take up. It is cancelled because the process is to end (another scheduler goes
    /// on with it, `resumed`), because its limit has passed (it is written down as unfinished), or because its lease
    /// was lost (somebody else may have it by then). An error is written into the history and the log; the next tick is
    /// the next try.
    [[nodiscard]] virtual base::awaitable<base::result<std::string>> run(const duty_run& r) = 0;
};

}  // namespace dormouse::scheduler
