#pragma once
// One command's conversation with the queue: connect, say what is to be said, close.

#include "base/async/awaitable.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "config/settings.hpp"
#include "queue/operations.hpp"

#include <functional>

namespace dormouse::cli {

/// Called once with a queue that is connected. Not itself a coroutine: it calls one and returns what that returned.
using queue_command = std::function<base::awaitable<exit_code>(queue::operations&)>;

/// The same with the connection itself.
using redis_command = std::function<base::awaitable<exit_code>(queue::redis::connection&)>;

/// Runs the command on an event loop of its own, to completion. Gives up connecting after 5 s, and much sooner when
/// nobody listens or the credentials do not hold; then says so and returns `unavailable`.
[[nodiscard]] exit_code with_queue(const context& ctx, const config::settings& settings, const queue_command& command);

[[nodiscard]] exit_code with_redis(const context& ctx, const config::settings& settings, const redis_command& command);

/// Loads the configuration first.
[[nodiscard]] exit_code with_queue(const context& ctx, const queue_command& command);

}  // namespace dormouse::cli
