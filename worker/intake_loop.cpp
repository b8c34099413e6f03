// From the public intake to ready, scheduled or quarantined jobs; and waiting for others' jobs.
#include "worker/worker.hpp"

#include "base/log.hpp"
#include "base/ulid.hpp"

#include <boost/asio/steady_timer.hpp>

namespace dormouse::worker {

namespace {
constexpr int largest_batch = 256;
// Short, because a drain waits for it; the wait costs nothing while it lasts.
constexpr base::ms longest_wait{1'000};
constexpr base::ms pause_after_failure{500};
}  // namespace

base::awaitable<> worker::intake_loop() {
    base::asio::steady_timer pause{executor_};
    bool backlog = true;  // first, what a crash or a lost answer left in our own list
    while (!closed_ && !(stopping_ && !backlog)) {
        if (!ready() || !registered_) {
            backlog = true;
            if (stopping_) co_return;
            (void)co_await connection_.wait_connected(base::deadline::after(longest_wait));
            if (ready()) continue;
        } else if (backlog) {
            backlog = co_await take_and_admit();
        } else {
            auto envelope = co_await waiter_.next_envelope(longest_wait);
            if (!envelope) {
                backlog = true;
            } else {
                made_progress();
                if (!*envelope) continue;
                queue::intake_batch one{redis_now(), 1, {}};
                one.envelopes.push_back(std::move(**envelope));
                backlog = co_await admit(std::move(one));
                continue;
            }
        }
        if (!backlog || ready()) continue;
        pause.expires_after(pause_after_failure);
        (void)co_await pause.async_wait(base::as_result);
    }
}

base::awaitable<bool> worker::take_and_admit() {
    const auto sent_at = steady::now();
    auto batch = co_await broker_.take(largest_batch, call_limit());
    if (!batch) {
        base::log::warn("redis.take_failed", {{"error", batch.error().message()}});
        base::asio::steady_timer pause{executor_, pause_after_failure};
        (void)co_await pause.async_wait(base::as_result);
        co_return true;
    }
    counts_.redis_answered("take", steady::now() - sent_at);
    made_progress();
    saw_redis_time(batch->now);
    if (batch->envelopes.empty()) co_return false;
    co_return co_await admit(std::move(*batch));
}

// True if more may be waiting.
base::awaitable<bool> worker::admit(queue::intake_batch batch) {
    std::vector<admission_desk::decision> made;
    std::vector<queue::admission> admissions;
    std::vector<std::size_t> places;
    std::vector<std::string> stamped;
    for (std::size_t i = 0; i < batch.envelopes.size(); ++i) {
        auto d = desk_.decide(batch.envelopes[i], batch.now, base::make_ulid(batch.now));
        if (d.needs_id) {
            places.push_back(i);
            stamped.push_back(queue::stamp(d.admission.id, batch.envelopes[i]));
        }
        admissions.push_back(d.admission);
        made.push_back(std::move(d));
    }
    if (!places.empty()) {
        const auto r = co_await broker_.stamp(std::move(places), std::move(stamped), call_limit());
        if (!r) co_return true;
    }
    const bool others_should = stopping_ || free_slots() <= 0;
    const auto sent_at = steady::now();
    const auto reply = co_await broker_.admit(std::move(admissions), others_should, batch.now, call_limit());
    if (!reply) {
        base::log::warn("redis.admit_failed", {{"error", reply.error().message()}});
        co_return true;
    }
    counts_.redis_answered("admit", steady::now() - sent_at);
    made_progress();
    note_admissions(made, *reply);
    want_claim();
    co_return batch.left > 0;
}

void worker::note_admissions(const std::vector<admission_desk::decision>& made, const queue::admit_reply& reply) {
    for (const auto& d : made) {
        if (d.admission.what == queue::admission::verb::later) note_due(d.admission.due);
        if (d.reason.empty()) continue;
        counts_.rejected(d.reason);
        ++hour_counts_["rejected:" + d.reason];
        base::log::warn("job.rejected",
                        {{"id", d.admission.id}, {"kind", d.kind}, {"reason", d.reason}, {"detail", d.detail}});
    }
    for (const auto& e : reply.exceptions) {
        const auto& a = made.at(e.place).admission;
        if (e.duplicate) {
            counts_.duplicate();
            ++hour_counts_["duplicate"];
            base::log::info("job.duplicate", {{"id", a.id}, {"key", a.key}, {"first", e.holder}});
        } else {
            base::log::info("job.replayed", {{"id", a.id}});
        }
    }
}

base::awaitable<> worker::wake_loop() {
    while (!stopping_) {
        if (!ready() || free_slots() <= 0) {
            (void)co_await slot_free_.wait(base::deadline::after(longest_wait));
            continue;
        }
        const auto rung = co_await waiter_.rung(longest_wait);
        if (!rung) {
            (void)co_await slot_free_.wait(base::deadline::after(pause_after_failure));
            continue;
        }
        made_progress();
        if (*rung) want_claim();
    }
}

}  // namespace dormouse::worker
