#include "jobs/reminder_email/opening.hpp"

#include "jobs/api/rows.hpp"

#include <algorithm>
#include <chrono>

namespace dormouse::jobs::reminder_email {

std::optional<site::opening> opening_ahead(std::span<const site::opening> all, base::time_ms now) {
    if (all.empty()) return std::nullopt;
    const auto found = std::ranges::find_if(all, [now](const site::opening& o) { return now < o.to; });
    auto next = found == all.end() ? all.back() : *found;
    if (next.to <= now) {
        const auto days = std::chrono::floor<std::chrono::days>(now - next.to) + std::chrono::days{1};
        next = {next.from + days, next.to + days};
    }
    if (next.from <= now) return std::nullopt;
    return next;
}

base::time_ms turn_in(const site::opening& next, base::random_source& random) {
    const auto within = std::min<base::ms>(std::chrono::hours{1}, (next.to - next.from) / 2);
    return next.from + api::random_between(base::ms{0}, within, random);
}

}  // namespace dormouse::jobs::reminder_email
