#pragma once
// Jobs as operators see them. Data only.

#include "base/clock.hpp"
#include "queue/job.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::queue {

/// Where a job is. A ready job may wait in its queue or for a place in its lane.
enum class job_state { ready, scheduled, running, done, dead };

[[nodiscard]] std::string_view to_string(job_state s) noexcept;
[[nodiscard]] std::optional<job_state> parse_state(std::string_view word) noexcept;

/// One line of a list.
struct listed_job {
    std::string id;
    job_state state = job_state::ready;
    std::string kind;   ///< Empty where the envelope is gone (done) or cannot be read.
    std::string queue;  ///< As kind.
    int priority = priority_normal;
    int attempts = 0;                 ///< That ran and failed.
    base::time_ms made{};             ///< The time in its id.
    std::optional<base::time_ms> at;  ///< scheduled: due; done and dead: its end.
    std::string worker;               ///< running: whose.
    /// dead: reason; done: result JSON; otherwise why it was put off, its last error, or the limit it waits for.
    std::string note;
};

struct list_request {
    job_state state = job_state::ready;
    std::string queue{};  ///< Only this one; empty = all. Not for done jobs, whose envelopes are gone.
    std::string kind{};   ///< The same.
    std::size_t limit = 50;
    std::size_t offset = 0;  ///< Skip so many (that pass the filter).
};

struct job_page {
    std::vector<listed_job> jobs;
    std::optional<std::size_t> next;  ///< Offset of the next page; empty = this is the last.
    bool gave_up = false;             ///< So few jobs passed the filter that the search ended before the last job.
};

/// All that is known of one job.
struct job_view {
    std::string id;
    job_state state = job_state::ready;
    std::optional<queue::job> job;  ///< Empty: done (the envelope is gone) or unreadable.
    std::string unreadable;         ///< Why the stored envelope cannot be read; empty if it can.
    queue::history history;
    std::optional<base::time_ms> at;  ///< scheduled: due; done and dead: its end.
    std::string worker;               ///< running: whose.
    std::string waits_for;            ///< ready: the limit in whose line it waits; empty = for a worker.
    std::string result;               ///< done: JSON; a duplicate's is {"duplicate_of":"<id>"}. Empty = none.
};

}  // namespace dormouse::queue
