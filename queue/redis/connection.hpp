#pragma once
// A connection to Redis that keeps itself alive, for many concurrent callers. Their commands are pipelined: they share
// writes, and replies are handed out in order. What it does not do: repeat a command. Whoever sent it knows whether
// that is harmless.
//
//     disconnected ──> connecting ──> preparing ──> ready ──┐
//           ^    backoff      │           │                 │ error, deadline, fatal reply
//           └─────────────────┴───────────┴─────────────────┘        close(): ──> closed, from anywhere

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "queue/redis/command.hpp"
#include "queue/redis/pipeline.hpp"
#include "queue/redis/stream.hpp"
#include "queue/redis/url.hpp"
#include "queue/redis/wake_up.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::queue::redis {

struct connection_options {
    address to;
    std::string name = "dormouse";  ///< CLIENT SETNAME, for `CLIENT LIST`; no spaces.
    std::string ca_file;
    base::ms connect_timeout{3000};  ///< Of one attempt: name, socket, TLS, AUTH, checks.
    base::ms command_timeout{5000};  ///< Deadline of a call that brings none.
    base::ms reconnect_min{50};
    base::ms reconnect_max{2000};
    std::size_t max_reply_bytes = default_max_reply_bytes;
};

/// From the configuration; user and password there win over the URL's. Errors: invalid_argument (`redis.url: …`).
[[nodiscard]] base::result<connection_options> options_from(const config::redis_settings& s, std::string name);

enum class connection_state {
    disconnected,  ///< Waits for the next attempt; or `run` has not begun.
    connecting,    ///< Socket, TLS, AUTH, SELECT, checks.
    preparing,     ///< Usable; `on_connected` runs.
    ready,
    closed,  ///< For good.
};

[[nodiscard]] std::string_view to_string(connection_state s) noexcept;

/// For metrics; all since the beginning.
struct connection_counters {
    std::uint64_t connects = 0;  ///< Times it became ready; all but the first are reconnects.
    std::uint64_t losses = 0;    ///< Times it was lost after it had been usable.
    std::uint64_t failures = 0;  ///< Attempts that did not get so far.
    std::uint64_t bytes_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t writes = 0;   ///< Each the start of a round trip, whoever shared it.
    std::uint64_t replies = 0;  ///< Commands answered.
};

/// All members belong to the executor's single thread. The object must outlive `run()` and every call; end them with
/// `close()` or by cancelling `run()`. Errors of all calls:
///   unavailable      nothing was done: not connected, or the command was not written before the loss, or Redis
///                    refused with an error that ends the connection (READONLY, LOADING, …)
///   connection_lost  it was written and the connection ended before the answer: its effect is unknown
///   timed_out        the deadline passed; effect unknown. The connection is given up and made anew, because the
///                    answers of others wait behind the missing one (they get connection_lost)
///   denied           credentials do not hold any more (NOAUTH)
///   cancelled        the caller was cancelled. If it had been written, it may still take effect; its answer is
///                    discarded and nobody else notices
///   too_large, protocol  the answer; the connection is made anew
///   invalid_argument     the command buffer is incomplete, empty, or not one command
class connection {
public:
    /// Runs after each successful connect, before `ready`: for registering scripts, re-checking what must hold. Its
    /// calls use this connection as usual. Bounded by connect_timeout + command_timeout; reports by value. An error
    /// ends the connection, which is tried again.
    using prepare = std::function<base::awaitable<base::result<void>>(connection&)>;

    connection(base::asio::any_io_executor on, connection_options o);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Set before `run`. What it captures must outlive the connection.
    void on_connected(prepare p) { prepare_ = std::move(p); }

    /// Keeps it connected until `close()` or cancellation; start it once (co_spawn). Never fails: every trouble is
    /// logged, counted and tried again with backoff.
    [[nodiscard]] base::awaitable<> run();

    /// One command, one reply. An error reply is a reply (see `accept`), except the fatal ones
    /// (`is_connection_fatal`), which are errors. `limit` bounds the wait for the answer: for a blocking command its
    /// own time plus 2 s. A limit of "never" means command_timeout.
    [[nodiscard]] base::awaitable<base::result<reply>> exec(command_buffer command, base::deadline limit = {});

