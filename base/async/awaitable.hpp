#pragma once
// The coroutine vocabulary of the house. Awaitables report expected failures by value (`result<T>`).

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dormouse::base {

namespace asio = boost::asio;

template <class T = void>
using awaitable = asio::awaitable<T>;

/// Completes with a tuple whose first element is the error code; never throws for a failed operation.
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// From here on this coroutine's awaits are not cancelled: for settling, releasing and closing after a
/// cancellation has arrived, which would otherwise make every further await throw operation_aborted.
/// Call as `co_await shield();`. Every await below it needs a deadline of its own.
[[nodiscard]] inline auto shield() { return asio::this_coro::reset_cancellation_state(asio::disable_cancellation()); }

}  // namespace dormouse::base
