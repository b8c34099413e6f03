#pragma once
// A worker: takes envelopes in, claims jobs it has slots for, runs them, settles them, keeps its lease and takes over
// from workers that died. It knows nothing of what a kind does.
//
//   intake loop   BLMOVE ▸ peek ▸ admit        wakes the claim loop
//   wake loop     BZPOPMIN                     wakes the claim loop
//   claim loop    one `work` call for settling, promoting and claiming; at most two in flight
//   attempts      one coroutine each; their ends feed the settlements of the next `work`
//   heartbeat     lease, recovery of lost workers, housekeeping, counters, health of Redis

#include "base/async/awaitable.hpp"
#include "base/async/event.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "jobs/registry.hpp"
#include "queue/broker.hpp"
#include "queue/redis/connection.hpp"
#include "queue/waiter.hpp"
#include "worker/admission.hpp"
#include "worker/attempts.hpp"
#include "worker/gate.hpp"
#include "worker/lanes.hpp"
#include "worker/limit_rules.hpp"
#include "worker/metrics.hpp"
#include "worker/pending.hpp"
#include "worker/source_order.hpp"

#include <map>
#include <optional>
#include <string>

namespace dormouse::worker {

/// What health checks ask.
struct status {
    bool stopping = false;
    bool connected = false;
    bool registered = false;
    std::size_t running = 0;
    int slots = 0;
    std::uint64_t progress = 0;  ///< Grows with every answered round trip or wait: what feeds the watchdog.
    std::chrono::steady_clock::time_point last_progress{};
    std::string redis_failure;  ///< Why it is not connected.
    std::vector<std::string> alarms;
};

/// Lives on one event loop. `run` once; destroy it after the loop has run dry.
class worker {
public:
    struct parts {
        base::asio::any_io_executor on;
        const config::settings& settings;
        const jobs::registry& kinds;
        metrics& counts;
        base::clock& clock;
        base::random_source& random;
        gate_rules gate{};  ///< The spec's; tests have less time.
        pace_rules pace{};
    };
    /// Throws `failure` if the Redis URL is not one.
    explicit worker(parts p);

    /// Until `stop` and the drain that follows have ended (house law 6). Redis may be away at any time.
    [[nodiscard]] base::awaitable<> run();

    /// Begins the drain: no new claims; running attempts get `worker.drain`, then they are cut off and released.
    void stop();

    /// The settings' signing keys have changed: use them from now on.
    void reload_signing_keys() { desk_ = admission_desk{settings_, kinds_}; }

    [[nodiscard]] status state() const;
    [[nodiscard]] const std::string& id() const noexcept { return broker_.worker(); }
    [[nodiscard]] queue::redis::connection& connection() noexcept { return connection_; }
    [[nodiscard]] const queue::keys& names() const noexcept { return broker_.names(); }

private:
    using steady = std::chrono::steady_clock;

    // claim_loop.cpp
    [[nodiscard]] base::awaitable<> claim_loop();
    [[nodiscard]] base::deadline next_look() const;
    [[nodiscard]] bool should_send() const;
    [[nodiscard]] bool wants_claim() const;
    [[nodiscard]] int free_slots() const;
    void send_work();
    [[nodiscard]] queue::work_request make_request();
    void add_sources(queue::work_request& r);
    void add_lanes(queue::work_request& r);
    [[nodiscard]] base::awaitable<> do_work(queue::work_request r, std::uint64_t call);
    void on_work(const queue::work_request& r, std::uint64_t call, queue::work_reply reply);
    void note_empty_lanes(const queue::work_request& r, std::uint64_t call, const queue::work_reply& reply);
    [[nodiscard]] bool begin(queue::claimed_job c, bool has_places, base::time_ms now);
    void park(const queue::claimed_job& c, std::string lane);
    [[nodiscard]] bool sent_into_line(const queue::claimed_job& c, const jobs::handler& h);
    void on_attempt_end(ended_attempt e);
    void log_end(const ended_attempt& e, const queue::outcome& o, const queue::settlement* s) const;
    [[nodiscard]] base::awaitable<> reconcile();

