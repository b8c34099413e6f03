#pragma once
// Failures of one hook since its last success: what auto-disable decides on (spec 3-jobs, B1). Pure.

#include "base/clock.hpp"

#include <optional>

namespace dormouse::site {

struct hook_health {
    int failures = 0;
    std::optional<base::time_ms> first_failure;
    std::optional<base::time_ms> last_failure;
    std::optional<base::time_ms> last_success;
    friend bool operator==(const hook_health&, const hook_health&) = default;
};

/// The health after one more attempt. Attempts of several workers may come out of order: times only widen.
[[nodiscard]] hook_health after_attempt(hook_health before, bool success, base::time_ms at) noexcept;

}  // namespace dormouse::site
