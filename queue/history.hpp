#pragma once
// The `try` hash: what earlier attempts left behind, as JSON that Lua never reads.

#include "queue/job.hpp"
#include "queue/outcome.hpp"

#include <string>
#include <string_view>

namespace dormouse::queue {

[[nodiscard]] std::string to_json(const history& h);

/// Empty or broken text is an empty history: losing a counter is better than losing a job.
[[nodiscard]] history read_history(std::string_view text);

/// After an attempt that ended with `o` (retry, defer, dead) at `now`.
[[nodiscard]] history after_outcome(history h, const outcome& o, base::time_ms now);

/// After a lease ended without an outcome.
[[nodiscard]] history after_crash(history h, base::time_ms now);

/// Marks the job dead.
[[nodiscard]] history as_dead(history h, std::string reason, const std::string& detail, base::time_ms now);

}  // namespace dormouse::queue
