#include "jobs/webhook_delivery/backoff.hpp"

#include <algorithm>
#include <array>

namespace dormouse::jobs::webhook_delivery {

namespace {
using namespace std::chrono_literals;

constexpr std::array<base::ms, 9> steps{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
}  // namespace

base::ms planned_delay(int failed, base::random_source& random) {
    if (failed <= 1) return base::ms{static_cast<std::int64_t>(random.uniform(2'000, 10'000))};
    const auto step = std::min<std::size_t>(static_cast<std::size_t>(failed) - 1, steps.size() - 1);
    return base::ms{
        static_cast<std::int64_t>(static_cast<double>(steps.at(step).count()) * random.uniform(0.75, 1.25))};
}

}  // namespace dormouse::jobs::webhook_delivery
