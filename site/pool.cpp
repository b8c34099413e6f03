#include "site/pool.hpp"

#include "base/log.hpp"
#include "site/connection.hpp"
#include "site/migrations.hpp"
#include "site/table_shape.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cppconn/driver.h>

#include <algorithm>
#include <atomic>
#include <deque>

namespace dormouse::site {

namespace {
/// The number of connections. The driver fills a static map without a lock, so it is made here, before any thread
/// asks for it; and the prefix becomes part of statements, so it is checked before any is made.
std::size_t checked_connections(const config::database_settings& s) {
    if (auto good = check_prefix(s.prefix); !good) throw base::failure{good.error()};
    (void)get_driver_instance();
    return std::max<std::size_t>(s.connections, 1);
}
}  // namespace

/// Who waits for a connection, first come first served. Lives on the event loop; leases share it, so that one that
/// ends after the pool does no harm.
class pool::line {
public:
    explicit line(std::size_t slots) : total_{slots} {
        for (std::size_t i = 0; i < slots; ++i) free_.push_back(i);
    }

    /// In line from construction to destruction. The timer is a condition variable with the deadline as its limit.
    class waiter {
    public:
        waiter(line& l, const base::asio::any_io_executor& executor, base::deadline limit)
            : line_{l}, timer_{executor, limit.at()} {
            line_.waiting_.push_back(this);
        }
        ~waiter() { std::erase(line_.waiting_, this); }
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;

        std::optional<std::size_t> slot;
        [[nodiscard]] auto wait() { return timer_.async_wait(base::as_result); }
        void give(std::size_t s) {
            slot = s;
            timer_.cancel();
        }

    private:
        line& line_;
        base::asio::steady_timer timer_;
    };

    [[nodiscard]] std::optional<std::size_t> take() {
        if (free_.empty()) return std::nullopt;
        const auto slot = free_.back();
        free_.pop_back();
        return slot;
    }

    void give_back(std::size_t slot) {
        if (waiting_.empty()) {
            free_.push_back(slot);
            return;
        }
        waiting_.front()->give(slot);
        waiting_.pop_front();
    }

    [[nodiscard]] std::size_t total() const { return total_; }
    [[nodiscard]] std::size_t in_use() const { return total_ - free_.size(); }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    std::size_t total_;
    std::vector<std::size_t> free_;
    std::deque<waiter*> waiting_;
};

/// A connection and its counts as other threads may read them.
struct pool::member {
    explicit member(const config::database_settings& s) : session{s} {}
    connection session;
    std::atomic<std::uint64_t> opened = 0;
    std::atomic<std::uint64_t> lost = 0;

    void publish() noexcept {
        opened = session.counted().opened;
        lost = session.counted().lost;
    }
};

pool::lease::~lease() {
    if (from_) from_->give_back(slot_);
}

pool::pool(config::database_settings settings)
    : settings_{std::move(settings)},
      shapes_{std::make_unique<table_shapes>()},
      line_{std::make_shared<line>(checked_connections(settings_))},
      threads_{checked_connections(settings_), [] { get_driver_instance()->threadInit(); },
               [] { get_driver_instance()->threadEnd(); }} {
    for (std::size_t i = 0; i < line_->total(); ++i) members_.push_back(std::make_unique<member>(settings_));
}

pool::~pool() { threads_.join(); }

base::awaitable<base::result<pool::lease>> pool::check_out(base::deadline limit) {
    if (limit.is_reached()) co_return base::error{base::errc::timed_out, "no time left for the database"};
    if (const auto slot = line_->take()) co_return lease{line_, *slot};
    const auto shared = line_;
    line::waiter self{*shared, co_await base::asio::this_coro::executor, limit};
    (void)co_await self.wait();
    if (self.slot) co_return lease{shared, *self.slot};
    if (limit.is_reached()) co_return base::error{base::errc::timed_out, "no database connection was free in time"};
    co_return base::error{base::errc::cancelled, "cancelled while waiting for a database connection"};
}

connection& pool::begin(std::size_t slot, base::deadline limit) {
    auto& m = *members_.at(slot);
    if (limit.is_reached()) throw base::failure{{base::errc::timed_out, "no time left for the database"}};
    m.session.begin(limit);
    m.publish();
    return m.session;
}

void pool::failed(std::size_t slot, const base::error& e) noexcept {
    auto& m = *members_.at(slot);
    if (e == base::errc::connection_lost || e == base::errc::protocol) m.session.close();
    m.publish();
}

pool_counters pool::counters() const {
    pool_counters out{line_->in_use(), line_->waiting(), 0, 0};
    for (const auto& m : members_) {
        out.connections_opened += m->opened;
        out.connections_lost += m->lost;
    }
    return out;
}

}  // namespace dormouse::site
