#pragma once
// What a worker counts about its own life, in a registry of prometheus-cpp; shown by admin/ at `/metrics`. Cheap enough
// to be called for every job (about 60 ns a job, tests/bench/metrics_bench.cpp). Every name is explained in
// docs/metrics.md.

#include "queue/outcome.hpp"
#include "worker/by_label.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::worker {

/// Redis in a state that endangers jobs (spec 2-queue, promise 8).
enum class redis_alarm {
    flushed,   ///< The epoch sentinel is gone: somebody emptied the database.
    eviction,  ///< `maxmemory-policy` may throw keys away.
    replica,   ///< A replica answers where a master should.
    no_aof,    ///< What was acknowledged does not survive a restart.
};
inline constexpr std::size_t redis_alarm_count = 4;
[[nodiscard]] std::string_view to_string(redis_alarm a) noexcept;

/// Used on the event loop only; `collect` from any thread.
class metrics {
public:
    using duration = std::chrono::nanoseconds;

    /// The names this process serves: they are always told apart, and shown at zero from the start.
    explicit metrics(const std::vector<std::string>& kinds = {}, const std::vector<std::string>& queues = {});

    /// An attempt starts; `waited` since the job was ready (issued or due).
    void attempt_started(std::string_view queue, duration waited) { observe(*pickup_[queue], waited); }

    /// An attempt ended with an outcome of its handler. Anything but `done` is counted by its reason, too.
    void attempt_ended(std::string_view kind, const queue::outcome& o, duration took);

    /// An attempt was cut short by shutdown and its job given back without spending the attempt.
    void attempt_released(std::string_view kind, duration took);

    /// A call to Redis was answered; `script` names what was called.
    void redis_answered(std::string_view script, duration took) { observe(*redis_[script], took); }

    /// An outcome was refused because the job belongs to somebody else by now (promise 2).
    void lease_lost(std::uint64_t jobs = 1) { lost_leases_.Increment(static_cast<double>(jobs)); }
    /// Jobs taken back from workers whose lease had ended.
    void recovered(std::uint64_t jobs) { recovered_.Increment(static_cast<double>(jobs)); }
    /// Leases that ended without an outcome (promise 3).
    void crashed(std::uint64_t jobs = 1) { crashes_.Increment(static_cast<double>(jobs)); }
    /// An envelope was not admitted (promise 6).
    void rejected(std::string_view reason) { rejected_[reason]->Increment(); }
    /// A job was not admitted because its idempotency key lives (promise 5).
    void duplicate(std::uint64_t jobs = 1) { duplicates_.Increment(static_cast<double>(jobs)); }
    /// The connection to Redis was lost and made again.
    void reconnected() { reconnects_.Increment(); }

    void set_slots(int used, int total);

    /// What the gate says of a target (worker/gate.hpp). Those that are well are not shown, and of the others at most
    /// 64 by name.
    enum class target_state { well = 0, half_open = 1, open = 2 };
    void set_target(const std::string& target, target_state s);
    /// A retry had to wait; `reason` as in `gate::refusal`.
    void retry_refused(std::string_view reason) { refused_retries_[reason]->Increment(); }
    void set_local_outage(bool on);
    /// Lanes that get one slot because they are slow.
    void set_slow_lanes(std::size_t lanes) { slow_lanes_.Set(static_cast<double>(lanes)); }

    void set_alarm(redis_alarm what, bool on) { alarms_.at(static_cast<std::size_t>(what))->Set(on ? 1 : 0); }
    /// Rows of the delivery log that wait for the database to come back.
    void set_log_spool(std::size_t rows) { log_spool_.Set(static_cast<double>(rows)); }

    [[nodiscard]] bool alarm(redis_alarm what) const { return alarms_.at(static_cast<std::size_t>(what))->Value() > 0; }

    /// Everything, for one scrape.
    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

private:
    using counter = prometheus::Counter;
    using gauge = prometheus::Gauge;
    using histogram = prometheus::Histogram;

    /// Every end of an attempt that has an outcome, and `released`.
    static constexpr std::size_t verb_count = 5;
    static constexpr std::size_t ending_count = verb_count + 1;
    struct kind_row {
        histogram* took;
        std::array<counter*, ending_count> endings;
        std::vector<by_label<counter*>> reasons;  ///< Per verb.
    };

    static void observe(histogram& h, duration d);
    [[nodiscard]] kind_row make_kind(const std::string& kind);
    [[nodiscard]] counter& make_counter(const std::string& name, const std::string& help);
    [[nodiscard]] by_label<histogram*> make_histograms(const std::string& name, const std::string& help,
                                                       const std::string& label, histogram::BucketBoundaries bounds);

    prometheus::Registry registry_;
    prometheus::Family<counter>& attempts_;
    prometheus::Family<counter>& reasons_;
    by_label<histogram*> took_;
    by_label<kind_row> kinds_;
    by_label<histogram*> pickup_;
    by_label<histogram*> redis_;
    by_label<counter*> rejected_;
    counter& lost_leases_;
    counter& recovered_;
    counter& crashes_;
    counter& duplicates_;
    counter& reconnects_;
    gauge& log_spool_;
    prometheus::Family<gauge>& target_states_;
    std::map<std::string, gauge*> targets_;  // that are not well; null: not shown by name
    std::size_t shown_targets_ = 0;
    gauge& down_targets_;
    by_label<counter*> refused_retries_;
    gauge& local_outage_;
    counter& local_outages_;
    gauge& slow_lanes_;
    gauge* slots_used_;
    gauge* slots_free_;
    std::array<gauge*, redis_alarm_count> alarms_{};
};

}  // namespace dormouse::worker
