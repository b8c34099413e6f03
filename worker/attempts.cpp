#include "worker/attempts.hpp"

#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>

namespace dormouse::worker {

struct attempts::entry {
    explicit entry(planned_attempt p)
        : plan{std::move(p)}, started{std::chrono::steady_clock::now()}, deadline{started + plan.timeout} {}

    planned_attempt plan;
    std::chrono::steady_clock::time_point started;
    base::deadline deadline;
    base::asio::cancellation_signal stop;
    cut why = cut::none;
    bool let_go = false;  // counted as ended although the coroutine still runs
    std::optional<limits::iterator> limit;
};

attempts::attempts(const base::asio::any_io_executor& on, base::clock& clock, base::random_source& random,
                   std::function<void(ended_attempt)> on_end)
    : executor_{on}, clock_{clock}, random_{random}, on_end_{std::move(on_end)}, earlier_limit_{on} {}

void attempts::start(planned_attempt p) {
    auto e = std::make_shared<entry>(std::move(p));
    running_.emplace(e->plan.claimed.job.id, e);
    expect(e->deadline.at(), e);
    // A free function of values and of things that outlive it; the entry is kept by the completion handler.
    struct body {
        static base::awaitable<queue::outcome> run(std::shared_ptr<entry> e, base::clock& clock,
                                                   base::random_source& random) {
            const jobs::attempt a{e->plan.claimed, e->plan.last_attempt, e->deadline, e->plan.now, clock, random};
            co_return co_await e->plan.handler->run(a);
        }
    };
    base::asio::co_spawn(executor_, body::run(e, clock_, random_),
                         base::asio::bind_cancellation_slot(
                             e->stop.slot(), [this, e](const std::exception_ptr& failed, queue::outcome o) {
                                 finish(e, failed, std::move(o));
                             }));
}

// The one place where exceptions of handlers end (house law 2).
void attempts::finish(const std::shared_ptr<entry>& e, const std::exception_ptr& failed, queue::outcome o) {
    if (e->let_go) {
        base::log::warn("attempt.late", {{"id", e->plan.claimed.job.id}, {"kind", e->plan.claimed.job.kind}});
        return;
    }
    if (!failed) return end(e, std::move(o), true);
    const auto cut_off = [&] { return queue::retry("timeout", "the attempt passed its deadline", queue::sent::maybe); };
    try {
        std::rethrow_exception(failed);
    } catch (const boost::system::system_error& error) {
        const bool cancelled = error.code() == base::asio::error::operation_aborted && e->why != cut::none;
        end(e, cancelled ? cut_off() : queue::retry("exception", error.what(), queue::sent::maybe), false);
    } catch (const std::exception& error) {
        end(e, queue::retry("exception", error.what(), queue::sent::maybe), false);
    } catch (...) {
        end(e, queue::retry("exception", "not a std::exception", queue::sent::maybe), false);
    }
}

void attempts::end(const std::shared_ptr<entry>& e, queue::outcome o, bool finished) {
    forget(*e);
    running_.erase(e->plan.claimed.job.id);
    on_end_({std::move(e->plan.claimed), std::move(o), e->plan.handler, std::move(e->plan.lane), e->plan.has_places,
             std::move(e->plan.pass), e->why, finished, e->plan.last_attempt,
             std::chrono::steady_clock::now() - e->started});
}

void attempts::expect(std::chrono::steady_clock::time_point at, const std::shared_ptr<entry>& e) {
    forget(*e);
    const bool first = limits_.empty() || at < limits_.begin()->first;
    e->limit = limits_.emplace(at, e);
    if (first) earlier_limit_.set();
}

void attempts::forget(entry& e) {
    if (e.limit) limits_.erase(*std::exchange(e.limit, std::nullopt));
}

void attempts::cut_off(const std::shared_ptr<entry>& e, cut why) {
    if (e->why == cut::none) expect(std::chrono::steady_clock::now() + patience, e);
    e->why = why;
    e->stop.emit(base::asio::cancellation_type::terminal);
}

void attempts::overdue(const std::shared_ptr<entry>& e) {
    if (e->why == cut::none) return cut_off(e, cut::deadline);
    base::log::error("attempt.stuck", {{"id", e->plan.claimed.job.id}, {"kind", e->plan.claimed.job.kind}});
    e->let_go = true;
    forget(*e);
    running_.erase(e->plan.claimed.job.id);
    // The handler still refers to its job, so the queue gets a copy.
    on_end_({e->plan.claimed, queue::retry("stuck", "the handler does not end when told to", queue::sent::maybe),
             e->plan.handler, e->plan.lane, e->plan.has_places, e->plan.pass, e->why, false, e->plan.last_attempt,
             std::chrono::steady_clock::now() - e->started});
}

base::awaitable<> attempts::watch() {
    while (!closed_) {
        (void)co_await earlier_limit_.wait(limits_.empty() ? base::deadline{} : base::deadline{limits_.begin()->first});
        while (!limits_.empty() && limits_.begin()->first <= std::chrono::steady_clock::now())
            overdue(std::shared_ptr{limits_.begin()->second});
    }
}

void attempts::close() {
    closed_ = true;
    earlier_limit_.set();
}

void attempts::cut_all(cut why) {
    std::vector<std::shared_ptr<entry>> all;
    all.reserve(running_.size());
    for (const auto& [id, e] : running_) all.push_back(e);
    for (const auto& e : all) cut_off(e, why);
}

}  // namespace dormouse::worker
