#pragma once
// What one coroutine waits for until another part of the same event loop says so.

#include "base/async/awaitable.hpp"

#include <optional>

namespace dormouse::queue::redis {

/// For one waiter at a time, on one thread. Must live until the wait has ended.
class wake_up {
public:
    wake_up() = default;
    wake_up(const wake_up&) = delete;
    wake_up& operator=(const wake_up&) = delete;

    /// Ends on `wake()`, at once if that came before, or on cancellation of the waiting coroutine; it does not tell
    /// which. Not a timer with a deadline in the far future, as is usual: arming one costs a system call.
    [[nodiscard]] base::awaitable<> wait();

    /// Never resumes the waiter inside this call.
    void wake();

private:
    using handler = base::asio::async_result<base::asio::use_awaitable_t<>, void()>::handler_type;

    std::optional<handler> waiting_;
    bool woken_ = false;
};

}  // namespace dormouse::queue::redis
