#pragma once
// Runs a coroutine to its end on an event loop of its own.

#include "base/async/awaitable.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <stdexcept>

namespace dormouse::test {

/// Runs `op` on `io` until the loop is out of work, and returns its value; its exception is thrown here.
template <class T>
T run_on(boost::asio::io_context& io, base::awaitable<T> op) {
    std::optional<T> out;
    std::exception_ptr failed;
    boost::asio::co_spawn(io, std::move(op), [&](std::exception_ptr e, T value) {
        failed = e;
        if (!e) out = std::move(value);
        io.stop();
    });
    io.restart();
    io.run();
    if (failed) std::rethrow_exception(failed);
    if (!out) throw std::logic_error{"the event loop ended before the operation did"};
    return std::move(*out);
}

inline void run_on(boost::asio::io_context& io, base::awaitable<> op) {
    std::exception_ptr failed;
    boost::asio::co_spawn(io, std::move(op), [&](std::exception_ptr e) {
        failed = e;
        io.stop();
    });
    io.restart();
    io.run();
    if (failed) std::rethrow_exception(failed);
}

}  // namespace dormouse::test
