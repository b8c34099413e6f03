#include "jobs/webhook_delivery/backoff.hpp"

#include "queue/retry_policy.hpp"

#include <array>

namespace dormouse::jobs::webhook_delivery {

namespace {
using namespace std::chrono_literals;

constexpr std::array<base::ms, 9> steps{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
}  // namespace

base::ms planned_delay(int failed, base::random_source& random) {
    if (failed <= 1) return base::ms{static_cast<std::int64_t>(random.uniform(2'000, 10'000))};
    return queue::listed_backoff(steps, failed, random);
}

}  // namespace dormouse::jobs::webhook_delivery