    // gatekeeping.cpp
    [[nodiscard]] bool waits_for_target(const queue::claimed_job& c, const jobs::handler& h, bool has_places,
                                        const std::string& target);
    [[nodiscard]] bool is_limited(const queue::job& job, const jobs::handler& h) const;
    [[nodiscard]] std::string hold_for(const std::string& target, std::string lane);
    void admit_into_lanes(std::vector<admission_desk::decision>& made);
    [[nodiscard]] bool put_off(const queue::claimed_job& c, const jobs::handler& h, const std::string& target,
                               base::time_ms now);
    [[nodiscard]] gate::pass pass_gate(const std::string& target, const queue::history& past);
    void learn(const ended_attempt& e, queue::outcome* o);
    void share_places(const std::string& target);
    void reopen_targets();
    [[nodiscard]] bool serves(const std::string& queue) const;
    void note_parked(const queue::lane_name& lane);
    void look_at_gate();
    void tell(const gate::change& c);
    void tell(outage::change c);

    // intake_loop.cpp
    [[nodiscard]] base::awaitable<> intake_loop();
    [[nodiscard]] base::awaitable<> wake_loop();
    [[nodiscard]] base::awaitable<bool> admit_batch();
    [[nodiscard]] std::vector<admission_desk::decision> decide(const queue::intake_batch& batch) const;
    [[nodiscard]] bool serves_all(const std::vector<queue::admission>& admissions) const;
    [[nodiscard]] base::awaitable<bool> stamp_new(const queue::intake_batch& batch,
                                                  const std::vector<admission_desk::decision>& made);
    void note_admissions(std::vector<admission_desk::decision>& made, const queue::admit_reply& reply);
    [[nodiscard]] base::awaitable<> pause(base::ms length);

    // lease.cpp
    [[nodiscard]] base::awaitable<base::result<void>> on_connected(queue::redis::connection& c);
    [[nodiscard]] base::awaitable<> heartbeat_loop();
    [[nodiscard]] base::awaitable<> beat();
    [[nodiscard]] base::awaitable<> recover(std::string lost_worker, base::time_ms now);
    [[nodiscard]] base::awaitable<> tidy();
    [[nodiscard]] base::awaitable<> check_server();
    void on_lease_lost();
    void check_epoch(const std::string& epoch);

    // worker.cpp
    [[nodiscard]] base::awaitable<> drain();
    [[nodiscard]] base::awaitable<> until_idle(base::deadline limit);
    [[nodiscard]] base::deadline call_limit() const { return base::deadline::after(settings_.redis.command_timeout); }
    [[nodiscard]] bool ready() const { return connection_.state() == queue::redis::connection_state::ready; }
    [[nodiscard]] base::time_ms redis_now() const;
    void saw_redis_time(base::time_ms now);
    void note_due(base::time_ms due);
    void want_claim();
    void made_progress();

    base::asio::any_io_executor executor_;
    const config::settings& settings_;
    const jobs::registry& kinds_;
    metrics& counts_;
    base::random_source& random_;

    queue::redis::connection connection_;
    queue::broker broker_;
    queue::waiter waiter_;
    admission_desk desk_;
    attempts attempts_;
    pending pending_;
    gate gate_;
    lanes lanes_;
    source_order order_;
    limit_rules limits_;

    base::event changed_;  ///< For the claim loop: something to send, claim or reconcile.
    base::event stopping_now_;
    base::event quiet_;      ///< For the drain: an attempt or a call has ended.
    base::event slot_free_;  ///< For the wake loop.
    base::event beat_now_;

    bool stopping_ = false;
    bool closed_ = false;
    bool registered_ = false;
    bool wanted_ = true;   ///< Something may be ready now.
    bool more_ = false;    ///< The last claim left ready jobs behind.
    bool unsure_ = false;  ///< An answer was lost: Redis may count jobs as ours that we do not know of.
    bool lanes_first_ = false;
    std::uint64_t calls_made_ = 0;
    int calls_ = 0;     ///< `work` calls in flight,
    int claiming_ = 0;  ///< and the jobs they may bring.
    int loops_ = 0;
    base::ms time_offset_{0};  ///< Redis time minus the machine's.
    std::optional<steady::time_point> due_;
    steady::time_point connected_at_{};
    steady::time_point server_checked_at_{};
    steady::time_point last_progress_{steady::now()};
    std::uint64_t progress_ = 0;
    std::uint64_t reconnects_seen_ = 0;
    std::string epoch_;
    std::map<std::string, std::int64_t> hour_counts_;
    base::clock& clock_;
};

}  // namespace dormouse::worker
