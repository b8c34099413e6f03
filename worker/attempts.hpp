#pragma once
// The attempts that run now: each is one coroutine under a deadline. A handler that throws, hangs or is cut off ends
// its own attempt and nothing else.

#include "base/async/awaitable.hpp"
#include "base/async/event.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "jobs/handler.hpp"
#include "queue/job.hpp"
#include "queue/outcome.hpp"
#include "worker/gate.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace dormouse::worker {

/// Why an attempt was cancelled from outside.
enum class cut { none, deadline, drain, lease_lost };

/// The end of an attempt.
struct ended_attempt {
    queue::claimed_job claimed;
    queue::outcome outcome;  ///< Of the handler, or made for it when it threw or hung.
    jobs::handler* handler = nullptr;
    std::string lane;
    bool has_places = false;  ///< In limits across workers.
    gate::pass pass;
    cut why = cut::none;
    bool finished = false;  ///< The handler returned an outcome of its own.
    int last_attempt = 1;
    std::chrono::nanoseconds took{0};
};

/// What to run.
struct planned_attempt {
    queue::claimed_job claimed;
    jobs::handler* handler = nullptr;
    std::string lane;
    bool has_places = false;  ///< In limits across workers; given back by the queue with the settlement.
    gate::pass pass{};
    base::ms timeout{};
    int last_attempt = 1;
    base::time_ms now{};  ///< Redis time.
};

/// Lives on one event loop; destroy it only when the loop runs no more.
class attempts {
public:
    attempts(const base::asio::any_io_executor& on, base::clock& clock, base::random_source& random,
             std::function<void(ended_attempt)> on_end);

    void start(planned_attempt p);

    /// Cuts attempts off at their deadlines, and lets go of those that do not end `patience` later. Ends after `close`.
    [[nodiscard]] base::awaitable<> watch();
    void close();

    void cut_all(cut why);

    [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }
    [[nodiscard]] bool is_running(const std::string& id) const { return running_.contains(id); }

    static constexpr base::ms patience{5'000};

private:
    struct entry;
    using limits = std::multimap<std::chrono::steady_clock::time_point, std::shared_ptr<entry>>;

    void finish(const std::shared_ptr<entry>& e, const std::exception_ptr& failed, queue::outcome o);
    void end(const std::shared_ptr<entry>& e, queue::outcome o, bool finished);
    void expect(std::chrono::steady_clock::time_point at, const std::shared_ptr<entry>& e);
    void forget(entry& e);
    void cut_off(const std::shared_ptr<entry>& e, cut why);
    void overdue(const std::shared_ptr<entry>& e);

    base::asio::any_io_executor executor_;
    base::clock& clock_;
    base::random_source& random_;
    std::function<void(ended_attempt)> on_end_;
    std::unordered_map<std::string, std::shared_ptr<entry>> running_;
    limits limits_;  // one for each running attempt, or none once it is past patience
    base::event earlier_limit_;
    bool closed_ = false;
};

}  // namespace dormouse::worker
