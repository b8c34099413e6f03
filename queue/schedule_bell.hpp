#pragma once
// Waiting for operators' wishes without polling: a blocked connection of its own. Every wait has a server-side time
// and, two seconds later, a client-side deadline.

#include "base/async/awaitable.hpp"
#include "base/error.hpp"
#include "queue/keys.hpp"
#include "queue/redis/connection.hpp"

#include <string>

namespace dormouse::queue {

/// Lives on one event loop; `run` first, then one `rung` at a time. One ring is heard by one of all that wait.
class schedule_bell {
public:
    schedule_bell(base::asio::any_io_executor on, redis::connection_options options, const keys& names);

    /// Keeps the connection alive until `close`.
    [[nodiscard]] base::awaitable<> run() { return connection_.run(); }
    /// True when somebody rang, false after `wait`.
    [[nodiscard]] base::awaitable<base::result<bool>> rung(base::ms wait);
    [[nodiscard]] base::awaitable<base::result<void>> wait_connected(base::deadline limit) {
        return connection_.wait_connected(limit);
    }
    [[nodiscard]] base::awaitable<> close(base::deadline limit) { return connection_.close(limit); }

private:
    redis::connection connection_;
    std::string key_;
};

}  // namespace dormouse::queue
