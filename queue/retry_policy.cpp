#include "queue/retry_policy.hpp"

#include <algorithm>
#include <cmath>

namespace dormouse::queue {

namespace {
constexpr base::ms floor_delay{1'000};
constexpr int largest_exponent = 40;  // 2^40 ms is 35 years: any cap comes first

base::ms rounded(double millis) { return base::ms{static_cast<std::int64_t>(std::llround(millis))}; }
}  // namespace

base::ms full_jitter(base::ms first, base::ms cap, int failed, base::random_source& random) {
    const int exponent = std::clamp(failed - 1, 0, largest_exponent);
    const double grown = static_cast<double>(first.count()) * std::exp2(exponent);
    const double highest = std::min(static_cast<double>(cap.count()), grown);
    return std::max(floor_delay, rounded(random.uniform(0.0, highest)));
}

base::ms listed_backoff(std::span<const base::ms> steps, int failed, base::random_source& random) {
    if (steps.empty()) return floor_delay;
    const auto index = std::min(static_cast<std::size_t>(std::max(failed, 1) - 1), steps.size() - 1);
    return rounded(static_cast<double>(steps[index].count()) * random.uniform(0.75, 1.25));
}

}  // namespace dormouse::queue
