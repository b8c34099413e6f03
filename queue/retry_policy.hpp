#pragma once
// When to try again (spec 2-queue "Retry", 3-jobs B0.4). Pure: randomness is a parameter.

#include "base/clock.hpp"
#include "base/random.hpp"

#include <span>

namespace dormouse::queue {

/// API kinds: full jitter with a floor, `max(1 s, U(0, min(cap, base·2^n)))`, n = failed − 1.
/// `failed` counts from 1; any value is safe from overflow.
[[nodiscard]] base::ms full_jitter(base::ms first, base::ms cap, int failed, base::random_source& random);

/// Kinds with a fixed list: the failed-th step × U(0.75, 1.25), the last step for all that follow.
[[nodiscard]] base::ms listed_backoff(std::span<const base::ms> steps, int failed, base::random_source& random);

}  // namespace dormouse::queue
