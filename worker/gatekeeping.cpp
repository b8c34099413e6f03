// Puts into effect what the gate says: jobs wait or are put off, lanes are capped, people are told.
#include "worker/settle.hpp"
#include "worker/worker.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <unordered_map>

namespace dormouse::worker {

namespace {

metrics::target_state shown_as(breaker_state s) {
    switch (s) {
        case breaker_state::open: return metrics::target_state::open;
        case breaker_state::half_open: return metrics::target_state::half_open;
        case breaker_state::slow_start:
        case breaker_state::closed: break;
    }
    return metrics::target_state::well;
}

}  // namespace

// True if the target has no place: the job goes into its own lane, or into the target's waiting room. Both are claimed
// from when there are places again. A job with limits has no lane, and the line it came from would give it back at
// once.
bool worker::waits_for_target(const queue::claimed_job& c, const jobs::handler& h, bool has_places,
                              const std::string& target) {
    if (gate_.places(target, steady::now()) > 0) return false;
    park(c, hold_for(target, has_places || is_limited(c.job, h) ? std::string{} : h.lane(c.job.args)));
    return true;
}

bool worker::is_limited(const queue::job& job, const jobs::handler& h) const {
    return !limits_.of(h.kind(), job.args, h.limits(job.args)).empty();
}

// The lane in which jobs wait for the target: their own, or its waiting room.
std::string worker::hold_for(const std::string& target, std::string lane) {
    if (lane.empty()) lane = waiting_room_of(target);
    gate_.hold(target, lane);
    lanes_.cap(lane, gate_.places(target, steady::now()));
    return lane;
}

// Jobs that would be claimed only to be parked are admitted into their lane: a backlog of one endpoint must not pass
// through the hands of the claim loop before others get their turn. When this worker is busy, others may have places,
// so as many as it would run itself stay ready.
void worker::admit_into_lanes(std::vector<admission_desk::decision>& made) {
    const bool busy = stopping_ || free_slots() <= 0;
    std::unordered_map<std::string, int> places;  // left for ready jobs of a lane
    for (auto& d : made) {
        if (!d.job || !serves(d.job->queue)) continue;
        const auto& h = *kinds_.find(d.job->kind);
        const auto target = h.target(d.job->args);
        const bool limited = is_limited(*d.job, h);
        auto lane = limited ? std::string{} : h.lane(d.job->args);
        if (gate_.places(target, steady::now()) <= 0) {
            d.admission.lane = hold_for(target, std::move(lane));
        } else if (!lane.empty() && d.job->priority != queue::priority_high) {
            const bool waits = lanes_.is_parked(d.job->queue, lane);
            const int free = waits ? 0 : busy ? lanes_.limit() : lanes_.places_left(lane);
            auto& left = places.try_emplace(lane, free).first->second;
            if (left-- <= 0) d.admission.lane = std::move(lane);
        }
    }
}

// True if the job is a retry too many. It comes back without having spent an attempt.
bool worker::put_off(const queue::claimed_job& c, const jobs::handler& h, const std::string& target,
                     base::time_ms now) {
    const auto refused = gate_.refuse(target, c.history, now, steady::now(), random_);
    if (!refused) return false;
    auto o = queue::defer(now + refused->wait, std::string{refused->reason}, "too many quick retries");
    o.state = c.history.state;
    auto s = settlement_of(c, o, c.job.max_attempts.value_or(h.default_max_attempts()), base::ms{0}, now);
    counts_.retry_refused(refused->reason);
    base::log::debug("job.put_off", {{"id", c.job.id}, {"target", target}, {"reason", refused->reason}});
    note_due(s->due);
    pending_.add(std::move(*s), steady::now());
    return true;
}

gate::pass worker::pass_gate(const std::string& target, const queue::history& past) {
    auto started = gate_.start(target, past, steady::now());
    if (started.breaker) tell(*started.breaker);
    share_places(target);
    return std::move(started.pass);
}

// `o` is null if the attempt taught nothing. A failure that is ours becomes a defer.
void worker::learn(const ended_attempt& e, queue::outcome* o) {
    const auto lesson = gate_.end(e.pass, e.claimed.history, o, steady::now(), random_);
    tell(lesson.outage);
    if (lesson.breaker) {
        tell(*lesson.breaker);
        if (!e.lane.empty()) gate_.hold(e.pass.target, e.lane);
    }
    share_places(e.pass.target);
    counts_.set_slow_lanes(lanes_.slow_lanes());
    more_ = more_ || lanes_.has_opening();
    if (o == nullptr || !lesson.ours || o->what != queue::outcome::verb::retry) return;
    o->what = queue::outcome::verb::defer;
    o->when = redis_now() + *lesson.ours;
    o->detail = o->detail.empty() ? o->reason : o->reason + ": " + o->detail;
    o->reason = "local_outage";
}

// What the target takes now, each of its lanes may give. That is one too many with two lanes, which costs a claim.
void worker::share_places(const std::string& target) {
    const auto lanes = gate_.lanes_of(target);
    if (lanes.empty()) return;
    const int places = gate_.places(target, steady::now());
    for (const auto& lane : lanes) lanes_.cap(lane, places);
    if (places == breaker::unlimited) gate_.release(target);
}

// Targets whose pause is over may be asked again.
void worker::reopen_targets() {
    for (const auto& target : gate_.due(steady::now())) {
        share_places(target);
        wanted_ = true;
    }
}

bool worker::serves(const std::string& queue) const {
    const auto& served = settings_.worker.queues;
    return std::any_of(served.begin(), served.end(), [&](const auto& q) { return q.name == queue; });
}

// Somebody has parked jobs there. A waiting room says whose it is, so that nothing is claimed from it in vain.
void worker::note_parked(const queue::lane_name& lane) {
    if (!serves(lane.queue)) return;
    lanes_.mark_parked(lane);
    const std::string target{target_of_waiting_room(lane.lane)};
    if (target.empty() || gate_.state_of(target) == breaker_state::closed) return;
    gate_.hold(target, lane.lane);
    share_places(target);
}

void worker::look_at_gate() {
    const auto passed = gate_.look(steady::now());
    tell(passed.outage);
    for (const auto& [target, held] : passed.forgotten) {
        for (const auto& lane : held) lanes_.cap(lane, lanes::unlimited);
        counts_.set_target(target, metrics::target_state::well);
        base::log::info("target.forgotten", {{"target", target}});
    }
}

void worker::tell(const gate::change& c) {
    counts_.set_target(c.target, shown_as(c.state));
    switch (c.state) {
        case breaker_state::open:
            base::log::warn("target.open", {{"target", c.target}, {"seconds", c.pause.count() / 1000}});
            break;
        case breaker_state::half_open: base::log::info("target.half_open", {{"target", c.target}}); break;
        case breaker_state::slow_start: base::log::info("target.closed", {{"target", c.target}}); break;
        case breaker_state::closed: break;  // said when slow start began
    }
}

void worker::tell(outage::change c) {
    if (c == outage::change::none) return;
    const bool on = c == outage::change::begun;
    counts_.set_local_outage(on);
    if (on)
        base::log::error("outage.begin", {{"advice",
                                           "no host can be reached: look at this machine's network and "
                                           "resolver; jobs are deferred and spend no attempt"}});
    else
        base::log::info("outage.end");
}

}  // namespace dormouse::worker
