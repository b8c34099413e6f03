#pragma once
// From how an attempt ended to what the queue has to do. Pure: `now` and the backoff are parameters.

#include "queue/broker.hpp"
#include "queue/job.hpp"
#include "queue/limit.hpp"
#include "queue/outcome.hpp"

#include <optional>
#include <vector>

namespace dormouse::worker {

/// An outcome the queue can use, whatever a handler returned: a defer without a time or a retry without a reason is
/// made a retry with reason `bad_outcome`; a time in the past is now; results and reasons are cut to their limits.
[[nodiscard]] queue::outcome sanitised(queue::outcome o, base::time_ms now);

/// `last_attempt`: number of the last attempt the job may have. `backoff`: delay of a retry that names no time.
/// Empty = a plain ack is enough. Success of a job with `then` carries the follower, and names it in the result.
[[nodiscard]] std::optional<queue::settlement> settlement_of(const queue::claimed_job& c, const queue::outcome& o,
                                                             int last_attempt, base::ms backoff, base::time_ms now);

/// Back to the queue unfinished, without spending an attempt.
[[nodiscard]] queue::settlement release_of(const queue::claimed_job& c);

/// In line for its limits, `limits.front()` first; they are not empty.
[[nodiscard]] queue::settlement waiting_of(const queue::claimed_job& c, const std::vector<queue::limit>& limits);

/// Into the list of its lane.
[[nodiscard]] queue::settlement parking_of(const queue::claimed_job& c, std::string lane);

/// A claimed id that has no envelope.
[[nodiscard]] queue::settlement farewell_to(std::string id);

/// Dead without having run.
[[nodiscard]] queue::settlement burial_of(const queue::claimed_job& c, std::string reason, const std::string& detail,
                                          base::time_ms now);

}  // namespace dormouse::worker
