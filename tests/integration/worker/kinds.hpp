#pragma once
// Short names for the kinds of these tests.

#include "tests/support/worker_fixture.hpp"

namespace dormouse::test {

inline std::vector<std::unique_ptr<scripted_kind>> one_kind(scripted_kind::body b) {
    std::vector<std::unique_ptr<scripted_kind>> kinds;
    kinds.push_back(std::make_unique<scripted_kind>("test", std::move(b)));
    return kinds;
}

/// Counts its runs and is done.
inline scripted_kind::body counting(int& runs) {
    return [&runs](const jobs::attempt&) -> base::awaitable<queue::outcome> {
        ++runs;
        co_return queue::done();
    };
}

/// Waits until cancelled.
inline base::awaitable<queue::outcome> hang() {
    boost::asio::steady_timer forever{co_await base::asio::this_coro::executor, std::chrono::hours{1}};
    co_await forever.async_wait(boost::asio::use_awaitable);
    co_return queue::done();
}

}  // namespace dormouse::test
