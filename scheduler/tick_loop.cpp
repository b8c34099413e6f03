// What is due, and doing it.
#include "base/log.hpp"
#include "base/ulid.hpp"
#include "scheduler/scheduler.hpp"

namespace dormouse::scheduler {

namespace {

using namespace std::chrono_literals;
using outcome = queue::schedule_event::outcome;

constexpr base::ms longest_sleep = 20s;
constexpr base::ms after_failure = 1s;
// Schedulers that a run may kill before it is given up.
constexpr int most_tries = 3;

schedule_state state_of(const queue::schedule_record& r) {
    return {r.definition, r.settled, r.paused.has_value(), r.run.has_value() || r.job_open, r.wanted.has_value()};
}

}  // namespace

base::awaitable<> scheduler::tick_loop() {
    ticking_ = true;
    while (!stopping_) (void)co_await changed_.wait(co_await look());
    ticking_ = false;
}

void scheduler::note_next(base::time_ms due) { next_look_ = std::min(next_look_, due); }

/// When to look again.
base::awaitable<base::deadline> scheduler::look() {
    // Short, so that a stop need not wait for Redis.
    if (!co_await connection_.wait_connected(base::deadline::after(after_failure)))
        co_return base::deadline::after(0ms);
    const auto entries = plan_;  // a new zone may replace it meanwhile
    std::vector<std::string> names;
    names.reserve(entries->size());
    for (const auto& e : *entries) names.push_back(e.name);
    auto reading = co_await store_.read(std::move(names), call_limit());
    if (!reading) {
        base::log::warn("scheduler.look_failed", {{"error", reading.error().message()}});
        co_return base::deadline::after(after_failure);
    }
    time_offset_ = reading->now - clock_.now();
    last_look_ = steady::now();
    ++looks_;
    next_look_ = reading->now + longest_sleep;
    bool acted = false;
    for (std::size_t i = 0; i < entries->size() && !stopping_; ++i)
        if (co_await look_after((*entries)[i], std::move(reading->records[i]))) acted = true;
    if (acted) co_return base::deadline::after(0ms);
    co_return base::deadline::after(std::max<base::ms>(next_look_ - redis_now(), 0ms) + 1ms);
}

/// True if there may be more to do at once.
base::awaitable<bool> scheduler::look_after(const plan_entry& e, queue::schedule_record r) {
    counts_.set_paused(e.name, r.paused.has_value());
    if (e.work != nullptr && r.run && !keeper_.is_running(e.name)) {
        if (r.run->lease <= redis_now()) co_return co_await take_over(e, std::move(*r.run));
        note_next(r.run->lease);
    }
    const auto d = decide(e.when, state_of(r), redis_now());
    if (d.what != action::wait) co_return co_await carry_out(e, std::move(r), d);
    counts_.set_next(e.name, d.until);
    note_next(d.until);
    if (e.at_start && !r.run && !r.paused && !started_.contains(e.name))
        co_return co_await run_at_start(e, std::move(r));
    co_return false;
}

void scheduler::begin(const plan_entry& e, queue::schedule_change& c, base::time_ms tick, bool by_operator) const {
    const auto now = redis_now();
    if (e.work != nullptr) {
        c.begins =
            queue::schedule_run{base::make_ulid(now), tick, now, id_, now + settings_.scheduler.lease, 1, by_operator};
        return;
    }
    auto job = std::make_shared<const queue::job>(job_of(e, tick, by_operator, now));
    c.event = queue::schedule_event{outcome::enqueued, tick, now};
    c.event->job = job->id;
    c.event->owner = id_;
    c.event->by_operator = by_operator;
    c.fires = std::move(job);
}

queue::schedule_change scheduler::change_for(const plan_entry& e, const queue::schedule_record& r,
                                             const decision& d) const {
    queue::schedule_change c{e.name, r};
    c.answers_wish = d.by_operator;
    if (!d.by_operator) c.settled = d.tick;
    if (d.what == action::adopt) c.definition = e.when.definition();
    // An operator's run is known by the time of the wish, so that doing it again is the same run.
    const auto tick = d.by_operator ? r.wanted.value_or(d.tick) : d.tick;
    if (d.what == action::fire) {
        begin(e, c, tick, d.by_operator);
        c.fired = tick;
    }
    if (d.what == action::skip) {
        c.event = queue::schedule_event{outcome::skipped, tick, redis_now()};
        c.event->note = to_string(d.why);
        c.event->owner = id_;
        c.event->by_operator = d.by_operator;
    }
    return c;
}

base::awaitable<bool> scheduler::carry_out(const plan_entry& e, queue::schedule_record r, decision d) {
    auto c = change_for(e, r, d);
    const auto done = co_await store_.change(c, call_limit());
    if (!done) {
        // It may have been done: the next look tells.
        base::log::warn("schedule.unclear", {{"schedule", e.name}, {"error", done.error().message()}});
        note_next(redis_now() + after_failure);
        co_return false;
    }
    if (!*done) co_return true;  // another scheduler was faster, or an operator
    note(e, c, d);
    if (c.begins) keeper_.start(e.name, *e.work, e.limit, std::move(*c.begins), false);
    co_return true;
}

void scheduler::note(const plan_entry& e, const queue::schedule_change& c, const decision& d) {
    const auto tick = base::to_iso8601(d.tick);
    const auto event = d.what == action::adopt ? "adopted" : d.what == action::fire ? "fired" : "skipped";
    counts_.tick_settled(e.name, event, to_string(d.why));
    if (d.what == action::adopt) {
        base::log::info("schedule.adopted", {{"schedule", e.name}, {"definition", e.when.definition()}});
    } else if (d.what == action::skip) {
        base::log::warn(
            "schedule.skipped",
            {{"schedule", e.name}, {"tick", tick}, {"reason", to_string(d.why)}, {"by_operator", d.by_operator}});
    } else {
        const auto late = d.by_operator ? base::ms{0} : redis_now() - due_time(e.when, d.tick);
        if (!d.by_operator) counts_.fired_late(e.name, late);
        base::log::info("schedule.fired", {{"schedule", e.name},
                                           {"tick", base::to_iso8601(c.fired.value_or(d.tick))},
                                           {"job", c.fires ? std::string_view{c.fires->id} : std::string_view{}},
                                           {"late_ms", late.count()},
                                           {"by_operator", d.by_operator}});
    }
}

base::awaitable<bool> scheduler::take_over(const plan_entry& e, queue::schedule_run run) {
    if (run.tries >= most_tries) {
        queue::schedule_event lost{outcome::lost, run.tick, redis_now(), run.begun};
        lost.owner = run.owner;
        lost.tries = run.tries;
        lost.by_operator = run.by_operator;
        lost.note = "every scheduler that ran it died";
        const auto ended = co_await store_.end(e.name, std::move(run), std::move(lost), call_limit());
        if (ended && *ended) {
            base::log::error("schedule.given_up", {{"schedule", e.name}, {"tries", most_tries}});
            counts_.run_ended(e.name, "lost", base::ms{0}, clock_.now());
        }
        co_return ended.has_value();
    }
    const auto before = run.owner;
    auto held =
        co_await store_.hold(e.name, std::move(run), id_, redis_now() + settings_.scheduler.lease, call_limit());
    if (!held) {
        base::log::warn("schedule.unclear", {{"schedule", e.name}, {"error", held.error().message()}});
        note_next(redis_now() + after_failure);
        co_return false;
    }
    if (!*held) co_return true;
    base::log::warn("schedule.taken_over", {{"schedule", e.name}, {"from", before}, {"try", (*held)->tries}});
    counts_.taken_over(e.name);
    keeper_.start(e.name, *e.work, e.limit, std::move(**held), true);
    co_return true;
}

// The ticks stay as they are.
base::awaitable<bool> scheduler::run_at_start(const plan_entry& e, queue::schedule_record r) {
    started_.insert(e.name);
    queue::schedule_change c{e.name, std::move(r)};
    begin(e, c, redis_now(), false);
    const auto begun = co_await store_.change(c, call_limit());
    if (begun && *begun) keeper_.start(e.name, *e.work, e.limit, std::move(*c.begins), false);
    co_return true;
}

}  // namespace dormouse::scheduler
