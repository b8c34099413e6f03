#include "worker/retry_budget.hpp"

#include <algorithm>

namespace dormouse::worker {

void retry_budget::first_try(const std::string& host, instant now) {
    const auto it = buckets_.find(host);
    if (it == buckets_.end()) return;
    auto& b = it->second;
    b = {left_at(b, now) + rules_.per_first_try, now};
    if (b.left >= rules_.most) buckets_.erase(it);
}

bool retry_budget::take(const std::string& host, base::ms since, instant now) {
    if (since >= rules_.quick) return true;
    if (buckets_.size() >= most_hosts && !buckets_.contains(host)) {
        forget_full(now);
        if (buckets_.size() >= most_hosts) return true;
    }
    auto& b = buckets_.try_emplace(host, bucket{rules_.most, now}).first->second;
    b = {left_at(b, now), now};
    if (b.left < 1) return false;
    b.left -= 1;
    return true;
}

double retry_budget::left_at(const bucket& b, instant now) const noexcept {
    const auto passed = std::chrono::duration<double>(now - b.at).count();
    return std::min(rules_.most, b.left + rules_.per_second * std::max(0.0, passed));
}

// At most once a second: it looks at all of them.
void retry_budget::forget_full(instant now) {
    if (now - forgot_at_ < std::chrono::seconds{1}) return;
    forgot_at_ = now;
    std::erase_if(buckets_, [&](const auto& entry) { return left_at(entry.second, now) >= rules_.most; });
}

}  // namespace dormouse::worker
