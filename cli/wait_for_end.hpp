#pragma once
// Waiting until a job is done or dead.

#include "base/async/awaitable.hpp"
#include "cli/context.hpp"
#include "queue/operations.hpp"

#include <string>

namespace dormouse::cli {

/// Looks at the job again and again, at most `limit` long, and prints its end (with `json` the whole job). `ok` when it
/// is done, `failed` when it is dead or has not ended in time. `ctx` and `queue` must outlive it.
[[nodiscard]] base::awaitable<exit_code> wait_for_end(queue::operations& queue, const context& ctx, std::string id,
                                                      base::ms limit, bool json);

}  // namespace dormouse::cli
