#include "jobs/webhook_delivery/auto_disable.hpp"

#include <algorithm>

namespace dormouse::jobs::webhook_delivery {

namespace {
double part(base::ms have, base::ms need) {
    return std::clamp(static_cast<double>(have.count()) / static_cast<double>(need.count()), 0.0, 1.0);
}
}  // namespace

double failing_share(const site::hook_health& health, base::time_ms now, const disable_rule& rule) {
    if (health.failures <= 0 || !health.first_failure || !health.last_failure) return 0;
    const auto since = health.last_success.value_or(*health.first_failure);
    const auto count = std::min(1.0, static_cast<double>(health.failures) / rule.failures);
    return std::min({part(now - since, rule.without_success), count,
                     part(*health.last_failure - *health.first_failure, rule.spread)});
}

int alert_step(double share) noexcept {
    for (const int step : {100, 90, 70, 50}) {
        if (share >= step / 100.0) return step;
    }
    return 0;
}

}  // namespace dormouse::jobs::webhook_delivery
