#pragma once
// A real worker on a real Redis, with kinds that the test writes.

#include "base/async/spawn.hpp"
#include "base/random.hpp"
#include "jobs/registry.hpp"
#include "queue/envelope.hpp"
#include "tests/support/redis_server.hpp"
#include "worker/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dormouse::test {

/// A kind whose attempts do what the test says.
class scripted_kind final : public jobs::handler {
public:
    using body = std::function<base::awaitable<queue::outcome>(const jobs::attempt&)>;

    explicit scripted_kind(std::string name, body b) : name_{std::move(name)}, body_{std::move(b)} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return name_; }
    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        if (args.contains("bad")) return base::error{base::errc::invalid_argument, "args.bad: not wanted"};
        return {};
    }
    [[nodiscard]] std::string lane(const boost::json::object& args) const override {
        const auto* l = args.if_contains("lane");
        return l != nullptr ? std::string{l->as_string()} : std::string{};
    }
    [[nodiscard]] std::string target(const boost::json::object& args) const override {
        const auto* t = args.if_contains("target");
        return t != nullptr ? std::string{t->as_string()} : std::string{};
    }
    [[nodiscard]] base::ms default_timeout() const noexcept override { return timeout; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return max_attempts; }
    [[nodiscard]] base::ms backoff(int, base::random_source&) const override { return retry_after; }
    [[nodiscard]] base::awaitable<queue::outcome> run(const jobs::attempt& a) override { return body_(a); }

    base::ms timeout{10'000};
    base::ms retry_after{20};
    int max_attempts = 3;

private:
    std::string name_;
    body body_;
};

/// Settings that reach `redis`; unsigned envelopes are accepted.
[[nodiscard]] config::settings settings_for(const redis_server& redis);

/// The same with a heartbeat a minute: what is found within the patience of `until` was rung or timed, not found by a
/// look that comes round anyway.
[[nodiscard]] config::settings settings_without_looks(const redis_server& redis);

/// An unsigned envelope of kind `kind` with `args` and more fields, both as JSON objects.
[[nodiscard]] std::string envelope(const std::string& kind, const std::string& args = "{}",
                                   const std::string& more = "{}");

/// One worker in this thread. `until` runs the loop; the destructor drains the worker.
class running_worker {
public:
    running_worker(config::settings s, std::vector<std::unique_ptr<scripted_kind>> kinds, worker::gate_rules gate = {},
                   worker::pace_rules pace = {});
    ~running_worker();

    /// Runs the loop until `condition` holds; false after `limit`.
    [[nodiscard]] bool until(const std::function<bool()>& condition, base::ms limit = base::ms{30'000});
    /// Sends envelopes with one LPUSH, over a connection of its own.
    void push(const std::vector<std::string>& envelopes);
    /// One command, answered as redis-cli would not: typed.
    queue::redis::reply ask(queue::redis::command_buffer command);

    void stop_and_drain();
    [[nodiscard]] worker::worker& get() { return *worker_; }
    [[nodiscard]] worker::metrics& counts() { return counts_; }
    [[nodiscard]] boost::asio::io_context& io() { return io_; }
    [[nodiscard]] const queue::keys& names() const { return names_; }

private:
    boost::asio::io_context io_{1};
    config::settings settings_;
    jobs::registry kinds_;
    worker::metrics counts_;
    base::random_engine random_;
    queue::keys names_;
    queue::redis::connection client_;
    std::unique_ptr<worker::worker> worker_;
    bool ended_ = false;
};

}  // namespace dormouse::test
