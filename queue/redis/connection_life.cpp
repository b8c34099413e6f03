// How a connection comes to life, stays alive and dies: the coroutines below `run`.
#include "base/async/with_deadline.hpp"
#include "base/log.hpp"
#include "queue/redis/backoff.hpp"
#include "queue/redis/call.hpp"
#include "queue/redis/connection.hpp"
#include "queue/redis/redirect.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <bit>
#include <utility>
#include <variant>

namespace dormouse::queue::redis {

namespace asio = base::asio;
using namespace asio::experimental::awaitable_operators;

namespace {
/// Every side of a `||` has to report by value: an exception in one of them would wait until the others end.
base::awaitable<base::error> by_value(base::awaitable<base::error> side) {
    try {
        co_return co_await std::move(side);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) co_return base::error{base::errc::cancelled};
        co_return base::error{base::errc::connection_lost, e.what()};
    } catch (const std::exception& e) {
        co_return base::error{base::errc::connection_lost, e.what()};
    }
}

/// Ends when cancelled.
base::awaitable<> wait_for_the_end() {
    wake_up never;
    co_await never.wait();
}

/// Nothing if the reply is an answer as hoped for.
std::optional<base::error> refusal(std::string_view command, reply_view r) {
    if (!r.is_error()) return std::nullopt;
    auto e = to_error(r);
    return base::error{e.code, "redis refused " + std::string{command} + ": " + std::string{r.text()}};
}

/// A user may lack the permission to ask; what the answer would have told then shows itself later.
bool may_not_ask(reply_view r) { return r.error_code() == "NOPERM"; }

std::optional<base::error> wrong_role(reply_view role) {
    if (may_not_ask(role)) return std::nullopt;
    if (auto e = refusal("ROLE", role)) return e;
    const auto word = role[0].text();
    if (word == "master") return std::nullopt;
    return base::error{base::errc::unavailable,
                       "redis is a " + std::string{word == "slave" ? "replica" : word} + ", not a writable master"};
}
}  // namespace

base::awaitable<> connection::run() {
    if (running_ || closing_) co_return;
    running_ = true;
    try {
        co_await (keep_connected() || until_stopped());
    } catch (const std::exception& e) {
        base::log::debug("redis.run_ended", {{"why", e.what()}});
    }
    closing_ = true;
    end_session({base::errc::cancelled, "redis connection closed"});
    running_ = false;
    change(connection_state::closed);
}

base::awaitable<> connection::until_stopped() {
    while (!stop_now_) (void)co_await next_change(changes_);
}

base::awaitable<> connection::keep_connected() {
    for (;;) {
        const auto why = co_await by_value(live_once());
        choose_target();
        end_session(why);
        report_failure(why);
        asio::steady_timer pause{
            executor_, reconnect_delay(failures_in_row_, options_.reconnect_min, options_.reconnect_max, random_)};
        co_await pause.async_wait(base::as_result);
    }
}

/// A cluster's node may send us to another; as long as that one answers we stay there.
void connection::choose_target() {
    const auto moved = pipeline_ ? moved_to(pipeline_->fatal(), target_) : std::nullopt;
    if (moved)
        target_ = *moved;
    else if (!was_usable_)
        target_ = options_.to;
}

base::awaitable<base::error> connection::live_once() {
    was_usable_ = false;
    ready_since_.reset();
    change(connection_state::connecting);
    attempt_limit_ = base::deadline::after(options_.connect_timeout);
    auto connected =
        co_await base::with_deadline(connect(target_, {options_.ca_file, options_.command_timeout}), attempt_limit_);
    if (!connected && connected.error() == base::errc::timed_out)
        co_return base::error{base::errc::unavailable, "no connection to " + target_.label() + " in time"};
    if (!connected) co_return base::fail(std::move(connected));
    stream_ = std::move(*connected);
    pipeline_ = std::make_unique<pipeline>(options_.max_reply_bytes);
    co_return co_await use();
}

base::awaitable<base::error> connection::use() {
    auto first = co_await (by_value(read_loop()) || by_value(write_loop()) || by_value(watch_deadlines()) ||
                           by_value(get_ready()));
    co_return std::visit([](auto& why) { return std::move(why); }, first);
}

base::awaitable<base::error> connection::read_loop() {
    constexpr std::size_t read_size = 64UL * 1024;
    read_buffer_.resize(read_size);
    for (;;) {
        const auto n = co_await stream_->read_some(read_buffer_.data(), read_buffer_.size());
        if (!n) co_return lose(n.error());
        counters_.bytes_in += *n;
        auto understood = pipeline_->feed({read_buffer_.data(), *n}, finished_);
        if (!understood) co_return lose(understood.error());
        deliver();
    }
}

