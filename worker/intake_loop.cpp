// From the public intake to ready, scheduled or quarantined jobs; and waiting for others' jobs.
#include "worker/worker.hpp"

#include "base/log.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace dormouse::worker {

namespace {
constexpr int largest_batch = 256;
// Short, because a drain waits for it; the wait costs nothing while it lasts.
constexpr base::ms longest_wait{1'000};
constexpr base::ms pause_after_failure{500};
constexpr base::ms pause_before_lease{20};
}  // namespace

base::awaitable<> worker::intake_loop() {
    bool maybe_filled = true;
    while (!stopping_) {
        if (!ready() || !registered_) {
            maybe_filled = true;
            (void)co_await connection_.wait_connected(base::deadline::after(longest_wait));
            if (!registered_) co_await pause(pause_before_lease);
        } else if (maybe_filled) {
            maybe_filled = co_await admit_batch();
        } else {
            const auto filled = co_await waiter_.intake_filled(longest_wait);
            if (filled) made_progress();
            maybe_filled = !filled || *filled;
        }
        if (maybe_filled && !ready()) co_await pause(pause_after_failure);
    }
}

base::awaitable<> worker::pause(base::ms length) {
    base::asio::steady_timer timer{executor_, length};
    (void)co_await timer.async_wait(base::as_result);
}

// True if more may be waiting.
base::awaitable<bool> worker::admit_batch() {
    const auto peeked_at = steady::now();
    const auto batch = co_await broker_.peek(largest_batch, call_limit());
    if (!batch) {
        base::log::warn("redis.peek_failed", {{"error", batch.error().message()}});
        co_await pause(pause_after_failure);
        co_return true;
    }
    counts_.redis_answered("peek", steady::now() - peeked_at);
    made_progress();
    if (batch->now == base::time_ms{}) co_return true;  // giants were cut: read again
    saw_redis_time(batch->now);
    if (batch->envelopes.empty()) co_return false;

    auto made = decide(*batch);
    if (!co_await stamp_new(*batch, made)) co_return true;
    admit_into_lanes(made);
    std::vector<queue::admission> admissions;
    admissions.reserve(made.size());
    for (const auto& d : made) admissions.push_back(d.admission);
    const bool others_should = stopping_ || free_slots() <= 0 || !serves_all(admissions);
    const auto sent_at = steady::now();
    const auto reply =
        co_await broker_.admit(batch->admitted, std::move(admissions), others_should, batch->now, call_limit());
    if (!reply) {
        base::log::warn("redis.admit_failed", {{"error", reply.error().message()}});
        co_await pause(pause_after_failure);
        co_return true;
    }
    counts_.redis_answered("admit", steady::now() - sent_at);
    made_progress();
    if (reply->stale) co_return true;
    note_admissions(made, *reply);
    want_claim();
    co_return batch->envelopes.size() == static_cast<std::size_t>(largest_batch);
}

// What this worker admits and does not serve must ring for those who do.
bool worker::serves_all(const std::vector<queue::admission>& admissions) const {
    return std::ranges::all_of(admissions, [this](const queue::admission& a) {
        return a.what == queue::admission::verb::dead || serves(a.queue);
    });
}

std::vector<admission_desk::decision> worker::decide(const queue::intake_batch& batch) const {
    std::vector<admission_desk::decision> made;
    made.reserve(batch.envelopes.size());
    for (const auto& envelope : batch.envelopes) made.push_back(desk_.decide(envelope, batch.now));
    return made;
}

// False if the batch is stale or the outcome unknown: read again.
base::awaitable<bool> worker::stamp_new(const queue::intake_batch& batch,
                                        const std::vector<admission_desk::decision>& made) {
    std::vector<std::size_t> places;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < made.size(); ++i) {
        if (!made[i].needs_id) continue;
        places.push_back(i);
        texts.push_back(queue::stamp(made[i].admission.id, batch.envelopes[i]));
    }
    if (places.empty()) co_return true;
    const auto stamped = co_await broker_.stamp(batch.admitted, std::move(places), std::move(texts), call_limit());
    co_return stamped && *stamped;
}

void worker::note_admissions(std::vector<admission_desk::decision>& made, const queue::admit_reply& reply) {
    for (auto& d : made) {
        if (!d.admission.lane.empty())
            lanes_.mark_parked({d.admission.queue, d.admission.lane}, calls_made_);
        else if (d.job && free_slots() > 0)
            broker_.remember(std::move(*d.job));
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
        if (!ready()) {
            (void)co_await connection_.wait_connected(base::deadline::after(longest_wait));
            if (!ready()) co_await pause(pause_before_lease);
            continue;
        }
        if (free_slots() <= 0) {
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