    /// All commands of the buffer in one write, all replies in order; error replies stay in their places.
    [[nodiscard]] base::awaitable<base::result<std::vector<reply>>> exec_all(command_buffer commands,
                                                                             base::deadline limit = {});

    struct answer {
        base::result<reply> what;
        command_buffer sent;  ///< The command given back; empty if the caller was cancelled.
    };
    /// As `exec`, and gives the command back for a second try (scripts).
    [[nodiscard]] base::awaitable<answer> exec_keeping(command_buffer command, base::deadline limit = {});

    /// Until `ready`; at once if it is. Errors: timed_out, with the last failure in the detail; unavailable once
    /// closed; cancelled.
    [[nodiscard]] base::awaitable<base::result<void>> wait_connected(base::deadline limit);

    /// Takes no more calls, waits for the pending ones until `limit`, fails the rest and returns when `run` has ended.
    /// Idempotent. Call it shielded from cancellation.
    [[nodiscard]] base::awaitable<> close(base::deadline limit);

    [[nodiscard]] connection_state state() const noexcept { return state_; }
    /// Counts connects: a caller that sees another number than before has to assume a Redis with another memory.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
    [[nodiscard]] connection_counters counters() const noexcept;
    [[nodiscard]] const base::error& last_failure() const noexcept { return last_failure_; }
    [[nodiscard]] const connection_options& options() const noexcept { return options_; }
    [[nodiscard]] base::asio::any_io_executor executor() const noexcept { return executor_; }

private:
    struct call;

    [[nodiscard]] std::shared_ptr<call> submit(command_buffer command, base::deadline limit);
    void enqueue(const std::shared_ptr<call>& c);
    [[nodiscard]] base::awaitable<bool> answered(std::shared_ptr<call> c);
    [[nodiscard]] base::awaitable<base::result<void>> next_change(std::uint64_t seen);
    [[nodiscard]] bool is_usable() const noexcept;
    void deliver();

    // The life of the connection, connection_life.cpp.
    [[nodiscard]] base::awaitable<> keep_connected();
    [[nodiscard]] base::awaitable<base::error> live_once();
    [[nodiscard]] base::awaitable<base::error> use();
    [[nodiscard]] base::awaitable<base::error> read_loop();
    [[nodiscard]] base::awaitable<base::error> write_loop();
    [[nodiscard]] base::awaitable<base::error> watch_deadlines();
    [[nodiscard]] base::awaitable<base::error> get_ready();
    [[nodiscard]] base::awaitable<base::result<void>> greet();
    [[nodiscard]] base::awaitable<> until_stopped();
    void choose_target();
    void end_session(const base::error& why);
    void change(connection_state s);
    void announce();
    [[nodiscard]] base::error lose(base::error why);
    void report_failure(const base::error& why);

    base::asio::any_io_executor executor_;
    connection_options options_;
    address target_;  ///< options_.to, or where a cluster's MOVED sent us.
    prepare prepare_;
    base::random_engine random_;

    connection_state state_ = connection_state::disconnected;
    bool running_ = false;
    bool closing_ = false;
    bool stop_now_ = false;
    std::uint64_t generation_ = 0;
    unsigned failures_in_row_ = 0;
    base::deadline attempt_limit_;
    bool was_usable_ = false;                                            ///< This session, at some time.
    std::optional<base::deadline::clock_type::time_point> ready_since_;  ///< This session.
    base::error last_failure_;
    connection_counters counters_;

    std::unique_ptr<stream> stream_;
    std::unique_ptr<pipeline> pipeline_;  ///< Of the present stream; null without one.
    finished_requests finished_;
    std::vector<char> read_buffer_;
    wake_up unsent_;                          ///< For the writer: there is something to write.
    base::asio::steady_timer next_deadline_;  ///< For the watcher; moved forward by earlier deadlines.
    base::asio::steady_timer changed_;        ///< A condition variable: cancelled when something changed.
    std::uint64_t changes_ = 0;               ///< So that a change between look and wait is not missed.
};

}  // namespace dormouse::queue::redis
