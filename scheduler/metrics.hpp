#pragma once
// What a scheduler counts, in a registry of prometheus-cpp; shown by admin/ at `/metrics`. Every name is explained in
// docs/metrics.md.

#include "base/clock.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::scheduler {

/// Used on the event loop only; `collect` from any thread. Labels are names of the configuration and words of ours.
class metrics {
public:
    metrics();

    /// This scheduler settled a tick: `fired`, `skipped` (with the reason) or `adopted`.
    void tick_settled(const std::string& schedule, std::string_view what, std::string_view reason);
    /// From the moment a tick was due until it was fired.
    void fired_late(const std::string& schedule, base::ms late);
    void set_next(const std::string& schedule, base::time_ms due);
    void set_paused(const std::string& schedule, bool paused);

    /// The run of a duty by this scheduler; `outcome` as in docs/metrics.md.
    void set_running(const std::string& schedule, bool on);
    void run_ended(const std::string& schedule, std::string_view outcome, base::ms took, base::time_ms now);
    /// A run whose scheduler died was taken over.
    void taken_over(const std::string& schedule);

    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

private:
    using counters = prometheus::Family<prometheus::Counter>;
    using gauges = prometheus::Family<prometheus::Gauge>;

    prometheus::Registry registry_;
    counters& ticks_;
    gauges& late_;
    gauges& next_;
    gauges& paused_;
    gauges& running_;
    counters& runs_;
    gauges& took_;
    gauges& succeeded_;
    counters& taken_over_;
};

}  // namespace dormouse::scheduler
