#pragma once
// How the jobs in a state are listed.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/job_view.hpp"
#include "queue/keys.hpp"

#include <cstddef>

namespace dormouse::queue {

namespace redis {
class connection;
}

inline constexpr std::size_t longest_page = 1'000;        ///< Jobs of one request.
inline constexpr std::size_t most_looked_at = 20'000;     ///< Jobs that a filter may be tried on in one request.
inline constexpr std::size_t largest_offset = 1'000'000;  ///< A page deeper than that costs Redis too much.

/// One page. Ready and running jobs come oldest first, scheduled ones by due time, dead and done ones newest first.
/// Errors: invalid_argument for a page too long or too deep, and for a filter on done jobs; not_found for a queue that
/// never had a job.
[[nodiscard]] base::awaitable<base::result<job_page>> list_jobs(redis::connection& c, keys names, list_request what,
                                                                base::deadline limit);

}  // namespace dormouse::queue
