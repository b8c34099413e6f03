#pragma once
// What a worker counts about its own life. Cheap enough to be called for every job; shown by admin/ at `/metrics`.
// Every name is explained in docs/metrics.md. Used on the event loop only; nothing here throws for odd labels.

#include "queue/outcome.hpp"
#include "worker/measures.hpp"

#include <array>
#include <chrono>
#include <cstdint>
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

class metrics {
public:
    using duration = std::chrono::nanoseconds;

    /// The names this process serves: they are always told apart, and shown at zero from the start.
    explicit metrics(const std::vector<std::string>& kinds = {}, const std::vector<std::string>& queues = {});

    /// An attempt starts; `waited` since the job was ready (issued or due).
    void attempt_started(std::string_view queue, duration waited) { pickup_[queue].observe(waited); }

    /// An attempt ended with an outcome of its handler. Anything but `done` is counted by its reason, too.
    void attempt_ended(std::string_view kind, const queue::outcome& o, duration took);

    /// An attempt was cut short by shutdown and its job given back without spending the attempt.
    void attempt_released(std::string_view kind, duration took);

    /// A call to Redis was answered; `script` names what was called.
    void redis_answered(std::string_view script, duration took) { redis_[script].observe(took); }

    /// An outcome was refused because the job belongs to somebody else by now (promise 2).
    void lease_lost(std::uint64_t jobs = 1) noexcept { lost_leases_ += jobs; }
    /// Jobs taken back from workers whose lease had ended.
    void recovered(std::uint64_t jobs) noexcept { recovered_ += jobs; }
    /// Leases that ended without an outcome (promise 3).
    void crashed(std::uint64_t jobs = 1) noexcept { crashes_ += jobs; }
    /// An envelope was not admitted (promise 6).
    void rejected(std::string_view reason) { ++rejected_[reason].count; }
    /// A job was not admitted because its idempotency key lives (promise 5).
    void duplicate(std::uint64_t jobs = 1) noexcept { duplicates_ += jobs; }
    /// The connection to Redis was lost and made again.
    void reconnected() noexcept { ++reconnects_; }

    void set_slots(int used, int total) noexcept;
    void set_alarm(redis_alarm what, bool on) noexcept { alarms_.at(static_cast<std::size_t>(what)) = on; }
    /// Rows of the delivery log that wait for the database to come back.
    void set_log_spool(std::size_t rows) noexcept { log_spool_ = rows; }

    [[nodiscard]] bool alarm(redis_alarm what) const noexcept { return alarms_.at(static_cast<std::size_t>(what)); }

    /// Everything, for one scrape.
    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

private:
    struct counter {
        std::uint64_t count = 0;
    };
    /// Every end of an attempt that has an outcome, and `released`.
    static constexpr std::size_t verb_count = 5;
    static constexpr std::size_t ending_count = verb_count + 1;
    struct kind_row {
        histogram took;
        std::array<std::uint64_t, ending_count> endings{};
        std::array<by_label<counter>, verb_count> reasons{};
    };

    void collect_attempts(std::vector<prometheus::MetricFamily>& out) const;
    void collect_redis(std::vector<prometheus::MetricFamily>& out) const;
    void collect_queue(std::vector<prometheus::MetricFamily>& out) const;

    by_label<kind_row> kinds_;
    by_label<histogram> pickup_;
    by_label<histogram> redis_;
    by_label<counter> rejected_;
    std::uint64_t lost_leases_ = 0;
    std::uint64_t recovered_ = 0;
    std::uint64_t crashes_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t reconnects_ = 0;
    std::uint64_t log_spool_ = 0;
    int slots_used_ = 0;
    int slots_total_ = 0;
    std::array<bool, redis_alarm_count> alarms_{};
};

}  // namespace dormouse::worker
