#pragma once
// How fast letters go to one domain of recipients, in this process: its places and rate, halved while it asks us to
// slow down (421, 450 4.7.x; spec 3-jobs B5, "Pacing"). A job that names its domain has a limit across all workers
// instead. Kept in memory: another process learns it for itself. Event loop only.

#include "base/clock.hpp"
#include "queue/limit.hpp"

#include <chrono>
#include <map>
#include <optional>
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

    /// A letter to the domain wants to go. Nothing: it may, and `leave` must follow. Else when it should come again;
    /// its turn is kept for it, so that a thousand waiting letters come back one after the other.
    [[nodiscard]] std::optional<base::time_ms> enter(const std::string& domain, const queue::limit& full,
                                                     const std::string& letter, base::time_ms now);
    void leave(const std::string& domain);

private:
    struct traffic {
        int running = 0;
        base::time_ms next_place{};
        std::map<std::string, base::time_ms> turns;  ///< Of letters that were sent away.
    };
    void forget_idle(base::time_ms now);

    std::map<std::string, base::time_ms, std::less<>> slow_until_;
    std::map<std::string, traffic, std::less<>> traffic_;
};

}  // namespace dormouse::jobs::reminder_email
