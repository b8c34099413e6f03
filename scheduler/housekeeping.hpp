#pragma once
// The duty `housekeeping`: rows of our own tables that are old enough go, a thousand at a time with pauses, so that a
// site never notices (spec 4-scheduler, "Firing"; 3-jobs B0.11). Jobs that ended are the workers' to clear: the queue
// bounds them by itself.

#include "base/clock.hpp"
#include "config/scheduler_settings.hpp"
#include "scheduler/duty.hpp"
#include "site/retention.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::scheduler {

/// Before when rows of this sort are old; empty = they are kept for ever. Sleepers are told by their run instead, so
/// for them it is `now`.
[[nodiscard]] std::optional<base::time_ms> old_before(site::old_rows what, const config::housekeeping_settings& keep,
                                                      base::time_ms now) noexcept;

/// Used on one event loop.
class housekeeping final : public duty {
public:
    /// Rows removed since the start, by the sort's place in all_old_rows; for metrics.
    using counts = std::array<std::uint64_t, site::all_old_rows.size()>;

    /// Both must outlive this.
    housekeeping(site::retention& rows, const config::housekeeping_settings& keep) : rows_{rows}, keep_{keep} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "housekeeping"; }

    /// `deliveries_done=1200 deliveries_failed=0 sleepers=5000 scans=1`, with ` unfinished` when the time was too
    /// short: the rest is for the next run. A sort of rows that fails does not keep the others; the error comes last.
    [[nodiscard]] base::awaitable<base::result<std::string>> run(const duty_run& r) override;

    [[nodiscard]] const counts& removed() const noexcept { return removed_; }

private:
    struct progress;
    [[nodiscard]] base::awaitable<base::result<void>> remove_all(site::old_rows what, base::time_ms before,
                                                                 base::deadline limit, progress& done);

    site::retention& rows_;
    const config::housekeeping_settings& keep_;
    counts removed_{};
};

}  // namespace dormouse::scheduler
