#include "scheduler/keeper.hpp"

#include "base/async/spawn.hpp"
#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>

namespace dormouse::scheduler {

namespace {

using steady = std::chrono::steady_clock;
using outcome = queue::schedule_event::outcome;

// A run that was told to end should have done so by then.
constexpr base::ms patience{10'000};

base::result<std::string> result_of(const std::exception_ptr& failed, base::result<std::string> r) {
    if (!failed) return r;
    try {
        std::rethrow_exception(failed);
    } catch (const boost::system::system_error& e) {
        if (e.code() == base::asio::error::operation_aborted) return base::error{base::errc::cancelled};
        return base::error{base::errc::server_error, e.what()};
    } catch (const std::exception& e) {
        return base::error{base::errc::server_error, e.what()};
    } catch (...) {
        return base::error{base::errc::server_error, "not a std::exception"};
    }
}

}  // namespace

struct keeper::active {
    active(const base::asio::any_io_executor& on, std::string name, duty& w, duty_run a, queue::schedule_run r)
        : schedule{std::move(name)}, work{w}, asked{std::move(a)}, run{std::move(r)}, changed{on} {}

    std::string schedule;
    duty& work;
    duty_run asked;
    queue::schedule_run run;
    steady::time_point began = steady::now();
    steady::time_point renewed = began;
    base::asio::cancellation_signal stop;
    base::event changed;
    cut why = cut::none;
    base::deadline patience_ends;
    bool ended = false;
    base::result<std::string> outcome = base::error{base::errc::cancelled};
};

void keeper::start(std::string schedule, duty& work, base::ms limit, queue::schedule_run run, bool resumed) {
    base::log::info("schedule.run", {{"schedule", schedule},
                                     {"tick", base::to_iso8601(run.tick)},
                                     {"by_operator", run.by_operator},
                                     {"try", run.tries}});
    duty_run asked{run.tick, parts_.owner, base::deadline::after(limit), parts_.clock, resumed};
    auto a = std::make_shared<active>(parts_.on, schedule, work, std::move(asked), std::move(run));
    running_.emplace(schedule, a);
    parts_.counts.set_running(schedule, true);
    // The one place where exceptions of duties end (house law 2).
    base::asio::co_spawn(parts_.on, work.run(a->asked),
                         base::asio::bind_cancellation_slot(
                             a->stop.slot(), [a](const std::exception_ptr& failed, base::result<std::string> r) {
                                 a->outcome = result_of(failed, std::move(r));
                                 a->ended = true;
                                 a->changed.set();
                             }));
    base::spawn(parts_.on, "scheduler.keeper", keep(a), [this, schedule] {
        running_.erase(schedule);
        parts_.counts.set_running(schedule, false);
        quiet_.set();
    });
}

base::awaitable<> keeper::keep(shared a) {
    while (!a->ended) {
        const auto renewal = base::deadline{a->renewed + step()};
        const auto end = a->why == cut::none ? a->asked.limit : a->patience_ends;
        (void)co_await a->changed.wait(a->why == cut::lease ? end : std::min(renewal, end));
        if (a->ended) break;
        if (a->why != cut::none && a->patience_ends.is_reached()) {
            // Going on without it would let a second run begin beside it.
            base::log::error("schedule.stuck", {{"schedule", a->schedule}});
            a->patience_ends = {};
        }
        if (a->why == cut::none && a->asked.limit.is_reached()) cut_off(*a, cut::limit);
        if (a->why != cut::lease && renewal.is_reached()) co_await renew(a);
    }
    co_await settle(a);
}

void keeper::cut_off(active& a, cut why) {
    if (a.why == cut::none) a.patience_ends = base::deadline::after(patience);
    a.why = why;
    a.stop.emit(base::asio::cancellation_type::terminal);
}

// No answer leaves open whether the lease was renewed, so what is there is read before it is believed to be lost.
base::awaitable<> keeper::renew(shared a) {
    a->renewed = steady::now();
    const auto limit = base::deadline::after(step());
    auto held = co_await parts_.store.hold(a->schedule, a->run, parts_.owner, parts_.redis_now() + parts_.lease, limit);
    if (held && *held) {
        a->run = std::move(**held);
        co_return;
    }
    if (held) {
        auto read = co_await parts_.store.read({a->schedule}, limit);
        if (read) {
            auto& run = read->records.front().run;
            if (run && run->id == a->run.id && run->owner == parts_.owner)
                a->run = std::move(*run);
            else
                cut_off(*a, cut::lease);
            co_return;
        }
    }
    if (a->run.lease <= parts_.redis_now()) cut_off(*a, cut::lease);
}

queue::schedule_event keeper::event_of(const active& a) const {
    queue::schedule_event e;
    e.tick = a.run.tick;
    e.at = parts_.redis_now();
    e.begun = a.run.begun;
    e.owner = parts_.owner;
    e.by_operator = a.run.by_operator;
    e.tries = a.run.tries;
    e.what = a.outcome ? outcome::done : a.why == cut::limit ? outcome::unfinished : outcome::failed;
    e.note = a.outcome ? *a.outcome : a.why == cut::limit ? "its limit has passed" : a.outcome.error().message();
    return e;
}

base::awaitable<base::result<bool>> keeper::write_end(shared a) {
    const auto limit = base::deadline::after(step());
    if (a->outcome || a->why != cut::stop)
        co_return co_await parts_.store.end(a->schedule, a->run, event_of(*a), limit);
    auto given_back = a->run;
    --given_back.tries;  // nobody died of it
    const auto held =
        co_await parts_.store.hold(a->schedule, std::move(given_back), parts_.owner, parts_.redis_now(), limit);
    if (!held) co_return held.error();
    co_return held->has_value();
}

// While Redis is away the end waits for it, as long as the lease is ours. After that the run is another's, who does it
// again.
base::awaitable<> keeper::settle(shared a) {
    const auto e = event_of(*a);
    const auto what = a->why == cut::stop && !a->outcome ? std::string_view{"given_back"} : queue::to_string(e.what);
    const auto took = std::chrono::duration_cast<base::ms>(steady::now() - a->began);
    base::log::write(a->outcome ? base::log::level::info : base::log::level::warn, "schedule.end",
                     {{"schedule", a->schedule}, {"outcome", what}, {"note", e.note}, {"ms", took.count()}});
    parts_.counts.run_ended(a->schedule, what, took, parts_.clock.now());
    for (;;) {
        const auto written = co_await write_end(a);
        if (written && *written) co_return;
        if (written || a->run.lease <= parts_.redis_now()) break;
        (void)co_await a->changed.wait(base::deadline::after(std::min<base::ms>(step(), base::ms{500})));
    }
    base::log::warn("schedule.lost", {{"schedule", a->schedule}, {"tick", base::to_iso8601(a->run.tick)}});
}

base::awaitable<> keeper::until_idle(base::deadline limit) {
    while (!running_.empty() && !limit.is_reached()) (void)co_await quiet_.wait(limit);
}

void keeper::give_back() {
    for (const auto& [name, a] : std::map{running_})
        if (!a->ended) cut_off(*a, cut::stop);
}

}  // namespace dormouse::scheduler
