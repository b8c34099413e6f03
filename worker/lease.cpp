// The lease, what is owed to workers that died, and the health of Redis.
#include "worker/worker.hpp"

#include "base/async/periodic.hpp"
#include "base/log.hpp"
#include "queue/scripts.hpp"

namespace dormouse::worker {

namespace {
constexpr int recover_batch = 200;
constexpr base::ms server_check_every{5'000};
// After an outage every lease looks ended until its worker has come back too.
constexpr base::ms grace_after_connect{5'000};
}  // namespace

base::awaitable<base::result<void>> worker::on_connected(queue::redis::connection& c) {
    if (auto r = co_await queue::redis::load(c, queue::the_scripts().all(), call_limit()); !r) co_return r;
    connected_at_ = steady::now();
    if (std::exchange(reconnects_seen_, reconnects_seen_ + 1) > 0) counts_.reconnected();
    // Renew only, if there is something to lose: a lease that is gone must be noticed, not papered over.
    const bool fresh = !registered_;
    auto b = co_await broker_.beat(fresh, call_limit());
    if (!b) co_return b.error();
    saw_redis_time(b->now);
    if (b->held) registered_ = true;
    if (!b->held) on_lease_lost();
    check_epoch(b->epoch);
    for (const auto& lane : b->lanes) note_parked(lane);
    unsure_ = true;
    wanted_ = true;
    beat_now_.set();
    changed_.set();
    co_return base::result<void>{};
}

base::awaitable<> worker::heartbeat_loop() {
    while (!closed_) {
        look_at_gate();
        if (ready()) co_await beat();
        if (ready() && !closed_) co_await tidy();
        (void)co_await beat_now_.wait(base::deadline::after(settings_.worker.heartbeat));
    }
}

base::awaitable<> worker::beat() {
    const auto sent_at = steady::now();
    auto b = co_await broker_.beat(!registered_, call_limit());
    if (!b) {
        base::log::warn("redis.beat_failed", {{"error", b.error().message()}});
        co_return;
    }
    counts_.redis_answered("beat", steady::now() - sent_at);
    saw_redis_time(b->now);
    if (b->held && !registered_) {
        registered_ = true;
        wanted_ = true;
    }
    if (!b->held) on_lease_lost();
    check_epoch(b->epoch);
    for (const auto& lane : b->lanes) note_parked(lane);
    if (!b->lanes.empty()) wanted_ = true;
    changed_.set();
    if (steady::now() - connected_at_ < grace_after_connect) co_return;
    for (auto& lost : b->ended)
        if (lost != id()) co_await recover(std::move(lost), b->now);
}

base::awaitable<> worker::recover(std::string lost_worker, base::time_ms now) {
    std::uint64_t taken = 0;
    // First: whoever goes on with this after us would not.
    if (!co_await broker_.ring_everybody(call_limit())) co_return;
    for (;;) {
        auto orphans = co_await broker_.owned_by(lost_worker, recover_batch, call_limit());
        if (!orphans) co_return;
        for (const auto& o : *orphans)
            base::log::warn("job.recovered", {{"id", o.id},
                                              {"kind", o.job.job.kind},
                                              {"from", lost_worker},
                                              {"crashes", o.job.history.crashes + 1}});
        const auto r = co_await broker_.recover(lost_worker, std::move(*orphans), now, call_limit());
        if (!r || r->alive) co_return;
        taken += r->taken;
        counts_.recovered(r->taken);
        counts_.crashed(r->taken);
        if (r->jobs_left == 0) break;
    }
    base::log::warn("worker.recovered", {{"lost", lost_worker}, {"jobs", taken}});
    want_claim();
}

base::awaitable<> worker::tidy() {
    if (const auto trimmed = co_await broker_.trim(call_limit()); trimmed && trimmed->dead > 0)
        base::log::warn("queue.dead_trimmed", {{"jobs", trimmed->dead}});
    std::vector<std::pair<std::string, std::int64_t>> counts{hour_counts_.begin(), hour_counts_.end()};
    const auto counted = co_await broker_.count(counts, redis_now(), call_limit());
    if (counted)
        for (const auto& [name, n] : counts)
            if (auto it = hour_counts_.find(name); it != hour_counts_.end() && (it->second -= n) == 0)
                hour_counts_.erase(it);
    if (steady::now() - server_checked_at_ >= server_check_every) co_await check_server();
}

base::awaitable<> worker::check_server() {
    server_checked_at_ = steady::now();
    const auto report = co_await broker_.report(call_limit());
    if (!report) co_return;
    const auto& policy = report->maxmemory_policy;
    const auto raise = [this](redis_alarm what, bool on, std::string_view advice) {
        if (on && !counts_.alarm(what))
            base::log::error("redis.alarm", {{"what", to_string(what)}, {"advice", advice}});
        counts_.set_alarm(what, on);
    };
    raise(redis_alarm::eviction, !policy.empty() && policy != "noeviction",
          "set maxmemory-policy noeviction: this Redis may throw jobs away");
    raise(redis_alarm::no_aof, !report->aof, "set appendonly yes: a restart of this Redis forgets jobs");
    raise(redis_alarm::replica, !report->master, "redis.url names a replica; name the master");
}

void worker::check_epoch(const std::string& epoch) {
    if (!epoch_.empty() && epoch != epoch_) {
        counts_.set_alarm(redis_alarm::flushed, true);
        base::log::error("redis.alarm",
                         {{"what", to_string(redis_alarm::flushed)},
                          {"advice", "somebody emptied this Redis; give the queue an instance of its own"}});
    }
    epoch_ = epoch;
}

// Others own our jobs now: whatever still runs here would be done twice.
void worker::on_lease_lost() {
    if (!std::exchange(registered_, false)) return;
    base::log::error("worker.lease_lost", {{"worker", id()}, {"running", attempts_.running()}});
    counts_.lease_lost(attempts_.running() + pending_.size());
    attempts_.cut_all(cut::lease_lost);
    pending_.clear();
    beat_now_.set();
}

}  // namespace dormouse::worker
