#pragma once
// Waiting without polling: two blocked connections of their own, one for new envelopes, one for ready jobs. Every wait
// has a server-side time and, two seconds later, a client-side deadline, so that a half-dead connection cannot keep a
// worker from consuming (promise 9).

#include "base/async/awaitable.hpp"
#include "base/error.hpp"
#include "queue/keys.hpp"
#include "queue/redis/connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dormouse::queue {

/// Lives on one event loop; `run_*` first, then at most one call of each wait at a time.
class waiter {
public:
    waiter(const base::asio::any_io_executor& on, const redis::connection_options& options, const keys& names,
           const std::vector<std::string>& queues);

    /// Keep the two connections alive until `close`.
    [[nodiscard]] base::awaitable<> run_intake() { return intake_.run(); }
    [[nodiscard]] base::awaitable<> run_wake() { return wake_.run(); }

    /// True when the public intake holds something, false after `wait`. Takes nothing out: `BLMOVE in in LEFT LEFT`
    /// puts back what it took, and only `admit` removes.
    [[nodiscard]] base::awaitable<base::result<bool>> intake_filled(base::ms wait);

    /// True when somebody rang for one of the served queues, false after `wait`.
    [[nodiscard]] base::awaitable<base::result<bool>> rung(base::ms wait);

    /// Until both connections can be used, or `limit`.
    [[nodiscard]] base::awaitable<base::result<void>> wait_connected(base::deadline limit);
    [[nodiscard]] base::awaitable<> close(base::deadline limit);

    [[nodiscard]] std::uint64_t reconnects() const noexcept;

private:
    redis::connection intake_;
    redis::connection wake_;
    std::string in_;
    std::vector<std::string> wakes_;
};

}  // namespace dormouse::queue
