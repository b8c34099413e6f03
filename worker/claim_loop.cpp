// Settling and claiming: one `work` call carries both.
#include "worker/settle.hpp"
#include "worker/worker.hpp"

#include "base/async/spawn.hpp"
#include "base/log.hpp"

namespace dormouse::worker {

namespace {
// More in one call would make Redis deaf for others for longer than 1 ms.
constexpr std::size_t largest_batch = 256;
constexpr std::size_t most_lanes = 64;
// One call is answered while the next is being written.
constexpr int most_calls = 2;
constexpr base::ms longest_look{1'000};
}  // namespace

base::awaitable<> worker::claim_loop() {
    while (!closed_ || pending_.size() > 0) {
        (void)co_await changed_.wait(next_look());
        if (closed_ && !ready()) co_return;
        if (unsure_ && calls_ == 0 && ready()) co_await reconcile();
        if (due_ && *due_ <= steady::now()) {
            due_.reset();
            wanted_ = true;
        }
        reopen_targets();
        while (should_send()) send_work();
    }
}

base::deadline worker::next_look() const {
    auto at = steady::now() + longest_look;
    if (pending_.size() > 0 && calls_ < most_calls)
        at = std::min(at, pending_.since() + settings_.worker.settle_within);
    if (due_) at = std::min(at, *due_);
    if (const auto opens = gate_.next_due()) at = std::min(at, *opens);
    return base::deadline{at};
}

int worker::free_slots() const { return settings_.worker.slots - static_cast<int>(attempts_.running()) - claiming_; }

bool worker::wants_claim() const { return !stopping_ && registered_ && free_slots() > 0 && (wanted_ || more_); }

bool worker::should_send() const {
    if (!ready() || unsure_ || calls_ >= most_calls) return false;
    if (wanted_ && wants_claim()) return true;
    if (pending_.size() == 0) return more_ && wants_claim() && attempts_.running() == 0;
    // Nobody else can join in soon, or enough have, or the oldest has waited long enough.
    return attempts_.running() == 0 || stopping_ || pending_.size() >= largest_batch ||
           steady::now() >= pending_.since() + settings_.worker.settle_within;
}

void worker::send_work() {
    auto request = make_request();
    ++calls_;
    claiming_ += request.claim;
    base::spawn(executor_, "worker.call", do_work(std::move(request), ++calls_made_), [this] {
        --calls_;
        changed_.set();
        quiet_.set();
    });
}

queue::work_request worker::make_request() {
    queue::work_request r;
    r.now = redis_now();
    pending_.move_to(r, largest_batch);
    if (!wants_claim()) return r;
    // Half of the slots a call, so that one half is claimed while the other is run.
    const int half = std::max(1, settings_.worker.slots / 2);
    r.claim = std::min({free_slots(), half, static_cast<int>(largest_batch)});
    add_sources(r);
    wanted_ = false;
    more_ = false;
    return r;
}

// Lanes first in one call, ready lists in the next: neither can keep the other waiting when slots are short.
void worker::add_sources(queue::work_request& r) {
    lanes_first_ = !lanes_first_;
    if (lanes_first_) add_lanes(r);
    for (const auto& name : order_.next()) {
        r.sources.push_back({name, queue::priority_normal, {}, r.claim, true});
        for (int p = queue::priority_high; p <= queue::priority_low; ++p) r.sources.push_back({name, p, {}, r.claim});
    }
    if (!lanes_first_) add_lanes(r);
}

void worker::add_lanes(queue::work_request& r) {
    for (auto& o : lanes_.openings(most_lanes))
        r.sources.push_back({std::move(o.lane.queue), queue::priority_normal, std::move(o.lane.lane), o.places});
}

base::awaitable<> worker::do_work(queue::work_request r, std::uint64_t call) {
    const auto sent_at = steady::now();
    auto reply = co_await broker_.work(r, call_limit());
    claiming_ -= r.claim;
    if (reply) {
        counts_.redis_answered("work", steady::now() - sent_at);
        made_progress();
        on_work(r, call, std::move(*reply));
        co_return;
    }
    base::log::warn("redis.work_failed",
                    {{"error", reply.error().message()}, {"settlements", r.acks.size() + r.settlements.size()}});
    if (r.claim > 0) {
        wanted_ = true;
        unsure_ = unsure_ || !(reply.error() == base::errc::unavailable);
    }
    pending_.put_back(std::move(r));
}

void worker::on_work(const queue::work_request& r, std::uint64_t call, queue::work_reply reply) {
    saw_redis_time(reply.now);
    for (const auto& id : reply.lost) {
        if (pending_.was_repeated(id)) continue;
        counts_.lease_lost();
        base::log::warn("job.lease_lost", {{"id", id}});
    }
    pending_.forget(r);
    if (!reply.lease_known) {
        on_lease_lost();
        return;
    }
    if (reply.next_due) note_due(*reply.next_due);
    more_ = more_ || reply.more;
    note_empty_lanes(r, call, reply);
    for (const auto& id : reply.unreadable) {
        queue::claimed_job broken;
        broken.job.id = id;
        pending_.add(burial_of(broken, "bad_envelope", "the stored envelope is unreadable", reply.now), steady::now());
        base::log::error("job.unreadable", {{"id", id}});
    }
    for (auto& id : reply.gone) pending_.add(farewell_to(std::move(id)), steady::now());
    bool all_started = true;
    for (auto& c : reply.claimed) {
        const bool has_places = reply.with_places.contains(c.job.id);
        all_started = begin(std::move(c), has_places, reply.now) && all_started;
    }
    // Who waits behind jobs that went elsewhere need not wait for an attempt to end.
    wanted_ = wanted_ || (reply.more && !all_started);
    changed_.set();
}

// A lane that gave less than was asked of it, while there was room for more, holds nothing now.
void worker::note_empty_lanes(const queue::work_request& r, std::uint64_t call, const queue::work_reply& reply) {
    int room = r.claim;
    for (std::size_t i = 0; i < r.sources.size() && room > 0; ++i) {
        const auto& source = r.sources[i];
        if (!source.lane.empty() && reply.claims_per_source[i] < std::min(source.most, room))
            lanes_.mark_empty({source.queue, source.lane}, call);
        room -= reply.claims_per_source[i];
    }
}

// True if the job has limits but no places yet: its line is a source of the very call that sends it there.
bool worker::sent_into_line(const queue::claimed_job& c, const jobs::handler& h) {
    const auto limits = limits_.of(h.kind(), c.job.args, h.limits(c.job.args));
    if (limits.empty()) return false;
    pending_.add(waiting_of(c, limits), steady::now());
    wanted_ = true;
    return true;
}

// True if an attempt started.
bool worker::begin(queue::claimed_job c, bool has_places, base::time_ms now) {
    auto* const handler = kinds_.find(c.job.kind);
    if (handler == nullptr) {
        pending_.add(burial_of(c, "unknown_kind", "this worker has no kind " + c.job.kind, now), steady::now());
        return false;
    }
    if (c.job.expire && *c.job.expire <= now) {
        pending_.add(burial_of(c, "expired", "expired at " + base::to_iso8601(*c.job.expire), now), steady::now());
        base::log::warn("job.expired", {{"id", c.job.id}, {"kind", c.job.kind}});
        return false;
    }
    const auto target = handler->target(c.job.args);
    if (waits_for_target(c, *handler, has_places, target)) return false;
    if (!has_places && sent_into_line(c, *handler)) return false;
    auto lane = has_places ? std::string{} : handler->lane(c.job.args);
    lanes_.set_limit(lane, handler->lane_slots(lane, lanes_.limit()));
    if (lanes_.places_left(lane) <= 0) {
        park(c, std::move(lane));
        return false;
    }
    if (put_off(c, *handler, target, now) || !lanes_.enter(lane)) return false;
    const bool first = c.history.attempts == 0 && c.history.defers == 0 && c.history.crashes == 0;
    if (first && c.job.issued_at != base::time_ms{})
        counts_.attempt_started(
            c.job.queue, std::max(base::ms{0}, now - std::max(c.job.issued_at, c.job.at.value_or(base::time_ms{}))));
    planned_attempt plan;
    plan.timeout = c.job.timeout.value_or(handler->default_timeout());
    plan.last_attempt = c.job.max_attempts.value_or(handler->default_max_attempts());
    plan.handler = handler;
    plan.lane = std::move(lane);
    plan.has_places = has_places;
    plan.pass = pass_gate(target, c.history);
    plan.now = now;
    plan.claimed = std::move(c);
    attempts_.start(std::move(plan));
    counts_.set_slots(static_cast<int>(attempts_.running()), settings_.worker.slots);
    return true;
}

void worker::park(const queue::claimed_job& c, std::string lane) {
    lanes_.mark_parked({c.job.queue, lane}, calls_made_);
    pending_.add(parking_of(c, std::move(lane)), steady::now());
}

void worker::on_attempt_end(ended_attempt e) {
    const auto now = redis_now();
    lanes_.leave(e.lane, e.took);
    lanes_.set_limit(e.lane, e.handler->lane_slots(e.lane, lanes_.limit()));
    wanted_ = wanted_ || e.has_places;  // somebody may wait for them
    counts_.set_slots(static_cast<int>(attempts_.running()), settings_.worker.slots);
    const auto& job = e.claimed.job;
    const bool unfinished = e.why == cut::drain && !(e.finished && e.outcome.what == queue::outcome::verb::done);
    if (e.why == cut::lease_lost) {
        learn(e, nullptr);
        base::log::warn("job.abandoned", {{"id", job.id}, {"kind", job.kind}});
    } else if (unfinished) {
        learn(e, nullptr);
        counts_.attempt_released(job.kind, e.took);
        base::log::info("job.released", {{"id", job.id}, {"kind", job.kind}});
        pending_.add(release_of(e.claimed), steady::now());
    } else {
        auto outcome = sanitised(std::move(e.outcome), now);
        learn(e, &outcome);
        const auto backoff = e.handler->backoff(e.claimed.attempt(), random_);
        auto s = settlement_of(e.claimed, outcome, e.last_attempt, backoff, now);
        counts_.attempt_ended(job.kind, outcome, e.took);
        ++hour_counts_[job.kind + ":" + std::string{queue::to_string(outcome.what)}];
        log_end(e, outcome, s ? &*s : nullptr);
        if (s && s->what == queue::settlement::verb::later) note_due(s->due);
        wanted_ = wanted_ || (s && s->follower);
        if (s)
            pending_.add(std::move(*s), steady::now());
        else
            pending_.add(job.id, steady::now());
    }
    changed_.set();
    slot_free_.set();
    quiet_.set();
}

void worker::log_end(const ended_attempt& e, const queue::outcome& o, const queue::settlement* s) const {
    const bool dead = s != nullptr && s->what == queue::settlement::verb::dead;
    const auto level = dead                                    ? base::log::level::error
                       : o.what == queue::outcome::verb::retry ? base::log::level::warn
                                                               : base::log::level::info;
    if (!base::log::enabled(level)) return;
    const auto& job = e.claimed.job;
    const double ms = static_cast<double>(e.took.count()) / 1e6;
    const auto next =
        s != nullptr && s->what == queue::settlement::verb::later ? base::to_iso8601(s->due) : std::string{};
    const auto name = dead ? std::string{"dead"} : std::string{queue::to_string(o.what)};
    if (o.what == queue::outcome::verb::done)
        base::log::write(level, "job.done",
                         {{"id", job.id}, {"kind", job.kind}, {"attempt", e.claimed.attempt()}, {"ms", ms}});
    else
        base::log::write(level, "job." + name,
                         {{"id", job.id},
                          {"kind", job.kind},
                          {"attempt", e.claimed.attempt()},
                          {"ms", ms},
                          {"reason", o.reason},
                          {"detail", o.detail},
                          {"sent", queue::to_string(o.sent)},
                          {"next", next}});
}

// An answer that never came may have claimed jobs for us. They go back unharmed.
base::awaitable<> worker::reconcile() {
    const auto owned =
        co_await broker_.owned_by(id(), 2 * settings_.worker.slots + static_cast<int>(largest_batch), call_limit());
    if (!owned) {
        base::log::warn("redis.reconcile_failed", {{"error", owned.error().message()}});
        co_return;
    }
    unsure_ = false;
    std::size_t released = 0;
    for (const auto& o : *owned) {
        if (attempts_.is_running(o.id) || pending_.holds(o.id)) continue;
        ++released;
        pending_.add(!o.exists    ? farewell_to(o.id)
                     : o.readable ? release_of(o.job)
                                  : burial_of(o.job, "bad_envelope", "the stored envelope is unreadable", redis_now()),
                     steady::now());
    }
    if (released > 0) base::log::info("worker.reconciled", {{"released", released}});
    wanted_ = true;
    changed_.set();
}

}  // namespace dormouse::worker
