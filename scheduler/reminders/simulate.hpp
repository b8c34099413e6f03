#pragma once
// Which letters would go on which day if nobody renewed, edited or unsubscribed anything any more. Reads the site and
// the ledger as they are, and writes nothing: what would have gone is kept in memory alone.
//
// Each day of the site's clock: who sleeps as of the scan before its window opens, then the planner once an hour while
// it is open. A letter arrives at the time the planner gives it, or is suppressed if the student's address is. Letters
// that wait now go on the first day; what is in doubt stays so.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "scheduler/reminders/setting.hpp"
#include "scheduler/sleepers/scan.hpp"
#include "site/reminders.hpp"
#include "site/suppressions.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace dormouse::scheduler {

struct simulated_letter {
    std::chrono::local_days day;  ///< By the site's clock.
    site::letter_identity what;
};

/// Used on one event loop; for one run.
class simulation {
public:
    /// The letters of one day, in the order of their going.
    using reader = std::function<void(const std::vector<simulated_letter>&)>;

    /// Longest time that makes sense: facts do not stand still.
    static constexpr int most_days = 366;

    /// All must outlive this. `scan` as for sleepers_scan::look.
    simulation(site::pool& p, sleepers_scan& scan, const config::scheduler_settings& s)
        : pool_{p}, scan_{scan}, settings_{s}, ledger_{p}, suppressions_{p} {}

    /// `days` days from `from` on; the days before it count as past, as the ledger has them.
    [[nodiscard]] base::awaitable<base::result<void>> run(std::chrono::local_days from, int days, reader read,
                                                          base::deadline limit);

private:
    [[nodiscard]] base::awaitable<base::result<void>> read_histories(base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<void>> find_sleepers(site::day as_of, base::time_ms now,
                                                                    base::deadline limit);
    void send_waiting(base::time_ms now);
    void plan(base::time_ms now);
    void plan_some(std::span<const sleep_cycle> some, base::time_ms now, pace& left);
    void send(const site::planned_letter& l);
    void arrive(site::reminder& r, base::time_ms at);

    site::pool& pool_;
    sleepers_scan& scan_;
    const config::scheduler_settings& settings_;
    site::reminders ledger_;
    site::suppressions suppressions_;
    std::optional<reminder_setting> setting_;
    std::vector<sleep_cycle> sleepers_;                              ///< Of the day, by level and user.
    std::map<std::int64_t, std::vector<site::reminder>> histories_;  ///< By user; of those who slept so far.
    std::set<std::int64_t> silent_;                                  ///< Those of them whose address gets nothing.
    std::vector<simulated_letter> today_;
    base::time_ms last_{};  ///< The latest time given to a letter.
};

}  // namespace dormouse::scheduler
