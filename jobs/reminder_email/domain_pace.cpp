#include "jobs/reminder_email/domain_pace.hpp"

#include <algorithm>

namespace dormouse::jobs::reminder_email {

namespace {
constexpr base::ms busy_pause = std::chrono::seconds{5};
// At 30 a minute five letters go at once before the rest are spread.
constexpr base::ms head_start = std::chrono::seconds{8};
constexpr int unpaced = 60'000;
}  // namespace

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

std::optional<base::time_ms> domain_pace::enter(const std::string& domain, const queue::limit& full,
                                                const std::string& letter, base::time_ms now) {
    forget_idle(now);
    const auto limit = of(domain, full, now);
    auto& t = traffic_[domain];
    if (t.running >= limit.most) return now + busy_pause;
    if (const auto kept = t.turns.find(letter); kept != t.turns.end()) {
        if (kept->second > now) return kept->second;
        t.turns.erase(kept);
    } else {
        const auto place = std::max(t.next_place, now);
        t.next_place = place + base::ms{std::chrono::minutes{1}} / std::max(1, limit.per_minute.value_or(unpaced));
        const auto turn = place - head_start;
        if (turn > now) return t.turns.emplace(letter, turn).first->second;
    }
    ++t.running;
    return std::nullopt;
}

void domain_pace::leave(const std::string& domain) {
    if (const auto t = traffic_.find(domain); t != traffic_.end()) --t->second.running;
}

void domain_pace::forget_idle(base::time_ms now) {
    // A turn nobody came for is given up after a while: its job ended otherwise.
    for (auto& [unused, t] : traffic_) std::erase_if(t.turns, [now](const auto& e) { return e.second + memory < now; });
    std::erase_if(traffic_, [now](const auto& e) {
        return e.second.running == 0 && e.second.next_place <= now && e.second.turns.empty();
    });
}

}  // namespace dormouse::jobs::reminder_email
