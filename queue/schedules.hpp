#pragma once
// What the schedulers of a site remember together, in Redis: for each schedule how far its ticks are settled, what its
// last tick began, what operators want of it, and a log. Every change is a compare-and-set (queue/lua/tick.lua):
// nothing is done if the record is not as the caller read it. When a schedule is due is not known here (scheduler/).
//
//   a tick's job     admitted by the same script that settles the tick, under an id made from the tick: it comes once
//   a duty's run     begun by the script that settles the tick; held by a lease that its scheduler renews, taken over
//   by
//                    another when that has ended
//
// Errors are those of redis::connection. connection_lost and timed_out mean that it may have happened: read again.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/job.hpp"
#include "queue/keys.hpp"
#include "queue/schedule_record.hpp"
#include "queue/scripts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::queue {

namespace redis {
class connection;
}

/// A change of one schedule's record. What is left out stays as it is.
struct schedule_change {
    std::string name;
    schedule_record seen;  ///< As it was read.
    std::optional<std::string> definition{};
    std::optional<base::time_ms> settled{};
    bool answers_wish = false;              ///< The operator's wish to run it now is met, or refused.
    std::optional<schedule_event> event{};  ///< For the log.
    std::shared_ptr<const job> fires{};     ///< The job to admit; complete, with `tick_job_id` as id.
    std::optional<schedule_run> begins{};   ///< The run of a duty.
    std::optional<base::time_ms> fired{};   ///< The tick of either.
};

struct schedules_reading {
    base::time_ms now{};                   ///< Redis time.
    std::vector<schedule_record> records;  ///< One for each name asked for, in that order.
};

/// Id of the job that a tick makes: a function of both.
[[nodiscard]] std::string tick_job_id(const std::string& schedule, base::time_ms tick, bool by_operator);

/// Lives on one event loop, beside the connection it speaks through; its calls may overlap.
class schedules {
public:
    /// How many lines of a schedule's log are kept.
    static constexpr std::size_t log_length = 100;

    schedules(redis::connection& connection, keys names, const scripts& text = the_scripts())
        : connection_{connection}, names_{std::move(names)}, scripts_{text} {}

    /// One round trip, and a second one for the jobs of last ticks.
    [[nodiscard]] base::awaitable<base::result<schedules_reading>> read(std::vector<std::string> names,
                                                                        base::deadline limit = {});

    /// False if the record is not as it was seen: read again.
    [[nodiscard]] base::awaitable<base::result<bool>> change(schedule_change c, base::deadline limit = {});

    /// `run` goes on, held by `owner` until `lease`: a renewal, or a take-over of a run whose lease has ended, which
    /// is one more try. The run as it is now; nothing if it is not as it was seen.
    [[nodiscard]] base::awaitable<base::result<std::optional<schedule_run>>> hold(std::string name, schedule_run run,
                                                                                  std::string owner,
                                                                                  base::time_ms lease,
                                                                                  base::deadline limit = {});

    /// `run` has ended. False if it was somebody else's by then; then nothing is written.
    [[nodiscard]] base::awaitable<base::result<bool>> end(std::string name, schedule_run run, schedule_event event,
                                                          base::deadline limit = {});

    // Operators' verbs. Each may be said again.

    /// From now on its ticks are skipped. False if it was paused already.
    [[nodiscard]] base::awaitable<base::result<bool>> pause(std::string name, base::time_ms now,
                                                            base::deadline limit = {});
    /// False if it was not paused.
    [[nodiscard]] base::awaitable<base::result<bool>> resume(std::string name, base::deadline limit = {});
    /// Wants it to run at once, and rings for a scheduler. False if that was wanted already.
    [[nodiscard]] base::awaitable<base::result<bool>> want_run(std::string name, base::time_ms now,
                                                               base::deadline limit = {});
    /// The newest lines of its log, newest first.
    [[nodiscard]] base::awaitable<base::result<std::vector<schedule_event>>> log(std::string name, std::size_t most,
                                                                                 base::deadline limit = {});

private:
    using fields = std::vector<std::pair<std::string, std::string>>;
    struct writing {
        fields seen;
        fields set;
        std::string line;
        std::shared_ptr<const job> fires;
    };
    [[nodiscard]] base::awaitable<base::result<bool>> write(std::string name, writing w, base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<bool>> set_once(std::string name, std::string field, base::time_ms now,
                                                               bool ring, base::deadline limit);

    redis::connection& connection_;
    keys names_;
    const scripts& scripts_;
};

}  // namespace dormouse::queue
