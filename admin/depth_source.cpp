#include "admin/depth_source.hpp"

#include "base/async/with_deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace dormouse::admin {

using steady = std::chrono::steady_clock;

struct depth_source::state {
    state(boost::asio::any_io_executor e, read_depth r, limits l)
        : executor{std::move(e)}, read{std::move(r)}, limit{l}, finished{executor, steady::time_point::max()} {}

    [[nodiscard]] bool is_fresh() const { return latest && steady::now() - read_at < limit.fresh; }

    boost::asio::any_io_executor executor;
    read_depth read;
    limits limit;
    bool reading = false;
    boost::asio::steady_timer finished;  ///< Cancelled to wake those who wait for the reading.
    std::optional<depth_result> latest;
    steady::time_point read_at;
};

namespace {
base::awaitable<depth_result> read_safely(const read_depth& read) {
    try {
        co_return co_await read();
    } catch (const boost::system::system_error& e) {
        co_return base::error{e.code(), "reading the depth of the queues"};
    } catch (const std::exception& e) {
        co_return base::error{base::errc::server_error, e.what()};
    }
}
}  // namespace

depth_source::depth_source(boost::asio::any_io_executor executor, read_depth read)
    : depth_source{std::move(executor), std::move(read), limits{}} {}

depth_source::depth_source(boost::asio::any_io_executor executor, read_depth read, limits l)
    : state_{std::make_shared<state>(std::move(executor), std::move(read), l)} {}

base::awaitable<void> depth_source::refresh(std::shared_ptr<state> s) {
    auto got = co_await base::with_deadline(read_safely(s->read), base::deadline::after(s->limit.answer));
    s->latest.emplace(std::move(got));
    s->read_at = steady::now();
    s->reading = false;
    s->finished.cancel();
}

base::awaitable<depth_result> depth_source::get_from(std::shared_ptr<state> s) {
    if (s->is_fresh()) co_return *s->latest;
    if (!std::exchange(s->reading, true)) base::asio::co_spawn(s->executor, refresh(s), base::asio::detached);
    while (s->reading) {
        co_await s->finished.async_wait(base::as_result);
        const auto cancellation = co_await base::asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != base::asio::cancellation_type::none)
            co_return base::error{base::errc::cancelled};
    }
    co_return *s->latest;
}

base::awaitable<depth_result> depth_source::get() { return get_from(state_); }

}  // namespace dormouse::admin
