#include "jobs/reminder_email/domain_pace.hpp"

#include <algorithm>

namespace dormouse::jobs::reminder_email {

void domain_pace::slow_down(const std::string& domain, base::time_ms now) {
    std::erase_if(slow_until_, [now](const auto& entry) { return entry.second <= now; });
    slow_until_[domain] = now + memory;
}

queue::limit domain_pace::of(std::string_view domain, queue::limit full, base::time_ms now) const {
    const auto slow = slow_until_.find(domain);
    if (slow == slow_until_.end() || slow->second <= now) return full;
    full.most = std::max(1, full.most / 2);
    if (full.per_minute) full.per_minute = std::max(1, *full.per_minute / 2);
    return full;
}

}  // namespace dormouse::jobs::reminder_email
