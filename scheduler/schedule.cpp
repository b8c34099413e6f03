#include "scheduler/schedule.hpp"

#include "base/random.hpp"

#include <algorithm>

namespace dormouse::scheduler {

namespace {

using base::ms;
using base::time_ms;

// Deciding and carrying out take their time too, so less would be never.
constexpr ms least_catch_up = std::chrono::minutes{1};
// More than machines disagree about the time.
constexpr ms believable_lead = std::chrono::hours{24};

decision wait_for(const schedule& s, time_ms tick) {
    const auto due = due_time(s, tick);
    return {action::wait, skip_reason::none, tick, tick, due, false};
}

decision run_by_operator(const schedule_state& state, time_ms now) {
    if (state.running) return {action::skip, skip_reason::overlap, state.settled, state.settled, now, true};
    return {action::fire, skip_reason::none, state.settled, state.settled, now, true};
}

skip_reason objection(const schedule& s, const schedule_state& state, ms late) {
    if (state.paused) return skip_reason::paused;
    if (late > std::max(s.catch_up, least_catch_up)) return skip_reason::misfire;
    if (state.running) return skip_reason::overlap;
    return skip_reason::none;
}

}  // namespace

std::string schedule::definition() const { return when.text() + " in " + zone.name(); }

time_ms due_time(const schedule& s, time_ms tick) {
    const auto widest = std::min(s.jitter, next_after(s.when, s.zone, tick) - tick);
    if (widest <= ms::zero()) return tick;
    base::random_engine random{s.jitter_seed ^ static_cast<std::uint64_t>(base::to_epoch_ms(tick))};
    return tick + ms{static_cast<std::int64_t>(random.uniform(0, static_cast<double>(widest.count())))};
}

decision decide(const schedule& s, const schedule_state& state, time_ms now) {
    if (state.definition != s.definition() || state.settled > now + believable_lead)
        return {action::adopt, skip_reason::none, now, now, now, false};
    if (state.run_now) return run_by_operator(state, now);
    const auto latest = previous_at_or_before(s.when, s.zone, now);
    if (latest <= state.settled) return wait_for(s, next_after(s.when, s.zone, std::max(now, state.settled)));
    const auto due = due_time(s, latest);
    if (now < due) return wait_for(s, latest);
    const auto why = objection(s, state, now - due);
    const auto oldest = next_after(s.when, s.zone, state.settled);
    return {why == skip_reason::none ? action::fire : action::skip, why, latest, oldest, now, false};
}

std::string_view to_string(action a) noexcept {
    switch (a) {
        case action::adopt: return "adopt";
        case action::wait: return "wait";
        case action::fire: return "fire";
        case action::skip: return "skip";
    }
    return "";
}

std::string_view to_string(skip_reason r) noexcept {
    switch (r) {
        case skip_reason::none: return "none";
        case skip_reason::paused: return "paused";
        case skip_reason::overlap: return "overlap";
        case skip_reason::misfire: return "misfire";
    }
    return "";
}

}  // namespace dormouse::scheduler
