#pragma once
// Runs of duties: one at a time of each across all schedulers, and none is lost with its process. A run is held by a
// lease in Redis, renewed at a third of its length. A scheduler that dies leaves a lease that ends; another one takes
// the run over. One that is told to stop gives it back. When the lease cannot be kept (Redis is away for longer than
// it), the run is cut off, because somebody else may have it by then.

#include "base/async/awaitable.hpp"
#include "base/async/event.hpp"
#include "queue/schedules.hpp"
#include "scheduler/duty.hpp"
#include "scheduler/metrics.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace dormouse::scheduler {

/// Lives on one event loop; destroy it after the loop has run dry.
class keeper {
public:
    struct parts {
        base::asio::any_io_executor on;
        queue::schedules& store;
        metrics& counts;
        base::clock& clock;
        std::function<base::time_ms()> redis_now;
        base::ms lease;
        std::string owner;
    };
    explicit keeper(parts p) : parts_{std::move(p)}, quiet_{parts_.on} {}

    /// A run that is ours by now: does it, holds it, and writes its end down. `resumed`: another scheduler began it.
    void start(std::string schedule, duty& work, base::ms limit, queue::schedule_run run, bool resumed);

    [[nodiscard]] bool is_running(const std::string& schedule) const { return running_.contains(schedule); }
    [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }

    /// Until no run is left, or `limit`.
    [[nodiscard]] base::awaitable<> until_idle(base::deadline limit);
    /// Cuts all runs off and gives them back, for another scheduler to go on.
    void give_back();

private:
    enum class cut { none, limit, stop, lease };
    struct active;
    using shared = std::shared_ptr<active>;

    [[nodiscard]] base::awaitable<> keep(shared a);
    [[nodiscard]] base::awaitable<> renew(shared a);
    [[nodiscard]] base::awaitable<> settle(shared a);
    [[nodiscard]] base::awaitable<base::result<bool>> write_end(shared a);
    [[nodiscard]] queue::schedule_event event_of(const active& a) const;
    void cut_off(active& a, cut why);
    [[nodiscard]] base::ms step() const { return parts_.lease / 3; }

    parts parts_;
    std::map<std::string, shared> running_;
    base::event quiet_;
};

}  // namespace dormouse::scheduler
