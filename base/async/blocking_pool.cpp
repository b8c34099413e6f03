#include "base/async/blocking_pool.hpp"

namespace dormouse::base {

blocking_pool::blocking_pool(std::size_t threads, const std::function<void()>& on_start,
                             const std::function<void()>& on_stop)
    : io_{static_cast<int>(threads)}, guard_{asio::make_work_guard(io_)} {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this, on_start, on_stop] {
            if (on_start) on_start();
            io_.run();
            if (on_stop) on_stop();
        });
    }
}

blocking_pool::~blocking_pool() { join(); }

void blocking_pool::join() {
    guard_.reset();
    for (auto& t : threads_)
        if (t.joinable()) t.join();
}

}  // namespace dormouse::base
