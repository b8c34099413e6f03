#include "queue/redis/connection.hpp"

#include "base/async/with_deadline.hpp"
#include "queue/redis/call.hpp"

#include <utility>

namespace dormouse::queue::redis {

namespace asio = base::asio;

namespace {
/// To be asked before a wait: a coroutine that was cancelled before would throw there.
bool is_cancelled(const asio::cancellation_state& s) { return s.cancelled() != asio::cancellation_type::none; }
}  // namespace

base::result<connection_options> options_from(const config::redis_settings& s, std::string name) {
    auto to = parse_url(s.url);
    if (!to) return base::fail(std::move(to));
    connection_options o;
    o.to = std::move(*to);
    if (!s.username.empty()) o.to.user = s.username;
    if (!s.password.empty()) o.to.password = s.password;
    o.name = std::move(name);
    o.ca_file = s.ca_file;
    o.connect_timeout = s.connect_timeout;
    o.command_timeout = s.command_timeout;
    o.reconnect_min = s.reconnect_min;
    o.reconnect_max = s.reconnect_max;
    return o;
}

std::string_view to_string(connection_state s) noexcept {
    switch (s) {
        case connection_state::disconnected: return "disconnected";
        case connection_state::connecting: return "connecting";
        case connection_state::preparing: return "preparing";
        case connection_state::ready: return "ready";
        case connection_state::closed: return "closed";
    }
    return "unknown";
}

connection::connection(asio::any_io_executor on, connection_options o)
    : executor_{std::move(on)},
      options_{std::move(o)},
      target_{options_.to},
      next_deadline_{executor_},
      changed_{executor_} {
    next_deadline_.expires_at(asio::steady_timer::time_point::max());
    changed_.expires_at(asio::steady_timer::time_point::max());
}

connection::~connection() { end_session({base::errc::cancelled, "redis connection destroyed"}); }

bool connection::is_usable() const noexcept {
    return !closing_ && (state_ == connection_state::preparing || state_ == connection_state::ready);
}

connection_counters connection::counters() const noexcept {
    auto all = counters_;
    if (pipeline_) all.replies += pipeline_->replies();
    return all;
}

std::shared_ptr<connection::call> connection::submit(command_buffer command, base::deadline limit) {
    if (limit.is_never()) limit = base::deadline::after(options_.command_timeout);
    auto c = std::make_shared<call>(std::move(command), limit);
    if (c->command.empty() || !c->command.complete())
        c->refuse({base::errc::invalid_argument, "redis command without all its words"});
    else if (limit.is_reached())
        c->refuse({base::errc::timed_out, "redis: no time left for the call"});
    else if (!is_usable())
        c->refuse(
            {base::errc::unavailable, "redis is " + std::string{to_string(state_)} + ": " + last_failure_.detail});
    else
        enqueue(c);
    return c;
}

void connection::enqueue(const std::shared_ptr<call>& c) {
    pipeline_->push(c);
    unsent_.wake();
    if (c->limit.at() < next_deadline_.expiry()) next_deadline_.expires_at(c->limit.at());
}

base::awaitable<bool> connection::answered(std::shared_ptr<call> c) {
    if (!c->finished) co_await c->answered.wait();
    if (!c->finished) pipeline_->withdraw(*c);
    co_return c->finished;
}

base::awaitable<connection::answer> connection::exec_keeping(command_buffer command, base::deadline limit) {
    if (command.count() > 1)
        co_return answer{base::error{base::errc::invalid_argument, "redis: one command expected"}, std::move(command)};
    if (is_cancelled(co_await asio::this_coro::cancellation_state))
        co_return answer{base::error{base::errc::cancelled}, {}};
    const auto c = submit(std::move(command), limit);
    if (!co_await answered(c)) co_return answer{base::error{base::errc::cancelled}, {}};
    if (c->failure) co_return answer{std::move(*c->failure), std::move(c->command)};
    co_return answer{std::move(c->replies.front()), std::move(c->command)};
}

base::awaitable<base::result<reply>> connection::exec(command_buffer command, base::deadline limit) {
    auto a = co_await exec_keeping(std::move(command), limit);
    co_return std::move(a.what);
}

base::awaitable<base::result<std::vector<reply>>> connection::exec_all(command_buffer commands, base::deadline limit) {
    if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return base::error{base::errc::cancelled};
    const auto c = submit(std::move(commands), limit);
    if (!co_await answered(c)) co_return base::error{base::errc::cancelled};
    if (c->failure) co_return std::move(*c->failure);
    co_return std::move(c->replies);
}

base::awaitable<base::result<void>> connection::next_change(std::uint64_t seen) {
    if (changes_ == seen) co_await changed_.async_wait(base::as_result);
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> connection::wait_connected(base::deadline limit) {
    while (state_ != connection_state::ready) {
        if (closing_ || state_ == connection_state::closed)
            co_return base::error{base::errc::unavailable, "redis connection is closed"};
        const auto changed = co_await base::with_deadline(next_change(changes_), limit);
        if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return base::error{base::errc::cancelled};
        if (!changed && state_ != connection_state::ready)
            co_return base::error{base::errc::timed_out,
                                  "no connection to " + options_.to.label() + ": " +
                                      (last_failure_.code ? last_failure_.message() : std::string{to_string(state_)})};
    }
    co_return base::result<void>{};
}

base::awaitable<> connection::close(base::deadline limit) {
    closing_ = true;
    announce();
    while (running_ && pipeline_ && pipeline_->is_awaited() && !limit.is_reached())
        (void)co_await base::with_deadline(next_change(changes_), limit);
    stop_now_ = true;
    announce();
    while (running_) (void)co_await next_change(changes_);
    change(connection_state::closed);
}

void connection::announce() {
    ++changes_;
    changed_.cancel();
}

void connection::change(connection_state s) {
    if (state_ == s) return;
    state_ = s;
    announce();
}

void connection::deliver() {
    for (const auto& r : finished_) static_cast<call&>(*r).answered.wake();
    finished_.clear();
    if (closing_) announce();
}

}  // namespace dormouse::queue::redis
