#pragma once
// Idle connections that may serve another request (spec 3-jobs B0.8).

#include "config/settings.hpp"
#include "net/connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <string_view>

namespace dormouse::net {

/// Used on one event loop. While it holds connections a timer keeps the loop busy, at most for the idle time.
class connection_pool {
public:
    /// Beyond so many idle connections the oldest is closed.
    static constexpr std::size_t max_idle = 256;

    connection_pool(const boost::asio::any_io_executor& executor, const config::net_settings& settings);
    ~connection_pool();
    connection_pool(const connection_pool&) = delete;
    connection_pool& operator=(const connection_pool&) = delete;

    /// The connection with that key that was used last and is still silent and young enough; null if there is none.
    [[nodiscard]] std::unique_ptr<connection> take(std::string_view key);
    /// Keeps it, unless it is too old, has served its share, or was opened before the last `close_idle`.
    void put(std::unique_ptr<connection> c);
    void close_idle();

    [[nodiscard]] std::size_t size() const noexcept { return idle_.size(); }

private:
    using clock = connection::clock;

    [[nodiscard]] bool worn(const connection& c, clock::time_point now) const noexcept;
    void sweep(clock::time_point now);
    void schedule();

    base::ms idle_time_;
    base::ms max_age_;
    int max_requests_;
    clock::time_point not_before_{};               ///< Connections opened earlier are not kept.
    std::list<std::unique_ptr<connection>> idle_;  ///< By time of use, oldest first.
    boost::asio::steady_timer timer_;
    bool scheduled_ = false;
};

}  // namespace dormouse::net
