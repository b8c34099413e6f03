#pragma once
// Runs an awaitable against a deadline.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

namespace dormouse::base {

/// The result of `op`, or errc::timed_out when `limit` comes first; then `op` is cancelled and has ended before
/// this returns. `op` must report errors by value: Asio's `||` swallows an exception of one side while the other
/// still runs (Boost 1.81, measured).
template <class T>
[[nodiscard]] awaitable<result<T>> with_deadline(awaitable<result<T>> op, deadline limit) {
    if (limit.is_never()) co_return co_await std::move(op);
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer{co_await asio::this_coro::executor, limit.at()};
    auto winner = co_await (std::move(op) || timer.async_wait(as_result));
    if (winner.index() == 0) co_return std::get<0>(std::move(winner));
    co_return error{errc::timed_out};
}

}  // namespace dormouse::base
