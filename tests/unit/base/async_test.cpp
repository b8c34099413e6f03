#include "base/async/blocking_pool.hpp"
#include "base/async/periodic.hpp"
#include "base/async/with_deadline.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <future>
#include <memory>

namespace dormouse::base {
namespace {

using namespace std::chrono_literals;

/// Runs the loop dry.
template <class T>
T run(asio::io_context& io, awaitable<T> op) {
    std::optional<T> out;
    std::exception_ptr failed;
    asio::co_spawn(io, std::move(op), [&](std::exception_ptr e, T value) {
        failed = e;
        if (!e) out = std::move(value);
    });
    io.run();
    io.restart();
    if (failed) std::rethrow_exception(failed);
    return std::move(out.value());
}

template <class T>
T run(awaitable<T> op) {
    asio::io_context io;
    return run(io, std::move(op));
}

awaitable<result<int>> answer_after(ms wait, int value) {
    asio::steady_timer timer{co_await asio::this_coro::executor, wait};
    const auto [code] = co_await timer.async_wait(as_result);
    if (code) co_return error{errc::cancelled};
    co_return value;
}

TEST(WithDeadline, ReturnsTheValueInTime) {
    EXPECT_EQ(run(with_deadline(answer_after(0ms, 7), deadline::after(10s))).value(), 7);
    EXPECT_EQ(run(with_deadline(answer_after(0ms, 7), deadline{})).value(), 7);
}

TEST(WithDeadline, CancelsAndReportsWhatIsLate) {
    const auto r = run(with_deadline(answer_after(1h, 7), deadline::after(5ms)));
    EXPECT_TRUE(r.has_error() && r.error() == errc::timed_out);
}

TEST(BlockingPool, ReturnsValuesAndExceptionsToTheCaller) {
    asio::io_context io;
    blocking_pool pool{2};
    EXPECT_EQ(run(io, pool.run([] { return 42; })), 42);
    EXPECT_THROW((void)run(io, pool.run([]() -> int { throw std::runtime_error{"no"}; })), std::runtime_error);
}

awaitable<std::thread::id> resumed_on(blocking_pool& pool) {
    co_await pool.run([] {});
    co_return std::this_thread::get_id();
}

TEST(BlockingPool, ResumesOnTheCallersThread) {
    asio::io_context io;
    blocking_pool pool{1};
    EXPECT_EQ(run(io, resumed_on(pool)), std::this_thread::get_id());
}

// Else its thread, late on its way out, ends the loop's last work and stops what the loop was started for anew.
TEST(BlockingPool, LetsGoOfTheLoopWithTheAnswer) {
    asio::io_context io;
    blocking_pool pool{1};
    std::promise<void> loop;
    const auto ended = loop.get_future();
    std::atomic<bool> loop_ended_first = false;
    const auto leave_late = [&](void*) { loop_ended_first = ended.wait_for(20s) == std::future_status::ready; };
    std::shared_ptr<void> held{&io, leave_late};
    asio::co_spawn(io, pool.run([held = std::move(held)] { return 1; }), asio::detached);
    io.run();
    loop.set_value();
    pool.join();
    EXPECT_TRUE(loop_ended_first);
}

TEST(BlockingPool, ACancelledCallerWaitsForTheCallAndSurvives) {
    asio::io_context io;
    blocking_pool pool{1};
    asio::cancellation_signal stop;
    std::atomic<bool> started{false};
    bool ended = false;
    asio::co_spawn(io, pool.run([&] {
        started = true;
        std::this_thread::yield();
        return 1;
    }),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, int) { ended = true; }));
    io.poll();
    stop.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run();
    EXPECT_TRUE(started);
    EXPECT_TRUE(ended);
}

TEST(Periodic, GoesOnAfterAStepThatThrowsAndEndsWhenCancelled) {
    asio::io_context io;
    asio::cancellation_signal stop;
    int steps = 0;
    bool ended = false;
    const auto step = [&]() -> awaitable<> {
        if (++steps == 3) stop.emit(asio::cancellation_type::terminal);
        if (steps == 1) throw std::runtime_error{"first step fails"};
        co_return;
    };
    asio::co_spawn(io, run_periodically("test", 1ms, step),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ended = true; }));
    io.run();
    EXPECT_EQ(steps, 3);
    EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace dormouse::base
