#pragma once
// Tells an outage of ours from one of theirs (spec 3-jobs B0.5): when several hosts fail in the same way before the
// first byte and none answers, it is our network or our resolver. Such failures must cost no attempt. Pure.

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace dormouse::worker {

struct outage_rules {
    std::size_t hosts = 3;                       ///< So many different ones fail in the same class
    base::ms within = std::chrono::seconds{10};  ///< within this, while none answers,
    base::ms length =
        std::chrono::seconds{30};  ///< and the class counts as out for so long after the last such failure.
};

/// Not thread-safe.
class outage {
public:
    using instant = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_hosts = 64;  ///< Remembered per class; more say nothing new.

    explicit outage(outage_rules rules) noexcept : rules_{rules} {}

    enum class change { none, begun, ended };

    /// A host answered: whatever the status, the way to it is there. Ends every outage.
    change answered();
    /// `host` failed before the first byte; `failure` is the class (`dns`, `connect`, `tls` …).
    change failed(const std::string& failure, const std::string& host, instant now);
    /// Ends outages whose time is over.
    change look(instant now);

    /// Until when failures of this class are ours; empty if they are the host's.
    [[nodiscard]] std::optional<instant> until(const std::string& failure, instant now) const;
    [[nodiscard]] bool is_on() const noexcept { return on_; }

private:
    struct failure_class {
        std::map<std::string, instant> hosts;  // last failure of each
        instant out_until{};
    };

    outage_rules rules_;
    std::map<std::string, failure_class> classes_;
    bool on_ = false;
};

}  // namespace dormouse::worker
