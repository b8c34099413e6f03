#pragma once
// How the depth of a site's queues is read: two round trips, whatever the number of jobs; a third while
// jobs wait for limits.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/depth.hpp"
#include "queue/keys.hpp"

namespace dormouse::queue {

namespace redis {
class connection;
}

[[nodiscard]] base::awaitable<base::result<site_depth>> read_depth(redis::connection& c, keys names,
                                                                   base::deadline limit);

}  // namespace dormouse::queue
