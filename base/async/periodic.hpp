#pragma once
// A step that runs again and again until cancelled: heartbeats, sweeps, flushes.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"

#include <functional>
#include <string>

namespace dormouse::base {

/// Runs `step`, waits `pause`, and so on. A step that throws is logged as `<name>.failed` and tried again after the
/// next pause; cancellation ends the loop quietly. `step` must outlive the loop; `name` is copied.
[[nodiscard]] awaitable<> run_periodically(std::string name, ms pause, std::function<awaitable<>()> step);

}  // namespace dormouse::base
