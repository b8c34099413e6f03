// Every phase ends by its limit, and a cancelled exchange ends at once.
#include "tests/integration/net/client_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

using enum failure_class;
constexpr base::ms soon{40};
constexpr base::ms bound{20'000};  // far below what a missing limit would take

TEST(Deadlines, NoFirstByte) {
    client_world w;
    request r{.url = w.zoo.url("/hang"), .limits = patient()};
    r.limits.first_byte = soon;
    const auto e = w.send(r);
    EXPECT_EQ(e.failed, timeout);
    EXPECT_EQ(e.progress, progress::maybe);
    EXPECT_LT(e.duration, bound);
    EXPECT_GE(e.duration, soon);
}

TEST(Deadlines, SilenceInTheHeadersLeavesTheStatus) {
    client_world w;
    request r{.url = w.zoo.url("/status-then-hang/201"), .limits = patient()};
    r.limits.gap = soon;
    const auto e = w.send(r);
    ASSERT_TRUE(e.ok()) << e.detail;
    EXPECT_EQ(e.response.status, 201);
    EXPECT_FALSE(e.response.body_complete);
    EXPECT_LT(e.duration, bound);
}

TEST(Deadlines, SilenceInTheBodyLeavesTheStatus) {
    client_world w;
    request r{.url = w.zoo.url("/headers-then-hang/200"), .limits = patient()};
    r.limits.gap = soon;
    const auto e = w.send(r);
    ASSERT_TRUE(e.ok());
    EXPECT_EQ(e.response.body, "half");
    EXPECT_FALSE(e.response.body_complete);
    EXPECT_EQ(e.response.body_error, "the receiver fell silent in its response");
    EXPECT_LT(e.duration, bound);
}

TEST(Deadlines, TheTotalEndsADrippingBody) {
    client_world w;
    request r{.url = w.zoo.url("/drip/1000/0.005"), .limits = patient()};
    r.limits.total = base::ms{300};
    const auto e = w.send(r);
    ASSERT_TRUE(e.ok());
    EXPECT_FALSE(e.response.body_complete);
    EXPECT_EQ(e.response.body_error, "the time limit of the request passed");
    EXPECT_LT(e.duration, bound);
}

TEST(Deadlines, TheTotalEndsHeadersThatComeByteByByte) {
    client_world w;
    request r{.url = w.zoo.url("/slow-headers/0.05"), .limits = patient()};
    r.limits.total = base::ms{250};
    const auto e = w.send(r);
    EXPECT_EQ(e.failed, timeout) << e.detail;
    EXPECT_EQ(e.progress, progress::maybe);
}

TEST(Deadlines, TheCallersDeadlineWinsOverALaterTotal) {
    client_world w;
    const auto e = test::run_on(
        w.io, w.client->send({.url = w.zoo.url("/hang"), .limits = patient()}, base::deadline::after(soon)));
    EXPECT_EQ(e.failed, timeout);
    EXPECT_LT(e.duration, bound);
}

TEST(Deadlines, ADeadlineAlreadyReachedSendsNothing) {
    client_world w;
    const auto e = test::run_on(w.io, w.client->send({.url = w.zoo.url("/ok")}, base::deadline::after(base::ms{-1})));
    EXPECT_FALSE(e.ok());
    EXPECT_EQ(e.progress, progress::not_sent);
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(Deadlines, AReceiverThatNeverReadsBlocksOnlyForTheWriteLimit) {
    client_world w;
    // More than the socket buffers of both sides take.
    request r{.url = "http://127.0.0.1:" + std::to_string(w.zoo.port("silent")) + "/",
              .body = std::string(std::size_t{16} * 1024 * 1024, 'x'),
              .limits = patient()};
    r.limits.write = soon;
    r.limits.first_byte = soon;
    const auto e = w.send(r);
    EXPECT_EQ(e.failed, timeout) << e.detail;
    EXPECT_EQ(e.progress, progress::maybe);
    EXPECT_LT(e.duration, bound);
}

// Sends, and cancels as soon as the receiver has seen the request.
exchange cancel_midway(client_world& w, const std::string& url, const std::string& seen) {
    boost::asio::cancellation_signal stop;
    std::optional<exchange> out;
    boost::asio::co_spawn(
        w.io, w.client->send({.url = url, .limits = patient()}, base::deadline{}),
        boost::asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr& failed, exchange e) {
            EXPECT_FALSE(failed);
            out = std::move(e);
        }));
    w.io.restart();
    EXPECT_TRUE(test::eventually(std::chrono::seconds{20}, [&] {
        w.io.poll();
        return !w.zoo.requests(seen).empty();
    }));
    w.io.poll();
    EXPECT_FALSE(out);
    stop.emit(boost::asio::cancellation_type::terminal);
    while (!out && w.io.run_one() > 0) {
    }
    return out.value();
}

TEST(Cancellation, EndsAnExchangeThatWaitsForItsAnswer) {
    client_world w;
    const auto e = cancel_midway(w, w.zoo.url("/hang"), "/hang");
    EXPECT_EQ(e.failed, cancelled);
    EXPECT_EQ(e.progress, progress::maybe);
    EXPECT_LT(e.duration, bound);
    EXPECT_FALSE(w.get("/ok").reused) << "the connection is not pooled";
}

TEST(Cancellation, EndsAnExchangeOverTls) {
    client_world w{{.tls = true}};
    const auto e = cancel_midway(w, w.zoo.tls_url("good", "/hang"), "/hang");
    EXPECT_EQ(e.failed, cancelled);
    EXPECT_EQ(e.progress, progress::maybe);
}

TEST(Cancellation, EndsTheWaitForAConnection) {
    client_world w;
    w.settings.per_host = 1;
    w.restart();
    boost::asio::cancellation_signal stop;
    std::optional<exchange> out;
    bool first_ended = false;
    boost::asio::co_spawn(w.io, w.client->send({.url = w.zoo.url("/slow/0.05"), .limits = patient()}, base::deadline{}),
                          [&](const std::exception_ptr&, const exchange& e) { first_ended = e.ok(); });
    boost::asio::co_spawn(w.io, w.client->send({.url = w.zoo.url("/ok"), .limits = patient()}, base::deadline{}),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&](const std::exception_ptr&, exchange e) { out = std::move(e); }));
    w.io.poll();
    stop.emit(boost::asio::cancellation_type::terminal);
    w.io.poll();
    ASSERT_TRUE(out);
    EXPECT_EQ(out->failed, cancelled);
    EXPECT_EQ(out->progress, progress::not_sent);
    while (!first_ended && w.io.run_one() > 0) {
    }
    EXPECT_TRUE(w.get("/ok").ok()) << "its place in the line is free";
}

TEST(Shutdown, AClientMayGoBeforeALoopThatWasStoppedMidway) {
    client_world w;
    bool ended = false;
    boost::asio::co_spawn(w.io, w.client->send({.url = w.zoo.url("/hang"), .limits = patient()}, base::deadline{}),
                          [&](const std::exception_ptr&, const exchange&) { ended = true; });
    EXPECT_TRUE(test::eventually(std::chrono::seconds{20}, [&] {
        w.io.poll();
        return !w.zoo.requests("/hang").empty();
    }));
    w.client.reset();
    EXPECT_FALSE(ended);  // the loop goes now, and the exchange with it; the sanitizers watch
}

}  // namespace
}  // namespace dormouse::net
