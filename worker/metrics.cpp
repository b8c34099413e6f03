#include "worker/metrics.hpp"

#include <algorithm>

namespace dormouse::worker {

namespace {

using verb = queue::outcome::verb;
using prometheus::Histogram;

// Seconds.
const Histogram::BucketBoundaries attempt_bounds{1e-4, 5e-4, 2.5e-3, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                 0.5,  1,    2.5,    5,    10,    20,   60};
const Histogram::BucketBoundaries pickup_bounds{5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.025, 0.05, 0.1,
                                                0.25, 0.5,  1,    5,    15,   60,    300,  600};
const Histogram::BucketBoundaries redis_bounds{5e-5, 1e-4,  2e-4, 5e-4, 1e-3, 2e-3, 5e-3,
                                               0.01, 0.025, 0.05, 0.1,  0.5,  1,    5};

constexpr std::array verbs{verb::done, verb::retry, verb::defer, verb::dead, verb::drop};
constexpr std::size_t released_index = verbs.size();

std::size_t index_of(verb v) noexcept {
    return static_cast<std::size_t>(std::find(verbs.begin(), verbs.end(), v) - verbs.begin());
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& r, const std::string& name,
                                                  const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(r);
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& r, const std::string& name,
                                              const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(r);
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
    : attempts_{counters(registry_, "dormouse_attempts_total", "Attempts ended, by kind and outcome.")},
      reasons_{counters(registry_, "dormouse_reasons_total", "Attempts that did not end in done, by reason.")},
      took_{make_histograms("dormouse_attempt_seconds", "How long attempts ran.", "kind", attempt_bounds)},
      kinds_{[this](const std::string& kind) { return make_kind(kind); }},
      pickup_{make_histograms("dormouse_pickup_seconds", "From the moment a job was ready to the start of its attempt.",
                              "queue", pickup_bounds)},
      redis_{make_histograms("dormouse_redis_roundtrip_seconds", "From sending a call to Redis to its answer.",
                             "script", redis_bounds)},
      rejected_{[&family = counters(registry_, "dormouse_rejected_total", "Envelopes not admitted, by reason.")](
                    const std::string& reason) { return &family.Add({{"reason", reason}}); }},
      lost_leases_{
          make_counter("dormouse_lost_leases_total", "Outcomes refused because the job belonged to somebody else.")},
      recovered_{make_counter("dormouse_recovered_total", "Jobs taken back from workers whose lease had ended.")},
      crashes_{make_counter("dormouse_crashes_total", "Leases that ended without an outcome.")},
      duplicates_{make_counter("dormouse_duplicates_total", "Jobs not admitted because their idempotency key lives.")},
      reconnects_{make_counter("dormouse_reconnects_total", "Connections to Redis made again.")},
      log_spool_{gauges(registry_, "dormouse_log_spool_depth", "Rows of the delivery log that wait for the database.")
                     .Add({})},
      target_states_{
          gauges(registry_, "dormouse_endpoint_state", "Targets whose breaker is not closed: 1 half open, 2 open.")},
      down_targets_{gauges(registry_, "dormouse_endpoints_down", "Targets whose breaker is not closed.").Add({})},
      refused_retries_{[&family = counters(registry_, "dormouse_retries_refused_total",
                                           "Retries put off without spending an attempt, by reason.")](
                           const std::string& reason) { return &family.Add({{"reason", reason}}); }},
      local_outage_{
          gauges(registry_, "dormouse_local_outage", "1 while no host can be reached: ours, not theirs.").Add({})},
      local_outages_{make_counter("dormouse_local_outages_total", "Outages of ours that began.")},
      slow_lanes_{gauges(registry_, "dormouse_slow_lanes", "Lanes that get one slot because they are slow.").Add({})} {
    static_assert(verbs.size() == verb_count);
    auto& slots = gauges(registry_, "dormouse_slots", "Room for running attempts in this process.");
    slots_used_ = &slots.Add({{"state", "used"}});
    slots_free_ = &slots.Add({{"state", "free"}});
    auto& alarms = gauges(registry_, "dormouse_redis_alarm", "1 while Redis is in a state that endangers jobs.");
    for (std::size_t i = 0; i < redis_alarm_count; ++i)
        alarms_.at(i) = &alarms.Add({{"what", std::string{to_string(static_cast<redis_alarm>(i))}}});
    for (const auto* reason : {"retry_budget", "retry_share"}) (void)refused_retries_[reason];
    for (const auto& kind : kinds) (void)kinds_[kind];
    for (const auto& queue : queues) (void)pickup_[queue];
}

void metrics::attempt_ended(std::string_view kind, const queue::outcome& o, duration took) {
    auto& row = kinds_[kind];
    const auto ending = index_of(o.what);
    row.endings.at(ending)->Increment();
    observe(*row.took, took);
    if (o.what != verb::done) row.reasons.at(ending)[o.reason]->Increment();
}

void metrics::attempt_released(std::string_view kind, duration took) {
    auto& row = kinds_[kind];
    row.endings[released_index]->Increment();
    observe(*row.took, took);
}

void metrics::set_slots(int used, int total) {
    slots_used_->Set(used);
    slots_free_->Set(std::max(0, total - used));
}

void metrics::set_target(const std::string& target, target_state s) {
    const auto known = targets_.find(target);
    if (s == target_state::well) {
        if (known == targets_.end()) return;
        if (known->second != nullptr) {
            target_states_.Remove(known->second);
            --shown_targets_;
        }
        targets_.erase(known);
    } else {
        auto& shown = known != targets_.end() ? known->second : targets_[target];
        if (shown == nullptr && shown_targets_ < most_label_values && is_plain_label(target)) {
            shown = &target_states_.Add({{"target", target}});
            ++shown_targets_;
        }
        if (shown != nullptr) shown->Set(static_cast<double>(s));
    }
    down_targets_.Set(static_cast<double>(targets_.size()));
}

void metrics::set_local_outage(bool on) {
    if (on && local_outage_.Value() == 0) local_outages_.Increment();
    local_outage_.Set(on ? 1 : 0);
}

void metrics::observe(histogram& h, duration d) {
    // Two clocks may disagree; a negative value would spoil the sum.
    h.Observe(std::max(0.0, std::chrono::duration<double>(d).count()));
}

metrics::kind_row metrics::make_kind(const std::string& kind) {
    kind_row row{.took = took_[kind], .endings = {}, .reasons = {}};
    for (const auto v : verbs) {
        const std::string outcome{queue::to_string(v)};
        row.endings.at(index_of(v)) = &attempts_.Add({{"kind", kind}, {"outcome", outcome}});
        row.reasons.emplace_back([this, kind, outcome](const std::string& reason) {
            return &reasons_.Add({{"kind", kind}, {"outcome", outcome}, {"reason", reason}});
        });
    }
    row.endings[released_index] = &attempts_.Add({{"kind", kind}, {"outcome", "released"}});
    return row;
}

metrics::counter& metrics::make_counter(const std::string& name, const std::string& help) {
    return counters(registry_, name, help).Add({});
}

by_label<metrics::histogram*> metrics::make_histograms(const std::string& name, const std::string& help,
                                                       const std::string& label, histogram::BucketBoundaries bounds) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
    return by_label<histogram*>{[&family, label, bounds = std::move(bounds)](const std::string& value) {
        return &family.Add({{label, value}}, bounds);
    }};
}

}  // namespace dormouse::worker
