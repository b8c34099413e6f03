#pragma once
// The time limit of one phase of an exchange: when it passes, what the socket is doing is cancelled. One timer per
// exchange, armed again for every phase; cheaper than racing two coroutines for every read.

#include "base/deadline.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace dormouse::net {

/// Lives in the coroutine that reads and writes; the socket outlives it. Used on one event loop.
class watchdog {
public:
    explicit watchdog(boost::asio::ip::tcp::socket& socket)
        : timer_{socket.get_executor()}, state_{std::make_shared<state>(&socket)} {}
    ~watchdog() { disarm(); }
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// Starts a phase; the phase before it is over.
    void arm(base::deadline limit) {
        state_->fired = false;
        const auto phase = ++state_->phase;
        timer_.expires_at(limit.at());
        timer_.async_wait([s = state_, phase](const boost::system::error_code& code) {
            if (code || s->phase != phase) return;  // a handler of an earlier phase may already be on its way
            s->fired = true;
            boost::system::error_code ignored;
            s->socket->cancel(ignored);
        });
    }

    void disarm() {
        ++state_->phase;
        timer_.cancel();
    }

    /// The limit of the current phase has passed.
    [[nodiscard]] bool fired() const noexcept { return state_->fired; }

private:
    struct state {
        explicit state(boost::asio::ip::tcp::socket* s) noexcept : socket{s} {}
        boost::asio::ip::tcp::socket* socket;
        unsigned phase = 0;
        bool fired = false;
    };

    boost::asio::steady_timer timer_;
    std::shared_ptr<state> state_;
};

}  // namespace dormouse::net
