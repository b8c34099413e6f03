#pragma once
// Starts a service loop. The one place where what escapes from a loop is caught (house law 2).

#include "base/async/awaitable.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>

namespace dormouse::base {

/// Runs `loop` on the executor; `on_end` runs when it has ended, however. An exception is logged as `<name>.died` at
/// level error; a cancellation is not.
void spawn(const asio::any_io_executor& on, std::string name, awaitable<> loop, std::function<void()> on_end = {});

}  // namespace dormouse::base
