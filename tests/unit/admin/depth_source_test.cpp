#include "admin/depth_source.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <stdexcept>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Counts its readings and answers when told to.
struct slow_reader {
    explicit slow_reader(asio::io_context& io) : released{io, asio::steady_timer::time_point::max()} {}

    base::awaitable<depth_result> read() {
        ++readings;
        co_await released.async_wait(base::as_result);
        queue::site_depth depth;
        depth.intake = static_cast<std::uint64_t>(readings);
        co_return depth;
    }

    int readings = 0;
    asio::steady_timer released;
};

base::awaitable<depth_result> failing(int* readings) {
    ++*readings;
    co_return base::error{base::errc::connection_lost, "redis went away"};
}

base::awaitable<depth_result> throwing() {
    throw std::runtime_error{"broken invariant"};
    co_return queue::site_depth{};
}

depth_source::limits kept(base::ms fresh) { return {.answer = 1000ms, .fresh = fresh}; }

TEST(DepthSource, CallersAtTheSameTimeShareOneReading) {
    asio::io_context io;
    slow_reader reader{io};
    depth_source source{io.get_executor(), [&] { return reader.read(); }, kept(1h)};
    int answers = 0;
    for (int i = 0; i < 50; ++i)
        asio::co_spawn(io, source.get(),
                       [&](const std::exception_ptr&, const depth_result& r) { answers += r ? 1 : 0; });
    io.poll();
    EXPECT_EQ(answers, 0);
    reader.released.cancel();
    io.run();
    EXPECT_EQ(answers, 50);
    EXPECT_EQ(reader.readings, 1);
}

TEST(DepthSource, AFreshReadingIsUsedAgainAndAnOldOneIsNot) {
    for (const auto& [fresh, readings] : {std::pair{base::ms{1h}, 1}, std::pair{base::ms{0}, 3}}) {
        asio::io_context io;
        slow_reader reader{io};
        reader.released.expires_after(0ms);
        depth_source source{io.get_executor(), [&] { return reader.read(); }, kept(fresh)};
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(test::run_on(io, source.get()));
        EXPECT_EQ(reader.readings, readings);
    }
}

TEST(DepthSource, AFailureIsReportedAndNotAskedAgainAtOnce) {
    asio::io_context io;
    int readings = 0;
    depth_source source{io.get_executor(), [&] { return failing(&readings); }, kept(1h)};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(test::run_on(io, source.get()).error(), base::errc::connection_lost);
    EXPECT_EQ(readings, 1);
}

TEST(DepthSource, AnExceptionOfTheReaderBecomesAnError) {
    asio::io_context io;
    depth_source source{io.get_executor(), [] { return throwing(); }};
    const auto r = test::run_on(io, source.get());
    EXPECT_EQ(r.error(), base::errc::server_error);
    EXPECT_EQ(r.error().detail, "broken invariant");
}

TEST(DepthSource, ASilentRedisIsATimeout) {
    asio::io_context io;
    slow_reader reader{io};
    depth_source source{io.get_executor(), [&] { return reader.read(); }, {.answer = 20ms, .fresh = 1h}};
    EXPECT_EQ(test::run_on(io, source.get()).error(), base::errc::timed_out);
}

TEST(DepthSource, ACallerThatLeavesDoesNotSpoilTheReadingOfOthers) {
    asio::io_context io;
    slow_reader reader{io};
    depth_source source{io.get_executor(), [&] { return reader.read(); }, kept(1h)};
    asio::cancellation_signal leave;
    bool left = false;
    std::optional<depth_result> got;
    asio::co_spawn(io, source.get(),
                   asio::bind_cancellation_slot(leave.slot(), [&](const std::exception_ptr&, const depth_result& r) {
                       left = r.has_error() && r.error() == base::errc::cancelled;
                   }));
    asio::co_spawn(io, source.get(), [&](const std::exception_ptr&, depth_result r) { got = std::move(r); });
    io.poll();
    leave.emit(asio::cancellation_type::terminal);
    io.poll();
    EXPECT_TRUE(left);
    EXPECT_FALSE(got);
    reader.released.cancel();
    io.run();
    ASSERT_TRUE(got);
    EXPECT_EQ((*got)->intake, 1U);
    EXPECT_EQ(reader.readings, 1);
}

}  // namespace
}  // namespace dormouse::admin
