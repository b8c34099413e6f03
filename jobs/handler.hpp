#pragma once
// What a job kind is to the worker. A kind is one folder here, one line in `registry.cpp`, one section of the
// configuration; nothing else changes (house law 4).

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "queue/job.hpp"
#include "queue/limit.hpp"
#include "queue/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dormouse::jobs {

/// One attempt, as its handler sees it. Lives until the handler's coroutine has ended.
struct attempt {
    const queue::claimed_job& claimed;
    /// The number of the last attempt the job is allowed; `claimed.attempt() == last_attempt` is the last one.
    int last_attempt;
    base::deadline limit;  ///< Pass it down to every call.
    base::time_ms now;     ///< Redis time at the start of the attempt.
    base::clock& clock;
    base::random_source& random;
};

class handler {
public:
    virtual ~handler() = default;

    /// Name in envelopes, config, metrics. Constant.
    [[nodiscard]] virtual std::string_view kind() const noexcept = 0;

    /// Checks `args` before the job becomes ready. An error sends the job to dead with reason `bad_args`.
    [[nodiscard]] virtual base::result<void> check(const boost::json::object& args) const = 0;

    /// Jobs with the same lane share a limit of running attempts (`worker.per_endpoint`); empty = no limit.
    [[nodiscard]] virtual std::string lane([[maybe_unused]] const boost::json::object& args) const { return {}; }

    /// How many attempts of the lane should run at once now, from 1 to `full` (`worker.per_endpoint`): less than full
    /// after answers that show strain (spec 3-jobs B1: 502, 503, 504, timeout). Event loop only.
    [[nodiscard]] virtual int lane_slots([[maybe_unused]] std::string_view lane, int full) const noexcept {
        return full;
    }

    /// The target that attempts with these args call: one circuit breaker each (spec 3-jobs B0.5), for example
    /// `hook:7` or `wallet`. Empty = no breaker.
    [[nodiscard]] virtual std::string target([[maybe_unused]] const boost::json::object& args) const { return {}; }

    /// Limits across all workers that an attempt must hold a place in, the widest first: jobs that find no place wait
    /// in line for that one, in order, without a slot. Not empty = `lane` is not asked. Called for args that
    /// `check` has accepted.
    [[nodiscard]] virtual std::vector<queue::limit> limits([[maybe_unused]] const boost::json::object& args) const {
        return {};
    }

    /// Limits when the envelope gives none.
    [[nodiscard]] virtual base::ms default_timeout() const noexcept = 0;
    [[nodiscard]] virtual int default_max_attempts() const noexcept = 0;

    /// Delay before the next attempt after `failed` attempts (from 1) when the outcome names no time.
    [[nodiscard]] virtual base::ms backoff(int failed, base::random_source& random) const = 0;

    /// Runs one attempt on the event loop. Returns by value what happened; an exception that escapes is counted as
    /// a failed attempt with reason `exception`. Cancelled (operation_aborted) at the deadline, on shutdown and when
    /// the lease is lost; whatever must be written after that runs under `base::shield()`.
    [[nodiscard]] virtual base::awaitable<queue::outcome> run(const attempt& a) = 0;
};

}  // namespace dormouse::jobs
