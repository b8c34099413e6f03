#include "scheduler/scheduler.hpp"

#include "base/async/spawn.hpp"
#include "base/log.hpp"
#include "base/process_name.hpp"
#include "queue/scripts.hpp"

namespace dormouse::scheduler {

namespace {

using namespace std::chrono_literals;

constexpr base::ms longest_wait_for_bell = 30s;
constexpr base::ms zone_is_fresh = 10min;
constexpr base::ms zone_retry = 5s;
// Beyond the drain, for runs that were cut off to end and to be given back.
constexpr base::ms patience = 5s;

std::string make_id() {
    constexpr std::size_t longest_host = 40;
    const auto host = base::host_name();
    return base::unique_process_name(host.empty() ? "scheduler" : host.substr(0, longest_host));
}

queue::redis::connection_options options_of(const config::settings& s) {
    return queue::redis::options_from(s.redis, "dormouse-scheduler").value();
}

}  // namespace

scheduler::scheduler(parts p)
    : executor_{p.on},
      settings_{p.settings},
      counts_{p.counts},
      clock_{p.clock},
      read_zone_{std::move(p.site_zone)},
      id_{make_id()},
      names_{p.settings.site.name},
      connection_{p.on, options_of(p.settings)},
      bell_{p.on, options_of(p.settings), names_},
      store_{connection_, names_},
      keeper_{keeper::parts{p.on, store_, p.counts, p.clock, [this] { return redis_now(); }, p.settings.scheduler.lease,
                            id_}},
      changed_{p.on},
      stopping_now_{p.on},
      zone_wanted_{p.on},
      quiet_{p.on} {
    connection_.on_connected([this](queue::redis::connection& c) { return on_connected(c); });
}

base::awaitable<> scheduler::run() {
    base::log::info("scheduler.start", {{"scheduler", id_},
                                        {"site", settings_.site.name},
                                        {"schedules", settings_.scheduler.schedules.size()},
                                        {"duties", duties_.size()},
                                        {"redis", connection_.options().to.label()}});
    const auto start = [this](const char* name, base::awaitable<> loop) {
        ++loops_;
        base::spawn(executor_, name, std::move(loop), [this] {
            --loops_;
            quiet_.set();
        });
    };
    remake_plan();
    start("redis.connection", connection_.run());
    start("redis.bell", bell_.run());
    start("scheduler.ticks", tick_loop());
    start("scheduler.bell", bell_loop());
    if (needs_site_zone(settings_)) start("scheduler.zone", zone_loop());
    (void)co_await stopping_now_.wait({});
    co_await drain();
    base::log::info("scheduler.stop", {{"scheduler", id_}});
}

void scheduler::stop() {
    if (std::exchange(stopping_, true)) return;
    base::log::info("scheduler.drain", {{"scheduler", id_}, {"running", keeper_.running()}});
    stopping_now_.set();
    changed_.set();
    zone_wanted_.set();
}

base::awaitable<> scheduler::drain() {
    // What it has begun in this moment is a run to wait for, too.
    const auto last_look = call_limit();
    while (ticking_ && !last_look.is_reached()) (void)co_await quiet_.wait(last_look);
    co_await keeper_.until_idle(base::deadline::after(settings_.scheduler.drain));
    if (keeper_.running() > 0) {
        base::log::warn("scheduler.cut_off", {{"running", keeper_.running()}});
        keeper_.give_back();
        co_await keeper_.until_idle(base::deadline::after(patience));
    }
    closed_ = true;
    changed_.set();
    zone_wanted_.set();
    const auto limit = call_limit();
    co_await bell_.close(base::deadline::after(0ms));  // it waits for a ring
    co_await connection_.close(limit);
    while (loops_ > 0 && !limit.is_reached()) (void)co_await quiet_.wait(limit);
}

// A ring that is lost with its connection costs 20 s.
base::awaitable<> scheduler::bell_loop() {
    while (!closed_) {
        if (!co_await bell_.wait_connected(base::deadline::after(1s))) continue;
        const auto rung = co_await bell_.rung(longest_wait_for_bell);
        if (rung && *rung) changed_.set();
    }
}

base::awaitable<> scheduler::zone_loop() {
    while (!closed_) {
        auto zone = co_await read_zone_();
        if (closed_) co_return;
        if (zone) {
            const bool is_new = !site_zone_ || site_zone_->name() != zone->name();
            site_zone_ = std::move(*zone);
            zone_failure_.clear();
            if (is_new) {
                base::log::info("scheduler.zone", {{"zone", site_zone_->name()}});
                remake_plan();
            }
        } else {
            zone_failure_ = zone.error().message();
            base::log::warn("scheduler.zone_unknown", {{"error", zone_failure_}, {"known", site_zone_.has_value()}});
        }
        (void)co_await zone_wanted_.wait(base::deadline::after(zone_failure_.empty() ? zone_is_fresh : zone_retry));
    }
}

base::awaitable<base::result<void>> scheduler::on_connected(queue::redis::connection& c) {
    if (auto r = co_await queue::redis::load(c, queue::the_scripts().all(), call_limit()); !r) co_return r;
    started_.clear();
    changed_.set();
    co_return base::result<void>{};
}

void scheduler::remake_plan() {
    plan_ = std::make_shared<const plan>(make_plan(settings_, site_zone_, duties_));
    changed_.set();
}

status scheduler::state() const {
    status s;
    s.stopping = stopping_;
    s.connected = ready();
    if (!s.connected) s.redis_failure = connection_.last_failure().message();
    s.zone_known = site_zone_ || !needs_site_zone(settings_);
    s.zone_failure = zone_failure_;
    s.last_look = last_look_;
    s.looks = looks_;
    s.running = keeper_.running();
    return s;
}

}  // namespace dormouse::scheduler
