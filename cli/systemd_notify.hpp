#pragma once
// What systemd wants to hear of a Type=notify service (sd_notify(3)). Without NOTIFY_SOCKET every call does nothing.

#include <chrono>
#include <optional>
#include <string>

namespace dormouse::cli {

void notify_ready(const std::string& status);
void notify_stopping(const std::string& status);
void notify_watchdog();

/// How often the unit's WatchdogSec= wants to be fed at the latest; nothing if it has none.
[[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_period();

}  // namespace dormouse::cli
