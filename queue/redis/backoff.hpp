#pragma once
// When to try to connect again. Pure.

#include "base/clock.hpp"
#include "base/random.hpp"

namespace dormouse::queue::redis {

/// Full jitter with a floor: uniform between `least` and min(most, least·2^failures). `failures` counts from 1.
[[nodiscard]] base::ms reconnect_delay(unsigned failures, base::ms least, base::ms most, base::random_source& random);

}  // namespace dormouse::queue::redis
