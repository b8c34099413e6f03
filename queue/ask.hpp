#pragma once
// Several questions to Redis in one round trip.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/redis/connection.hpp"
#include "queue/redis/reply.hpp"

#include <vector>

namespace dormouse::queue {

using answers = std::vector<redis::reply>;

/// The replies in order; the first error reply, where there is one, is the error. No commands: no answers.
[[nodiscard]] base::awaitable<base::result<answers>> ask(redis::connection& c, redis::command_buffer commands,
                                                         base::deadline limit);

}  // namespace dormouse::queue
