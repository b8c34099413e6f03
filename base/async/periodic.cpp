#include "base/async/periodic.hpp"

#include "base/log.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

namespace dormouse::base {

namespace {
// Apart from the loop, because a coroutine may not await inside a catch block.
awaitable<bool> ran(const std::string& name, const std::function<awaitable<>()>& step) {
    try {
        co_await step();
        co_return true;
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) co_return false;
        log::error(name + ".failed", {{"error", e.what()}});
    } catch (const std::exception& e) {
        log::error(name + ".failed", {{"error", e.what()}});
    }
    co_return true;
}
}  // namespace

awaitable<> run_periodically(std::string name, ms pause, std::function<awaitable<>()> step) {
    asio::steady_timer timer{co_await asio::this_coro::executor};
    while (co_await ran(name, step)) {
        timer.expires_after(pause);
        const auto [code] = co_await timer.async_wait(as_result);
        if (code) co_return;
    }
}

}  // namespace dormouse::base
