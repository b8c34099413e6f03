#include "queue/redis/wake_up.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

namespace dormouse::queue::redis {

namespace asio = base::asio;

base::awaitable<> wake_up::wait() {
    if (!woken_) {
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [this](auto h) {
                auto slot = asio::get_associated_cancellation_slot(h);
                waiting_.emplace(std::move(h));
                if (slot.is_connected()) slot.assign([this](asio::cancellation_type) { wake(); });
            },
            asio::use_awaitable);
        // Not in wake(): that may run inside the very handler this would destroy.
        (co_await asio::this_coro::cancellation_state).slot().clear();
    }
    woken_ = false;
}

void wake_up::wake() {
    woken_ = true;
    if (!waiting_) return;
    auto h = std::move(*waiting_);
    waiting_.reset();
    auto where = asio::get_associated_executor(h);
    asio::post(where, std::move(h));
}

}  // namespace dormouse::queue::redis
