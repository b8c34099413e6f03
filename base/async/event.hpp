#pragma once
// Something another coroutine of the same event loop waits for, with a time limit.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace dormouse::base {

/// A flag with one waiter at a time. Lives on one event loop and until the wait has ended.
class event {
public:
    explicit event(const asio::any_io_executor& on) : timer_{on} {}

    /// Raises the flag; the waiter is resumed later, never inside this call.
    void set() {
        set_ = true;
        timer_.cancel();
    }

    /// Until the flag is up or `limit`; takes the flag down. True if it was up. Ends with false on cancellation.
    [[nodiscard]] awaitable<bool> wait(deadline limit) {
        // Also a limit in the past waits one turn of the loop: whoever waits in a loop must not starve the others.
        if (!set_) {
            timer_.expires_at(limit.at());
            (void)co_await timer_.async_wait(as_result);
        }
        co_return std::exchange(set_, false);
    }

private:
    asio::steady_timer timer_;  // a condition variable: its cancellation is the message
    bool set_ = false;
};

}  // namespace dormouse::base
