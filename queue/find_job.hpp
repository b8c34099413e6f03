#pragma once
// Where one job is and what is kept of it, read at one moment.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/job_view.hpp"
#include "queue/keys.hpp"

#include <string>
#include <vector>

namespace dormouse::queue {

namespace redis {
class connection;
}

struct found_job {
    job_view view;
    std::string envelope;              ///< As stored; empty for a done job.
    base::time_ms now{};               ///< Redis time.
    std::vector<std::string> workers;  ///< All that were known then, living or lost.
};

/// Errors: invalid_argument if `id` is no job id; not_found.
[[nodiscard]] base::awaitable<base::result<found_job>> find_job(redis::connection& c, keys names, std::string id,
                                                                base::deadline limit);

}  // namespace dormouse::queue
