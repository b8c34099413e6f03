#pragma once
// The way into the public intake for those who hold envelopes already: what a site's plugin does with LPUSH.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/keys.hpp"

#include <string>
#include <vector>

namespace dormouse::queue {

namespace redis {
class connection;
}

/// Puts envelopes, the oldest first, into the site's intake by one LPUSH: all or none. They are not looked at;
/// admission judges them and keeps what is none among the dead jobs. Errors as of redis::connection, and Redis' own
/// refusals (denied, server_error). After connection_lost and timed_out Redis may have them: saying it again is
/// harmless if they have ids. The connection must outlive the call.
[[nodiscard]] base::awaitable<base::result<void>> push_to_intake(redis::connection& c, keys names,
                                                                 std::vector<std::string> envelopes,
                                                                 base::deadline limit);

}  // namespace dormouse::queue
