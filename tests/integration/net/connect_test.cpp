// From a name to a connected socket: what is refused, and what a bad address costs.
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "tests/integration/net/client_world.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

TEST(Policy, TargetsFromTheDatabaseAreRefusedBeforeAConnection) {
    client_world w;
    w.settings.allow_private = {};
    w.restart();
    const auto e = w.get("/ok");
    EXPECT_EQ(e.failed, failure_class::blocked_target);
    EXPECT_NE(e.detail.find("127.0.0.1 (loopback)"), std::string::npos) << e.detail;
    EXPECT_EQ(w.client->counters().blocked_targets, 1U);
    for (const auto& [url, why] : std::initializer_list<std::pair<std::string, failure_class>>{
             {w.zoo.url("/ok") + "#x", failure_class::bad_url},
             {"http://10.0.0.1/", failure_class::blocked_target},
             {"http://127.0.0.1:6379/", failure_class::blocked_target},
             {"http://localhost/", failure_class::blocked_target},
             {"http://[::ffff:127.0.0.1]/", failure_class::blocked_target},
             {"http://0x7f.1/", failure_class::bad_url}})
        EXPECT_EQ(w.post(url).failed, why) << url;
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(Policy, AnOwnListenerIsRefusedEvenInsideAnAllowedNetwork) {
    client_world w;
    EXPECT_TRUE(w.get("/ok").ok());
    w.client->forbid({asio::ip::make_address("0.0.0.0"), w.zoo.port("http")});
    w.client->close_idle();
    EXPECT_EQ(w.get("/ok").failed, failure_class::blocked_target);
}

TEST(Policy, ConfiguredTargetsMayBeLoopbackOnAnyPort) {
    client_world w;
    w.settings = {};
    w.restart();
    const auto e = w.send({.url = w.zoo.url("/ok"), .trust = trust::configured, .limits = patient()});
    EXPECT_EQ(e.response.status, 200) << e.detail;
}

TEST(Policy, ABadHeaderSendsNothing) {
    client_world w;
    const auto e = w.send({.url = w.zoo.url("/ok"), .headers = {{"X-Bad", "a\r\nX-Injected: b"}}, .limits = patient()});
    EXPECT_EQ(e.failed, failure_class::bad_header);
    EXPECT_EQ(e.detail.find("Injected"), std::string::npos) << "values are not repeated";
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(Connect, RefusedAndResetAreToldApart) {
    client_world w;
    const auto port = test::free_port();
    const auto refused = w.send({.url = "http://127.0.0.1:" + std::to_string(port) + "/", .trust = trust::configured});
    EXPECT_EQ(refused.failed, failure_class::connect);
    EXPECT_EQ(refused.progress, progress::not_sent);
    EXPECT_NE(refused.detail.find("refused"), std::string::npos) << refused.detail;
    const auto reset = w.post("http://127.0.0.1:" + std::to_string(w.zoo.port("reset")) + "/");
    EXPECT_FALSE(reset.ok());
    EXPECT_NE(reset.progress, progress::answered);
}

TEST(Connect, AnUnknownNameIsADnsFailure) {
    client_world w;
    const auto e = w.send({.url = "http://no-such-name.invalid/", .trust = trust::configured, .limits = patient()});
    EXPECT_EQ(e.failed, failure_class::dns);
    EXPECT_EQ(e.progress, progress::not_sent);
    EXPECT_NE(e.detail.find("no-such-name.invalid"), std::string::npos) << e.detail;
}

TEST(Connect, DetailsHoldNoQuery) {
    client_world w;
    const auto e = w.post("http://10.0.0.1/path?token=swordfish");
    EXPECT_EQ(e.detail.find("swordfish"), std::string::npos) << e.detail;
    EXPECT_NE(e.detail.find("/path"), std::string::npos) << e.detail;
}

// co_spawn wants values that can be made from nothing, which a socket cannot.
base::awaitable<> connect_into(std::optional<base::result<tcp::socket>>& out, std::vector<tcp::endpoint> addresses,
                               base::ms limit) {
    out = co_await connect_any(std::move(addresses), base::deadline::after(limit));
}

base::result<tcp::socket> connect(asio::io_context& io, std::vector<tcp::endpoint> addresses, base::ms limit) {
    std::optional<base::result<tcp::socket>> out;
    test::run_on(io, connect_into(out, std::move(addresses), limit));
    return std::move(out).value();
}

// A listener whose queue is full: the kernel drops further SYNs, like a firewall that drops packets.
class black_hole {
public:
    explicit black_hole(asio::io_context& io) : listener_{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}} {
        listener_.listen(0);
        for (int i = 0; i < 4; ++i) {
            fillers_.emplace_back(io);
            fillers_.back().async_connect(listener_.local_endpoint(), [](const auto&) {});
        }
        io.poll();
    }
    [[nodiscard]] tcp::endpoint endpoint() const { return listener_.local_endpoint(); }

private:
    tcp::acceptor listener_;
    std::vector<tcp::socket> fillers_;
};

TEST(Connect, ABlackHoledAddressCostsAQuarterOfASecond) {
    asio::io_context io;
    const black_hole hole{io};
    const tcp::acceptor good{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    const auto began = std::chrono::steady_clock::now();
    const auto socket = connect(io, {hole.endpoint(), good.local_endpoint()}, base::ms{60'000});
    const auto took = std::chrono::steady_clock::now() - began;
    ASSERT_TRUE(socket.has_value()) << socket.error().message();
    EXPECT_EQ(socket->remote_endpoint(), good.local_endpoint());
    EXPECT_GE(took, connect_stagger);
    EXPECT_LT(took, base::ms{15'000});
}

TEST(Connect, ARefusedAddressCostsNothing) {
    asio::io_context io;
    const tcp::acceptor good{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    const tcp::endpoint closed{asio::ip::address_v4::loopback(), test::free_port()};
    const auto began = std::chrono::steady_clock::now();
    const auto socket = connect(io, {closed, good.local_endpoint()}, base::ms{5000});
    EXPECT_TRUE(socket.has_value());
    EXPECT_LT(std::chrono::steady_clock::now() - began, connect_stagger);
}

TEST(Connect, OnlyBlackHolesEndAtTheDeadline) {
    asio::io_context io;
    const black_hole hole{io};
    const auto socket = connect(io, {hole.endpoint()}, base::ms{40});
    ASSERT_TRUE(socket.has_error());
    EXPECT_TRUE(socket.error() == base::errc::timed_out) << socket.error().message();
}

TEST(Resolver, KnowsTheHostsFile) {
    asio::io_context io;
    resolver names{io.get_executor()};
    const auto found =
        test::run_on(io, names.resolve("localhost", 8080, base::deadline::after(std::chrono::seconds{5})));
    ASSERT_TRUE(found.has_value()) << found.error().message();
    for (const auto& e : *found) {
        EXPECT_TRUE(e.address().is_loopback());
        EXPECT_EQ(e.port(), 8080);
    }
}

TEST(Resolver, FamiliesAlternate) {
    const auto e = [](const char* a) { return tcp::endpoint{asio::ip::make_address(a), 1}; };
    EXPECT_EQ(alternate_families({e("::1"), e("::2"), e("::3"), e("1.1.1.1"), e("2.2.2.2")}),
              (resolver::endpoints{e("::1"), e("1.1.1.1"), e("::2"), e("2.2.2.2"), e("::3")}));
    EXPECT_TRUE(alternate_families({}).empty());
}

}  // namespace
}  // namespace dormouse::net
