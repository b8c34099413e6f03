#pragma once
// Which domains of recipients asked us to slow down (421, 450 4.7.x), and what that makes of their limit (spec 3-jobs
// B5, "Pacing"). Kept in memory: another process learns it for itself. Event loop only.

#include "base/clock.hpp"
#include "queue/limit.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace dormouse::jobs::reminder_email {

class domain_pace {
public:
    /// For so long after it last asked, a domain gets half.
    static constexpr base::ms memory = std::chrono::minutes{15};

    void slow_down(const std::string& domain, base::time_ms now);

    /// `full`, or half of its places and rate (at least one) while the domain is slow.
    [[nodiscard]] queue::limit of(std::string_view domain, queue::limit full, base::time_ms now) const;

private:
    std::map<std::string, base::time_ms, std::less<>> slow_until_;
};

}  // namespace dormouse::jobs::reminder_email