base::awaitable<base::error> connection::write_loop() {
    for (;;) {
        while (pipeline_->has_unsent()) {
            const auto bytes = pipeline_->begin_write();
            ++counters_.writes;
            auto written = co_await stream_->write(bytes);
            if (!written) co_return lose(written.error());
            counters_.bytes_out += bytes.size();
        }
        co_await unsent_.wait();
    }
}

base::awaitable<base::error> connection::watch_deadlines() {
    for (;;) {
        next_deadline_.expires_at(pipeline_->earliest().at());
        co_await next_deadline_.async_wait(base::as_result);
        if (pipeline_->expire(std::chrono::steady_clock::now(), finished_))
            co_return lose({base::errc::timed_out, "redis gave no answer in time"});
    }
}

base::awaitable<base::error> connection::get_ready() {
    const base::error too_late{base::errc::cancelled};  // the other loops have ended the session meanwhile
    if (auto ok = co_await greet(); !ok) co_return base::fail(std::move(ok));
    if (state_ != connection_state::connecting) co_return too_late;
    ++generation_;
    was_usable_ = true;
    change(connection_state::preparing);
    if (prepare_) {
        const auto limit = base::deadline::after(options_.connect_timeout + options_.command_timeout);
        if (auto ok = co_await base::with_deadline(prepare_(*this), limit); !ok) co_return lose(ok.error());
    }
    if (state_ != connection_state::preparing) co_return too_late;
    ++counters_.connects;
    ready_since_ = std::chrono::steady_clock::now();
    last_failure_ = {};
    change(connection_state::ready);
    base::log::info("redis.connected", {{"to", target_.label()}, {"name", options_.name}, {"generation", generation_}});
    co_await wait_for_the_end();
    co_return base::error{base::errc::cancelled};
}

base::awaitable<base::result<void>> connection::greet() {
    const auto& to = target_;
    command_buffer hello;
    const bool auth = !to.password.empty();
    if (auth && to.user.empty()) hello.add({"AUTH", to.password.reveal()});
    if (auth && !to.user.empty()) hello.add({"AUTH", to.user, to.password.reveal()});
    if (to.db != 0) hello.add({"SELECT", std::to_string(to.db)});
    hello.add({"CLIENT", "SETNAME", options_.name}).add({"PING"}).add({"ROLE"});

    const auto c = std::make_shared<call>(std::move(hello), attempt_limit_);
    enqueue(c);
    if (!co_await answered(c)) co_return base::error{base::errc::cancelled};
    if (c->failure) co_return *c->failure;
    std::size_t i = 0;
    if (auth)
        if (auto e = refusal("AUTH", c->replies[i++])) co_return base::error{base::errc::denied, e->detail};
    if (to.db != 0)
        if (auto e = refusal("SELECT", c->replies[i++])) co_return *e;
    ++i;  // a refused name harms nobody
    const auto& pong = c->replies[i++];
    if (auto e = refusal("PING", pong); e && !may_not_ask(pong)) co_return *e;
    if (auto e = wrong_role(c->replies[i])) co_return *e;
    co_return base::result<void>{};
}

/// The session cannot go on. Said before anybody hears of a failed call, so that whoever answers it with a new call or
/// with wait_connected does not meet the old session. A write may still be under way: the rest is end_session's.
base::error connection::lose(base::error why) {
    change(connection_state::disconnected);
    pipeline_->fail_all(why, finished_);
    deliver();
    return why;
}

void connection::end_session(const base::error& why) {
    change(connection_state::disconnected);
    if (pipeline_) {
        (void)lose(why);
        counters_.replies += pipeline_->replies();
        pipeline_.reset();
    }
    stream_.reset();
}

void connection::report_failure(const base::error& why) {
    const bool was_stable = ready_since_ && std::chrono::steady_clock::now() - *ready_since_ >= options_.reconnect_max;
    failures_in_row_ = was_stable ? 1 : failures_in_row_ + 1;
    if (why == base::errc::cancelled) return;
    last_failure_ = why;
    ++(was_usable_ ? counters_.losses : counters_.failures);
    const auto to = target_.label();
    const auto text = why.message();
    const base::log::fields fields{{"to", to}, {"name", options_.name}, {"why", text}, {"failures", failures_in_row_}};
    // A server that stays away must not fill the log: the 1st, 2nd, 4th, 8th … attempt in a row.
    if (was_usable_)
        base::log::warn("redis.lost", fields);
    else if (std::has_single_bit(failures_in_row_))
        base::log::warn("redis.connect_failed", fields);
}

}  // namespace dormouse::queue::redis
