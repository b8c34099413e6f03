#pragma once
// How many quick retries a host may get (spec 3-jobs B0.5): retries must not multiply the load of a host that is
// failing because of load. First tries earn a tenth of a retry each, time earns one a second, and a hundred can be
// saved. Pure.

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dormouse::worker {

struct retry_rules {
    double per_first_try = 0.1;
    double per_second = 1;
    double most = 100;
    base::ms quick = std::chrono::seconds{60};  ///< A retry sooner than this after the failure takes one.
};

/// One bucket per host. Full ones are not kept, so memory is bounded by what was retried lately. Not thread-safe.
class retry_budget {
public:
    using instant = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_hosts = 4'096;

    explicit retry_budget(retry_rules rules) noexcept : rules_{rules} {}

    void first_try(const std::string& host, instant now);

    /// A retry `since` its predecessor failed wants to start: false if there is nothing left for it.
    [[nodiscard]] bool take(const std::string& host, base::ms since, instant now);

    [[nodiscard]] std::size_t hosts() const noexcept { return buckets_.size(); }

private:
    struct bucket {
        double left;
        instant at;
    };
    [[nodiscard]] double left_at(const bucket& b, instant now) const noexcept;
    void forget_full(instant now);

    retry_rules rules_;
    std::unordered_map<std::string, bucket> buckets_;
    instant forgot_at_{};
};

}  // namespace dormouse::worker
