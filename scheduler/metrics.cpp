#include "scheduler/metrics.hpp"

namespace dormouse::scheduler {

namespace {

auto& counter_family(prometheus::Registry& r, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(r);
}
auto& gauge_family(prometheus::Registry& r, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(r);
}

double seconds(base::ms d) { return static_cast<double>(d.count()) / 1000.0; }
double seconds(base::time_ms t) { return seconds(t.time_since_epoch()); }

}  // namespace

metrics::metrics()
    : ticks_{counter_family(registry_, "dormouse_schedule_ticks_total", "Ticks this scheduler settled, by action.")},
      late_{gauge_family(registry_, "dormouse_schedule_late_seconds",
                         "How long after it was due the last tick was fired by this scheduler.")},
      next_{gauge_family(registry_, "dormouse_schedule_next_timestamp_seconds", "When a schedule is due next.")},
      paused_{gauge_family(registry_, "dormouse_schedule_paused", "1 while a schedule is paused.")},
      running_{gauge_family(registry_, "dormouse_duty_running", "1 while this scheduler runs a duty.")},
      runs_{counter_family(registry_, "dormouse_duty_runs_total", "Runs of duties by this scheduler, by outcome.")},
      took_{gauge_family(registry_, "dormouse_duty_seconds", "How long the last run of a duty took.")},
      succeeded_{gauge_family(registry_, "dormouse_duty_success_timestamp_seconds",
                              "When a run of a duty by this scheduler last ended well.")},
      taken_over_{
          counter_family(registry_, "dormouse_duty_taken_over_total", "Runs taken over from schedulers that died.")} {}

void metrics::tick_settled(const std::string& schedule, std::string_view what, std::string_view reason) {
    ticks_.Add({{"schedule", schedule}, {"action", std::string{what}}, {"reason", std::string{reason}}}).Increment();
}

void metrics::fired_late(const std::string& schedule, base::ms late) {
    late_.Add({{"schedule", schedule}}).Set(seconds(late));
}

void metrics::set_next(const std::string& schedule, base::time_ms due) {
    next_.Add({{"schedule", schedule}}).Set(seconds(due));
}

void metrics::set_paused(const std::string& schedule, bool paused) {
    paused_.Add({{"schedule", schedule}}).Set(paused ? 1 : 0);
}

void metrics::set_running(const std::string& schedule, bool on) {
    running_.Add({{"schedule", schedule}}).Set(on ? 1 : 0);
}

void metrics::run_ended(const std::string& schedule, std::string_view outcome, base::ms took, base::time_ms now) {
    runs_.Add({{"schedule", schedule}, {"outcome", std::string{outcome}}}).Increment();
    took_.Add({{"schedule", schedule}}).Set(seconds(took));
    if (outcome == "done") succeeded_.Add({{"schedule", schedule}}).Set(seconds(now));
}

void metrics::taken_over(const std::string& schedule) { taken_over_.Add({{"schedule", schedule}}).Increment(); }

}  // namespace dormouse::scheduler
