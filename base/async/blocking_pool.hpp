#pragma once
// Threads for calls that block (MySQL, libcurl). The event loop never waits in them.

#include "base/async/awaitable.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <thread>
#include <type_traits>
#include <variant>
#include <vector>

namespace dormouse::base {

/// A fixed set of threads. Owned by whoever owns the blocking resource. `join` (or the destructor) waits until all
/// posted calls have run; results for an event loop that no longer runs are dropped with it. An event loop that waits
/// for a call outlives the pool: a thread that has handed over its answer may still be ringing the loop's bell.
class blocking_pool {
public:
    /// `on_start` and `on_stop` run on each thread, for libraries that want per-thread set-up.
    explicit blocking_pool(std::size_t threads, const std::function<void()>& on_start = {},
                           const std::function<void()>& on_stop = {});
    ~blocking_pool();
    blocking_pool(const blocking_pool&) = delete;
    blocking_pool& operator=(const blocking_pool&) = delete;

    /// Runs `f()` on a pool thread and resumes the caller on its own executor with f's value or exception.
    /// Cancelling waits for the call to end, so give f a time limit of its own. Initiated by hand instead of with
    /// co_spawn, whose internal await can terminate the process when cancelled (Boost 1.81, measured).
    template <class F>
    [[nodiscard]] awaitable<std::invoke_result_t<F>> run(F f) {
        using value = std::invoke_result_t<F>;
        using boxed = std::conditional_t<std::is_void_v<value>, std::monostate, value>;
        using signature = void(std::exception_ptr, std::optional<boxed>);
        auto out = co_await asio::async_initiate<const asio::use_awaitable_t<>, signature>(
            [this](auto handler, F work) {
                auto executor = asio::get_associated_executor(handler, io_.get_executor());
                auto home = asio::make_work_guard(executor);
                asio::post(io_, [handler = std::move(handler), executor = std::move(executor), home = std::move(home),
                                 work = std::move(work)]() mutable {
                    auto [failure, returned] = call<boxed>(work);
                    // The guard ends on its loop: ended here, it might stop the loop after it was started anew.
                    asio::dispatch(executor, [handler = std::move(handler), home = std::move(home),
                                              e = std::move(failure), v = std::move(returned)]() mutable {
                        std::move(handler)(std::move(e), std::move(v));
                    });
                });
            },
            asio::use_awaitable, std::move(f));
        if constexpr (!std::is_void_v<value>) co_return std::move(*out);
    }

    void join();

private:
    template <class Boxed, class F>
    static std::pair<std::exception_ptr, std::optional<Boxed>> call(F& work) noexcept {
        try {
            if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
                work();
                return {nullptr, Boxed{}};
            } else {
                return {nullptr, work()};
            }
        } catch (...) {
            return {std::current_exception(), std::nullopt};
        }
    }

    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::vector<std::thread> threads_;
};

}  // namespace dormouse::base
