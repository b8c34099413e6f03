#pragma once
// The duty `reminders`: plans the letters that are due and enqueues a job for each. It sends nothing itself: the kind
// reminder-email looks at the student again, right before a letter goes.

#include "config/settings.hpp"
#include "queue/operations.hpp"
#include "scheduler/duty.hpp"
#include "scheduler/reminders/planning.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dormouse::scheduler {

/// Used on the connection's event loop.
class reminders_duty final : public duty {
public:
    /// All must outlive this.
    reminders_duty(site::pool& p, queue::redis::connection& redis, const config::settings& s)
        : settings_{s}, queue_{redis, s}, planning_{p, s.scheduler} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "reminders"; }

    /// `run=17 sleepers=120 planned=4 again=0`. A letter is in the ledger before its job is enqueued: what Redis did
    /// not take is enqueued by a later run, unless the intake is long: then earlier jobs may still wait in there.
    [[nodiscard]] base::awaitable<base::result<std::string>> run(const duty_run& r) override;

private:
    [[nodiscard]] base::awaitable<base::result<void>> enqueue(std::vector<site::reminder> letters,
                                                              std::span<const site::opening> openings,
                                                              base::time_ms now, base::deadline limit);

    const config::settings& settings_;
    queue::operations queue_;
    letter_planning planning_;
};

}  // namespace dormouse::scheduler
