#pragma once
// A scheduler: looks what is due, and does it once, however many schedulers of the site there are. It sleeps until the
// next tick; operators' wishes ring for it (queue/schedule_bell.hpp), and every 20 s it looks anyway, for rings that
// were heard by a scheduler that died. What is to be done is decide()'s (schedule.hpp); that it is done once is
// the store's (queue/schedules.hpp); runs of duties are kept by keeper.hpp.

#include "base/async/awaitable.hpp"
#include "base/async/event.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"
#include "queue/redis/connection.hpp"
#include "queue/schedule_bell.hpp"
#include "queue/schedules.hpp"
#include "scheduler/keeper.hpp"
#include "scheduler/metrics.hpp"
#include "scheduler/plan.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace dormouse::scheduler {

/// What health checks ask.
struct status {
    bool stopping = false;
    bool connected = false;
    std::string redis_failure;  ///< Why it is not connected.
    bool zone_known = true;     ///< False: the site's zone is needed and could not be read yet.
    std::string zone_failure;
    std::chrono::steady_clock::time_point last_look{};  ///< That was answered.
    std::uint64_t looks = 0;
    std::size_t running = 0;  ///< Runs of duties.
};

/// Reads the site's zone.
using read_site_zone = std::function<base::awaitable<base::result<time_zone>>()>;

/// Lives on one event loop. `add` the duties, then `run` once; destroy it after the loop has run dry.
class scheduler {
public:
    struct parts {
        base::asio::any_io_executor on;
        const config::settings& settings;  ///< Must have passed `check`.
        metrics& counts;
        base::clock& clock;
        read_site_zone site_zone;
    };
    /// Throws `failure` if the Redis URL is not one.
    explicit scheduler(parts p);

    /// `d` must outlive this. Before `run`.
    void add(duty& d) { duties_.push_back(&d); }

    /// Until `stop` and the drain that follows have ended. Redis and the database may be away at any time.
    [[nodiscard]] base::awaitable<> run();

    /// Fires nothing more. Runs of duties get `scheduler.drain`, then they are cut off and given back.
    void stop();

    [[nodiscard]] status state() const;
    /// Also part of names of rows that a duty owns; at most 64 bytes.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] queue::redis::connection& connection() noexcept { return connection_; }
    [[nodiscard]] const queue::keys& names() const noexcept { return names_; }

private:
    using steady = std::chrono::steady_clock;
    using plan = std::vector<plan_entry>;

    // tick_loop.cpp
    [[nodiscard]] base::awaitable<> tick_loop();
    [[nodiscard]] base::awaitable<base::deadline> look();
    [[nodiscard]] base::awaitable<bool> look_after(const plan_entry& e, queue::schedule_record r);
    [[nodiscard]] base::awaitable<bool> carry_out(const plan_entry& e, queue::schedule_record r, decision d);
    [[nodiscard]] queue::schedule_change change_for(const plan_entry& e, const queue::schedule_record& r,
                                                    const decision& d) const;
    void begin(const plan_entry& e, queue::schedule_change& c, base::time_ms tick, bool by_operator) const;
    void note(const plan_entry& e, const queue::schedule_change& c, const decision& d);
    [[nodiscard]] base::awaitable<bool> take_over(const plan_entry& e, queue::schedule_run run);
    [[nodiscard]] base::awaitable<bool> run_at_start(const plan_entry& e, queue::schedule_record r);
    void note_next(base::time_ms due);

    // scheduler.cpp
    [[nodiscard]] base::awaitable<> bell_loop();
    [[nodiscard]] base::awaitable<> zone_loop();
    [[nodiscard]] base::awaitable<base::result<void>> on_connected(queue::redis::connection& c);
    [[nodiscard]] base::awaitable<> drain();
    void remake_plan();
    [[nodiscard]] bool ready() const { return connection_.state() == queue::redis::connection_state::ready; }
    [[nodiscard]] base::deadline call_limit() const { return base::deadline::after(settings_.redis.command_timeout); }
    [[nodiscard]] base::time_ms redis_now() const { return clock_.now() + time_offset_; }

    base::asio::any_io_executor executor_;
    const config::settings& settings_;
    metrics& counts_;
    base::clock& clock_;
    read_site_zone read_zone_;
    std::string id_;
    queue::keys names_;

    queue::redis::connection connection_;
    queue::schedule_bell bell_;
    queue::schedules store_;
    keeper keeper_;

    std::vector<duty*> duties_;
    std::optional<time_zone> site_zone_;
    std::string zone_failure_;
    std::shared_ptr<const plan> plan_ = std::make_shared<const plan>();
    std::set<std::string> started_;  ///< Schedules that have had their run at the start.

    base::event changed_;  ///< For the tick loop: look now.
    base::event stopping_now_;
    base::event zone_wanted_;
    base::event quiet_;  ///< For the drain: a loop has ended.
    bool stopping_ = false;
    bool closed_ = false;
    bool ticking_ = false;
    int loops_ = 0;
    base::ms time_offset_{0};  ///< Redis time minus the machine's.
    base::time_ms next_look_{};
    steady::time_point last_look_ = steady::now();
    std::uint64_t looks_ = 0;
};

}  // namespace dormouse::scheduler
