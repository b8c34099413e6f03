#pragma once
// A connection to a private redis-server, and a coroutine that uses it.

#include "queue/redis/connection.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

namespace dormouse::queue::redis {

using base::deadline;
using base::errc;
using test::redis_server;
using namespace std::chrono_literals;

inline connection_options options_for(const std::string& url) {
    config::redis_settings s;
    s.url = url;
    auto o = options_from(s, "test").value();
    o.reconnect_min = 1ms;
    o.reconnect_max = 20ms;
    return o;
}

/// Runs `body(connection, server)` beside the connection's `run`, and closes it in the end. `body` captures nothing.
template <class Body>
base::awaitable<> drive(connection& c, redis_server& s, Body body) {
    co_await body(c, s);
    co_await c.close(deadline::after(2s));
    EXPECT_EQ(c.state(), connection_state::closed);
}

template <class Body>
void with_connection(redis_server& server, const connection_options& o, Body body) {
    base::asio::io_context io;
    connection c{io.get_executor(), o};
    base::asio::co_spawn(io, c.run(), base::asio::detached);
    test::run_on(io, drive(c, server, body));
}

template <class Body>
void with_connection(redis_server& server, Body body) {
    with_connection(server, options_for(server.url()), body);
}

/// The property behind every test of trouble: the connection goes on working by itself.
inline base::awaitable<> expect_it_works(connection& c) {
    const auto connected = co_await c.wait_connected(deadline::after(10s));
    EXPECT_TRUE(connected) << connected.error().message();
    const auto pong = co_await c.exec({"ECHO", "still here"});
    EXPECT_TRUE(pong) << pong.error().message();
    if (pong) EXPECT_EQ(pong->text(), "still here");
}

/// Asks again and again until `condition` holds; false if it does not within 10 s.
template <class Condition>
base::awaitable<bool> until(connection& c, Condition condition) {
    const auto limit = deadline::after(10s);
    base::asio::steady_timer pause{c.executor()};
    while (!condition()) {
        if (limit.is_reached()) co_return false;
        pause.expires_after(1ms);
        co_await pause.async_wait(base::as_result);
    }
    co_return true;
}

/// Until the connection has been lost and made `generation` times.
inline base::awaitable<bool> reaches_generation(connection& c, std::uint64_t generation) {
    return until(c, [&c, generation] { return c.generation() >= generation && c.state() == connection_state::ready; });
}

/// Until an attempt to connect has failed: what the first one failed with.
inline base::awaitable<base::error> first_failure(connection& c) {
    const auto failed = co_await until(c, [&c] { return c.counters().failures > 0; });
    EXPECT_TRUE(failed);
    EXPECT_NE(c.state(), connection_state::ready);
    co_return c.last_failure();
}

}  // namespace dormouse::queue::redis
