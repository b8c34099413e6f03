#include "worker/metrics.hpp"

#include <algorithm>

namespace dormouse::worker {

namespace {

using namespace std::chrono_literals;
using prometheus::MetricType;
using duration = histogram::duration;

constexpr std::array<duration, 15> attempt_bounds{100us, 500us, 2500us, 10ms, 25ms, 50ms, 100ms, 250ms,
                                                  500ms, 1s,    2500ms, 5s,   10s,  20s,  60s};
constexpr std::array<duration, 16> pickup_bounds{500us, 1ms,   2ms, 5ms, 10ms, 25ms, 50ms, 100ms,
                                                 250ms, 500ms, 1s,  5s,  15s,  60s,  300s, 600s};
constexpr std::array<duration, 14> redis_bounds{50us, 100us, 200us, 500us, 1ms,   2ms, 5ms,
                                                10ms, 25ms,  50ms,  100ms, 500ms, 1s,  5s};

constexpr std::array verbs{queue::outcome::verb::done, queue::outcome::verb::retry, queue::outcome::verb::defer,
                           queue::outcome::verb::dead, queue::outcome::verb::drop};
constexpr std::size_t released_index = verbs.size();

std::size_t index_of(queue::outcome::verb v) noexcept {
    return static_cast<std::size_t>(std::find(verbs.begin(), verbs.end(), v) - verbs.begin());
}

std::string_view ending_name(std::size_t index) noexcept {
    return index == released_index ? std::string_view{"released"} : queue::to_string(verbs.at(index));
}

}  // namespace

std::string_view to_string(redis_alarm a) noexcept {
    switch (a) {
        case redis_alarm::flushed: return "flushed";
        case redis_alarm::eviction: return "eviction";
        case redis_alarm::replica: return "replica";
        case redis_alarm::no_aof: return "no_aof";
    }
    return "unknown";
}

metrics::metrics(const std::vector<std::string>& kinds, const std::vector<std::string>& queues)
    : kinds_{kind_row{.took = histogram{attempt_bounds}}},
      pickup_{histogram{pickup_bounds}},
      redis_{histogram{redis_bounds}} {
    static_assert(verbs.size() == verb_count);
    for (const auto& kind : kinds) (void)kinds_[kind];
    for (const auto& queue : queues) (void)pickup_[queue];
}

void metrics::attempt_ended(std::string_view kind, const queue::outcome& o, duration took) {
    auto& row = kinds_[kind];
    const auto verb = index_of(o.what);
    ++row.endings.at(verb);
    row.took.observe(took);
    if (o.what != queue::outcome::verb::done) ++row.reasons.at(verb)[o.reason].count;
}

void metrics::attempt_released(std::string_view kind, duration took) {
    auto& row = kinds_[kind];
    ++row.endings[released_index];
    row.took.observe(took);
}

void metrics::set_slots(int used, int total) noexcept {
    slots_used_ = used;
    slots_total_ = total;
}

std::vector<prometheus::MetricFamily> metrics::collect() const {
    std::vector<prometheus::MetricFamily> out;
    collect_attempts(out);
    collect_redis(out);
    collect_queue(out);
    return out;
}

void metrics::collect_attempts(std::vector<prometheus::MetricFamily>& out) const {
    family endings{"dormouse_attempts_total", MetricType::Counter, "Attempts ended, by kind and outcome."};
    family reasons{"dormouse_reasons_total", MetricType::Counter, "Attempts that did not end in done, by reason."};
    family took{"dormouse_attempt_seconds", MetricType::Histogram, "How long attempts ran."};
    kinds_.each([&](std::string_view kind, const kind_row& row) {
        took.add({{"kind", kind}}, row.took);
        for (std::size_t i = 0; i < ending_count; ++i)
            endings.add({{"kind", kind}, {"outcome", ending_name(i)}}, row.endings.at(i));
        for (std::size_t i = 0; i < verb_count; ++i)
            row.reasons.at(i).each([&](std::string_view reason, const counter& c) {
                reasons.add({{"kind", kind}, {"outcome", ending_name(i)}, {"reason", reason}}, c.count);
            });
    });
    family pickup{"dormouse_pickup_seconds", MetricType::Histogram,
                  "From the moment a job was ready to the start of its attempt."};
    pickup_.each([&](std::string_view queue, const histogram& h) { pickup.add({{"queue", queue}}, h); });
    family slots{"dormouse_slots", MetricType::Gauge, "Room for running attempts in this process."};
    slots.add({{"state", "used"}}, static_cast<double>(slots_used_));
    slots.add({{"state", "free"}}, static_cast<double>(std::max(0, slots_total_ - slots_used_)));
    for (auto* f : {&endings, &reasons, &took, &pickup, &slots}) out.push_back(std::move(*f).take());
}

void metrics::collect_redis(std::vector<prometheus::MetricFamily>& out) const {
    family trips{"dormouse_redis_roundtrip_seconds", MetricType::Histogram,
                 "From sending a call to Redis to its answer."};
    redis_.each([&](std::string_view script, const histogram& h) { trips.add({{"script", script}}, h); });
    out.push_back(std::move(trips).take());
    out.push_back(single("dormouse_reconnects_total", MetricType::Counter, "Connections to Redis made again.",
                         static_cast<double>(reconnects_)));
    family alarms{"dormouse_redis_alarm", MetricType::Gauge, "1 while Redis is in a state that endangers jobs."};
    for (std::size_t i = 0; i < redis_alarm_count; ++i)
        alarms.add({{"what", to_string(static_cast<redis_alarm>(i))}}, alarms_.at(i) ? 1.0 : 0.0);
    out.push_back(std::move(alarms).take());
}

void metrics::collect_queue(std::vector<prometheus::MetricFamily>& out) const {
    const auto total = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        out.push_back(single(name, MetricType::Counter, help, static_cast<double>(value)));
    };
    total("dormouse_lost_leases_total", "Outcomes refused because the job belonged to somebody else.", lost_leases_);
    total("dormouse_recovered_total", "Jobs taken back from workers whose lease had ended.", recovered_);
    total("dormouse_crashes_total", "Leases that ended without an outcome.", crashes_);
    total("dormouse_duplicates_total", "Jobs not admitted because their idempotency key lives.", duplicates_);
    family rejected{"dormouse_rejected_total", MetricType::Counter, "Envelopes not admitted, by reason."};
    rejected_.each([&](std::string_view reason, const counter& c) { rejected.add({{"reason", reason}}, c.count); });
    out.push_back(std::move(rejected).take());
    out.push_back(single("dormouse_log_spool_depth", MetricType::Gauge,
                         "Rows of the delivery log that wait for the database.", static_cast<double>(log_spool_)));
}

}  // namespace dormouse::worker
