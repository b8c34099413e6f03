#include "worker/worker.hpp"

#include "base/async/spawn.hpp"
#include "base/log.hpp"
#include "base/process_name.hpp"

namespace dormouse::worker {

namespace {

std::string make_worker_id(const std::string& configured) {
    auto name = configured.empty() ? base::host_name() : configured;
    return base::unique_process_name(name.empty() ? "worker" : name);
}

std::vector<std::string> names_of(const std::vector<config::served_queue>& queues) {
    std::vector<std::string> out;
    for (const auto& q : queues) out.push_back(q.name);
    return out;
}

queue::redis::connection_options options_of(const config::settings& s) {
    return queue::redis::options_from(s.redis, "dormouse").value();
}

}  // namespace

worker::worker(parts p)
    : executor_{p.on},
      settings_{p.settings},
      kinds_{p.kinds},
      counts_{p.counts},
      random_{p.random},
      connection_{p.on, options_of(p.settings)},
      broker_{connection_,      queue::keys{p.settings.site.name}, make_worker_id(p.settings.worker.name),
              p.settings.queue, p.settings.worker.lease,           names_of(p.settings.worker.queues)},
      waiter_{p.on, options_of(p.settings), broker_.names(), names_of(p.settings.worker.queues)},
      desk_{p.settings, p.kinds},
      attempts_{p.on, p.clock, p.random, [this](ended_attempt e) { on_attempt_end(std::move(e)); }},
      gate_{p.settings.worker.slots, p.gate},
      lanes_{p.settings.worker.per_endpoint, p.settings.worker.slots, p.pace},
      order_{p.settings.worker.queues},
      limits_{p.settings.worker.limits},
      changed_{p.on},
      stopping_now_{p.on},
      quiet_{p.on},
      slot_free_{p.on},
      beat_now_{p.on},
      clock_{p.clock} {
    connection_.on_connected([this](queue::redis::connection& c) { return on_connected(c); });
}

base::awaitable<> worker::run() {
    base::log::info("worker.start", {{"worker", id()},
                                     {"site", settings_.site.name},
                                     {"slots", settings_.worker.slots},
                                     {"redis", connection_.options().to.label()}});
    const auto start = [this](const char* name, base::awaitable<> loop) {
        ++loops_;
        base::spawn(executor_, name, std::move(loop), [this] {
            --loops_;
            quiet_.set();
        });
    };
    start("redis.connection", connection_.run());
    start("redis.intake", waiter_.run_intake());
    start("redis.wake", waiter_.run_wake());
    start("worker.claim", claim_loop());
    start("worker.intake", intake_loop());
    start("worker.wake", wake_loop());
    start("worker.heartbeat", heartbeat_loop());
    start("worker.deadlines", attempts_.watch());
    (void)co_await stopping_now_.wait({});
    co_await drain();
    base::log::info("worker.stop", {{"worker", id()}});
}

void worker::stop() {
    if (std::exchange(stopping_, true)) return;
    base::log::info("worker.drain", {{"worker", id()}, {"running", attempts_.running()}});
    stopping_now_.set();
    changed_.set();
    slot_free_.set();
}

// The order of house law 6; claiming has stopped with `stopping_`, leases are kept by the heartbeat until the end.
base::awaitable<> worker::drain() {
    co_await until_idle(base::deadline::after(settings_.worker.drain));
    if (attempts_.running() > 0) {
        base::log::warn("worker.cut_off", {{"running", attempts_.running()}});
        attempts_.cut_all(cut::drain);
        co_await until_idle(base::deadline::after(2 * attempts::patience));
    }
    closed_ = true;  // the loops end by themselves: the waits are short
    changed_.set();
    slot_free_.set();
    beat_now_.set();
    attempts_.close();
    const auto limit = base::deadline::after(settings_.redis.command_timeout);
    const auto loops_of_connections = 3;
    while (loops_ > loops_of_connections && !limit.is_reached()) (void)co_await quiet_.wait(limit);
    if (ready()) {
        const auto owned = co_await broker_.leave(limit);
        if (owned && *owned > 0) base::log::warn("worker.left_jobs", {{"jobs", *owned}});
    }
    co_await waiter_.close(limit);
    co_await connection_.close(limit);
    while (loops_ > 0 && !limit.is_reached()) (void)co_await quiet_.wait(limit);
}

// No attempt runs and nothing waits to be settled. With Redis away there is no point in waiting for the latter.
base::awaitable<> worker::until_idle(base::deadline limit) {
    const auto busy = [this] {
        return attempts_.running() > 0 ||
               ((pending_.size() > 0 || calls_ > 0) && connection_.state() != queue::redis::connection_state::closed);
    };
    changed_.set();
    while (busy() && !limit.is_reached()) (void)co_await quiet_.wait(limit);
}

status worker::state() const {
    status s;
    s.stopping = stopping_;
    s.connected = ready();
    s.registered = registered_;
    s.running = attempts_.running();
    s.slots = settings_.worker.slots;
    s.progress = progress_;
    s.last_progress = last_progress_;
    if (!s.connected) s.redis_failure = connection_.last_failure().message();
    for (const auto a : {redis_alarm::flushed, redis_alarm::eviction, redis_alarm::replica, redis_alarm::no_aof})
        if (counts_.alarm(a)) s.alarms.emplace_back(to_string(a));
    return s;
}

base::time_ms worker::redis_now() const { return clock_.now() + time_offset_; }

void worker::saw_redis_time(base::time_ms now) { time_offset_ = now - clock_.now(); }

void worker::note_due(base::time_ms due) {
    const auto at = steady::now() + std::max(base::ms{0}, due - redis_now());
    if (!due_ || at < *due_) due_ = at;
}

void worker::want_claim() {
    wanted_ = true;
    changed_.set();
}

void worker::made_progress() {
    ++progress_;
    last_progress_ = steady::now();
}

}  // namespace dormouse::worker
