#pragma once
// The unit of work and the facts the queue keeps about it. Data only: `jobs/` may include this and `outcome.hpp`
// and nothing else of `queue/`.

#include "base/clock.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace dormouse::queue {

/// 0 runs first, 2 last; within one priority a queue is first in, first out.
inline constexpr int priority_high = 0;
inline constexpr int priority_normal = 1;
inline constexpr int priority_low = 2;
inline constexpr int priority_count = 3;

/// Jobs that may follow one another by `then`, the first not counted.
inline constexpr int longest_chain = 4;

/// An envelope, understood (spec 2-queue, Envelope v1). `args` name objects, never targets.
struct job {
    std::string id;    ///< ULID; unique on the site.
    std::string kind;  ///< What runs it; a name of the registry.
    std::string site;
    boost::json::object args;
    std::string key;                      ///< Idempotency key; empty = none.
    std::optional<base::time_ms> at;      ///< Not before.
    std::optional<base::time_ms> expire;  ///< Not after: dead with reason `expired`.
    std::string queue = "default";        ///< Where it waits.
    int priority = priority_normal;
    std::optional<base::ms> timeout;  ///< Limit of one attempt; empty = the kind's.
    std::optional<int> max_attempts;  ///< Empty = the kind's.
    base::time_ms issued_at{};        ///< `iat`: when the producer made it; zero if it did not say.
    std::string trace;                ///< W3C traceparent, passed on as it came.
    /// `then`: the job that follows this one's success, admitted atomically with its ack. An envelope without `id`,
    /// `v` and `site`; at most `longest_chain` deep.
    std::shared_ptr<const job> then;
};

/// What earlier attempts left behind (`try` hash). Written only on failure, release after a crash, and defer.
struct history {
    int attempts = 0;  ///< Attempts that ran and failed.
    int crashes = 0;   ///< Leases that ended without an outcome.
    int defers = 0;
    std::optional<base::time_ms> first_failure;
    std::optional<base::time_ms> last_failure;
    std::string first_error;
    std::string last_error;
    /// Why the last attempt put the job off without being counted; empty once one has failed.
    std::string deferred_because;
    std::string dead_reason;  ///< Why the job is dead; empty while it is not.
    std::string state;        ///< Private to the kind (for example "3xx in a row"); at most 1 KiB.
};

/// A job this worker owns now.
struct claimed_job {
    queue::job job;
    queue::history history;
    /// Number of the attempt that is about to run, from 1.
    [[nodiscard]] int attempt() const noexcept { return history.attempts + 1; }
};

}  // namespace dormouse::queue
