#pragma once
// One run of the planner over the whole site: the sleepers of the published scan, page by page, against the ledger.
// Memory is bounded by a page. What is enqueued and how is the duty's.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "scheduler/reminders/setting.hpp"
#include "site/reminders.hpp"
#include "site/scan_runs.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dormouse::scheduler {

struct planning_report {
    std::int64_t run = 0;       ///< Of the scan; 0 = none has been published yet.
    std::int64_t sleepers = 0;  ///< Looked at.
    std::int64_t planned = 0;
    std::int64_t again = 0;  ///< Letters whose job was enqueued again.
    bool closed = false;     ///< Not in these hours, or no more letters in this hour.
    bool whole = true;       ///< False: the limit came first; the next run goes on.
};

/// `run=17 sleepers=120 planned=4 again=0`
[[nodiscard]] std::string to_line(const planning_report& r);

/// Used on one event loop; one call at a time.
class letter_planning {
public:
    /// Takes letters over for sending in these openings (none: at any time). An error ends the run; letters that were
    /// not taken over come again after `unheard`. Called by the coroutine that runs; the openings outlive the call.
    using hand_over =
        std::function<base::awaitable<base::result<void>>(std::vector<site::reminder>, std::span<const site::opening>)>;

    /// A letter untouched for so long has lost its job.
    static constexpr base::ms unheard = std::chrono::minutes{10};
    static constexpr std::size_t page = 500;

    /// Both must outlive this.
    letter_planning(site::pool& p, const config::scheduler_settings& s)
        : pool_{p}, settings_{s}, ledger_{p}, runs_{p} {}

    /// Plans what is due at `now` and hands it over, page by page; first, if `again`, the letters that wait without a
    /// job, unless the window is closed: those that a job holds back until morning would come again and again. Safe to
    /// repeat and to cut off anywhere. `to` must outlive the call.
    [[nodiscard]] base::awaitable<base::result<planning_report>> run(base::time_ms now, const hand_over& to, bool again,
                                                                     base::deadline limit);

private:
    struct walk;
    [[nodiscard]] base::awaitable<base::result<void>> prepare(walk& w);
    [[nodiscard]] base::awaitable<base::result<void>> hand_over_waiting(walk& w);
    [[nodiscard]] base::awaitable<base::result<void>> plan_all(walk& w);
    [[nodiscard]] base::awaitable<base::result<void>> plan_page(walk& w, std::vector<site::sleeper_row> rows);

    site::pool& pool_;
    const config::scheduler_settings& settings_;
    site::reminders ledger_;
    site::scan_runs runs_;
};

}  // namespace dormouse::scheduler
