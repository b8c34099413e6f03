#pragma once
// When a failed delivery is tried again (spec 3-jobs B0.4, B1). Pure.

#include "base/clock.hpp"
#include "base/random.hpp"

namespace dormouse::jobs::webhook_delivery {

/// The planned delay after `failed` attempts (from 1): 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each
/// times U(0.75, 1.25); the first is U(2 s, 10 s), so that a common failure does not come back as a herd. Later ones
/// repeat the last.
[[nodiscard]] base::ms planned_delay(int failed, base::random_source& random);

}  // namespace dormouse::jobs::webhook_delivery
