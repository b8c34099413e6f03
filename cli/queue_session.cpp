#include "cli/queue_session.hpp"

#include "queue/redis/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>

namespace dormouse::cli {

namespace {

namespace redis = queue::redis;
using namespace std::chrono_literals;

constexpr auto time_to_connect = 5s;
constexpr auto time_to_close = 1s;
constexpr std::uint64_t most_attempts = 3;

base::error unreachable(const redis::connection& c, const base::error& waited) {
    const auto& last = c.last_failure();
    const auto& why = last.detail.empty() ? waited : last;
    const auto where = "Redis is not reachable at " + c.options().to.label() + ": " +
                       (why.detail.empty() ? why.message() : why.detail);
    const bool refused = why == base::errc::denied;
    return {base::errc::unavailable,
            where + (refused ? "; check redis.username and redis.password" : "; is dormouse-redis running?")};
}

/// A person waits here, so it looks at each failed attempt instead of waiting out the whole time.
base::awaitable<base::result<void>> connect(redis::connection& c) {
    const auto limit = base::deadline::after(time_to_connect);
    for (;;) {
        auto connected = co_await c.wait_connected(limit.at_most(20ms));
        if (connected) co_return connected;
        const bool hopeless = c.counters().failures >= most_attempts || c.last_failure() == base::errc::denied;
        if (connected.error() != base::errc::timed_out || limit.is_reached() || hopeless)
            co_return unreachable(c, connected.error());
    }
}

base::awaitable<exit_code> converse(const context& ctx, redis::connection& c, const redis_command& command) {
    auto ended = exit_code::failed;
    if (const auto connected = co_await connect(c); !connected) {
        ended = report(ctx, connected.error());
    } else {
        ended = co_await command(c);
    }
    co_await c.close(base::deadline::after(time_to_close));
    co_return ended;
}

base::awaitable<exit_code> with_operations(redis::connection& c, const config::settings& settings,
                                           const queue_command& command) {
    queue::operations queue{c, settings};
    co_return co_await command(queue);
}

}  // namespace

exit_code with_redis(const context& ctx, const config::settings& settings, const redis_command& command) {
    configure_quiet_log(ctx);
    auto options = redis::options_from(settings.redis, "dormouse-cli");
    if (!options) return report(ctx, options.error());
    options->reconnect_max = std::min<base::ms>(options->reconnect_max, 200ms);

    base::asio::io_context io;
    redis::connection connection{io.get_executor(), std::move(*options)};
    auto ended = exit_code::failed;
    std::exception_ptr fault;
    base::asio::co_spawn(io, connection.run(), base::asio::detached);
    base::asio::co_spawn(io, converse(ctx, connection, command), [&](std::exception_ptr e, exit_code code) {
        fault = std::move(e);
        ended = code;
        if (fault) io.stop();
    });
    io.run();
    if (fault) std::rethrow_exception(fault);
    return ended;
}

exit_code with_queue(const context& ctx, const config::settings& settings, const queue_command& command) {
    return with_redis(ctx, settings, [&](redis::connection& c) { return with_operations(c, settings, command); });
}

exit_code with_queue(const context& ctx, const queue_command& command) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    return with_queue(ctx, *settings, command);
}

}  // namespace dormouse::cli
