#pragma once
// When a hook that only fails is switched off (spec 3-jobs B1, last paragraph). Pure.

#include "base/clock.hpp"
#include "site/deliveries.hpp"

namespace dormouse::jobs::webhook_delivery {

struct disable_rule {
    base::ms without_success = std::chrono::hours{120};
    int failures = 20;
    base::ms spread = std::chrono::hours{12};  ///< Between the first failure and the last.
};

/// How far the hook is on its way to being switched off, from 0 to 1: 1 means that every condition of the rule holds.
/// The time without success counts from the last success, or from the first failure if there never was one.
[[nodiscard]] double failing_share(const site::hook_health& health, base::time_ms now, const disable_rule& rule = {});

/// The highest of 50, 70, 90 and 100 percent that `share` has reached; 0 below.
[[nodiscard]] int alert_step(double share) noexcept;

}  // namespace dormouse::jobs::webhook_delivery
