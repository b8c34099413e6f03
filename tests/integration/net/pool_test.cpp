// Connections: kept, re-used, limited per host, and never trusted too long.
#include "tests/integration/net/client_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <gtest/gtest.h>

#include <set>

namespace dormouse::net {
namespace {

TEST(Pool, RequestsToOneOriginShareAConnection) {
    client_world w;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(w.get("/ok").reused, i > 0);
    EXPECT_EQ(w.client->counters().connections_new, 1U);
    EXPECT_EQ(w.client->counters().connections_reused, 19U);
    EXPECT_EQ(w.zoo.requests().back().number, 20);
}

TEST(Pool, CloseIdleForgetsConnections) {
    client_world w;
    EXPECT_FALSE(w.get("/ok").reused);
    w.client->close_idle();
    EXPECT_FALSE(w.get("/ok").reused);
    EXPECT_TRUE(w.get("/ok").reused);
}

TEST(Pool, AConnectionServesOnlyItsShareOfRequests) {
    client_world w;
    w.settings.max_requests = 3;
    w.restart();
    for (int i = 0; i < 7; ++i) EXPECT_EQ(w.get("/ok").reused, i % 3 != 0) << i;
}

TEST(Pool, OldConnectionsAreNotUsedAgain) {
    client_world w;
    w.settings.max_age = base::ms{0};
    w.restart();
    EXPECT_FALSE(w.get("/ok").reused);
    EXPECT_FALSE(w.get("/ok").reused);
}

TEST(Pool, IdleConnectionsAreClosedInTime) {
    client_world w;
    w.settings.idle = base::ms{30};
    w.restart();
    EXPECT_TRUE(w.get("/ok").ok());
    w.io.restart();
    w.io.run();  // runs dry when the idle connection has been closed
    EXPECT_FALSE(w.get("/ok").reused);
}

TEST(Pool, UntrustedTargetsDoNotRideOnConfiguredConnections) {
    client_world w;
    EXPECT_TRUE(w.send({.url = w.zoo.url("/ok"), .trust = trust::configured, .limits = patient()}).ok());
    EXPECT_FALSE(w.get("/ok").reused);
    EXPECT_TRUE(w.get("/ok").reused);
}

TEST(Pool, AConnectionClosedWhileIdleIsNoticedBeforeUse) {
    client_world w;
    EXPECT_EQ(w.get("/ok-then-reset").response.status, 200);
    EXPECT_EQ(w.get("/ok-then-close").response.status, 200);
    const auto e = w.get("/ok");
    EXPECT_EQ(e.response.status, 200);
}

TEST(Pool, ARequestLostToAStaleConnectionIsSentOnceMore) {
    client_world w;
    EXPECT_TRUE(w.get("/stale").ok());
    const auto e = w.post(w.zoo.url("/ok/again"), "{\"once\":1}");
    ASSERT_TRUE(e.ok()) << e.detail;
    EXPECT_FALSE(e.reused);
    EXPECT_EQ(w.client->counters().stale_retries, 1U);
    EXPECT_EQ(w.zoo.requests("/ok/again").size(), 1U);
}

TEST(Pool, ARequestOnAFreshConnectionIsNeverRepeated) {
    client_world w;
    for (const auto* path : {"/close", "/reset"}) {
        const auto e = w.get(path);
        EXPECT_EQ(e.failed, failure_class::reset);
        EXPECT_EQ(e.progress, progress::maybe);
        EXPECT_EQ(w.zoo.requests(path).size(), 1U) << path;
    }
    EXPECT_EQ(w.client->counters().stale_retries, 0U);
}

TEST(Pool, ADroppedAnswerOnAReusedConnectionIsRepeatedOnlyOnce) {
    client_world w;
    EXPECT_TRUE(w.get("/ok").ok());
    const auto e = w.get("/close");
    EXPECT_EQ(e.failed, failure_class::reset);
    EXPECT_EQ(w.zoo.requests("/close").size(), 2U);
}

base::awaitable<void> send_into(http_client& client, request r, std::vector<exchange>& out) {
    out.push_back(co_await client.send(std::move(r), base::deadline{}));
}

// Starts all at once and runs them to their end; results in the order in which they ended.
std::vector<exchange> all_at_once(client_world& w, const std::vector<request>& requests) {
    std::vector<exchange> out;
    for (const auto& r : requests) boost::asio::co_spawn(w.io, send_into(*w.client, r, out), boost::asio::detached);
    w.io.restart();
    while (out.size() < requests.size() && w.io.run_one() > 0) {
    }
    return out;
}

TEST(Pool, AtMostPerHostExchangesRunAtOnceAndTheRestWaits) {
    client_world w;
    w.settings.per_host = 3;
    w.restart();
    const auto out = all_at_once(w, std::vector<request>(12, {.url = w.zoo.url("/slow/0.02"), .limits = patient()}));
    std::set<int> connections;
    for (const auto& r : w.zoo.requests()) connections.insert(r.connection);
    EXPECT_EQ(connections.size(), 3U);
    for (const auto& e : out) EXPECT_EQ(e.response.status, 200) << e.detail;
}

TEST(Pool, WhoWaitsTooLongForAConnectionHasSentNothing) {
    client_world w;
    w.settings.per_host = 1;
    w.restart();
    const request slow{.url = w.zoo.url("/slow/0.3"), .limits = patient()};
    request hasty{.url = w.zoo.url("/ok"), .limits = patient()};
    hasty.limits.total = base::ms{50};
    const auto out = all_at_once(w, {slow, hasty});
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].failed, failure_class::connect) << out[0].detail;
    EXPECT_EQ(out[0].progress, progress::not_sent);
    EXPECT_EQ(out[1].response.status, 200) << out[1].detail;
    EXPECT_TRUE(w.zoo.requests("/ok").empty());
}

}  // namespace
}  // namespace dormouse::net
