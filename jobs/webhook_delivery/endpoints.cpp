#include "jobs/webhook_delivery/endpoints.hpp"

#include <algorithm>

namespace dormouse::jobs::webhook_delivery {

std::optional<base::time_ms> endpoints::paused_until(std::int64_t hook_id, base::time_ms now) {
    const auto found = known_.find(hook_id);
    if (found == known_.end() || !found->second.paused_until) return std::nullopt;
    if (*found->second.paused_until > now) return found->second.paused_until;
    found->second.paused_until.reset();
    drop_if_ordinary(hook_id);
    return std::nullopt;
}

void endpoints::pause(std::int64_t hook_id, base::time_ms until) {
    auto& m = at(hook_id);
    m.paused_until = std::max(m.paused_until.value_or(until), until);
}

void endpoints::learn(std::int64_t hook_id, strain s) {
    if (s == strain::strained) {
        auto& m = at(hook_id);
        m.slots = std::max(1, m.slots / 2);
    } else if (s == strain::healthy && slots(hook_id) < full_) {
        ++at(hook_id).slots;
        drop_if_ordinary(hook_id);
    }
}

int endpoints::slots(std::int64_t hook_id) const noexcept {
    const auto found = known_.find(hook_id);
    return found == known_.end() ? full_ : found->second.slots;
}

bool endpoints::first_alert(std::int64_t hook_id, int step) {
    if (step == 0) return false;
    auto& m = at(hook_id);
    if (step <= m.alerted) return false;
    m.alerted = step;
    return true;
}

void endpoints::forget_alerts(std::int64_t hook_id) {
    const auto found = known_.find(hook_id);
    if (found == known_.end()) return;
    found->second.alerted = 0;
    drop_if_ordinary(hook_id);
}

bool endpoints::first_secret_warning(std::int64_t hook_id) { return !std::exchange(at(hook_id).secret_warned, true); }

void endpoints::drop_if_ordinary(std::int64_t hook_id) {
    const auto& m = known_.at(hook_id);
    if (!m.paused_until && m.slots == full_ && m.alerted == 0 && !m.secret_warned) known_.erase(hook_id);
}

}  // namespace dormouse::jobs::webhook_delivery
