#include "tests/integration/admin/admin_server.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string hello_request = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What the server answers to these bytes before it closes.
std::string answer_to(admin_server& server, std::string_view bytes) {
    raw_client client{server.address()};
    client.say(bytes);
    return client.read_to_end().value_or("(still open)");
}

TEST(AdminServer, AnswersAKnownPathAndNotAnother) {
    admin_server server;
    const auto good = get(server.address(), "/hello");
    EXPECT_THAT(good, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(good, HasSubstr("Content-Type: text/plain\r\n"));
    EXPECT_THAT(good, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(good, EndsWith("\r\n\r\nhello\n"));
    EXPECT_THAT(get(server.address(), "/hello?x=1"), StartsWith("HTTP/1.1 200"));
    for (const auto* path : {"/hello/", "/Hello", "/", "/../etc/passwd", "//hello"})
        EXPECT_THAT(get(server.address(), path), StartsWith("HTTP/1.1 404")) << path;
}

TEST(AdminServer, HeadHasTheLengthAndNoBody) {
    admin_server server;
    const auto answer = answer_to(server, "HEAD /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(AdminServer, OtherMethodsAre405WithAllow) {
    admin_server server;
    for (const auto* method : {"POST", "DELETE", "OPTIONS", "BREW"}) {
        const auto answer =
            answer_to(server, std::string{method} + " /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 405")) << method;
        EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << method;
    }
}

TEST(AdminServer, AConnectionServesManyRequestsAlsoPipelined) {
    admin_server server;
    raw_client client{server.address()};
    for (int i = 0; i < 5; ++i) {
        client.say(hello_request);
        EXPECT_THAT(client.read_until("hello\n"), StartsWith("HTTP/1.1 200"));
    }
    client.say(hello_request + hello_request + "GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const auto rest = client.read_to_end().value();
    EXPECT_THAT(rest, HasSubstr("hello\nHTTP/1.1 200"));
    EXPECT_THAT(rest, HasSubstr("HTTP/1.1 404"));
}

TEST(AdminServer, Http10IsAnsweredAndClosed) {
    admin_server server;
    EXPECT_THAT(answer_to(server, "GET /hello HTTP/1.0\r\n\r\n"), EndsWith("hello\n"));
}

TEST(AdminServer, GarbageIs400AndTheConnectionEnds) {
    admin_server server;
    for (const auto* bytes :
         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "hello there\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /hello HTTP/1.1\r\nno colon here\r\n\r\n",
          "GET /hello HTTP/1.1\r\n\r\n",
          "GET http://localhost/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
          "GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n"}) {
        raw_client client{server.address()};
        client.say(bytes);
        if (std::string_view{bytes}.find("HTTP/1.1\r\n\r\n") != std::string_view::npos) {
            EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 400")) << bytes;
        } else {
            EXPECT_THAT(client.read_to_end().value_or("(still open)"), StartsWith("HTTP/1.1 400")) << bytes;
        }
    }
}

TEST(AdminServer, ABodyIsRefusedAndTheConnectionEnds) {
    admin_server server;
    for (const auto* header : {"Content-Length: 5", "Transfer-Encoding: chunked"})
        EXPECT_THAT(answer_to(server, "GET /hello HTTP/1.1\r\nHost: localhost\r\n" + std::string{header} +
                                          "\r\n\r\nGET /hello HTTP/1.1\r\n"),
                    StartsWith("HTTP/1.1 413"))
            << header;
}

TEST(AdminServer, AHugeHeadIs431) {
    admin_server server;
    EXPECT_THAT(answer_to(server, "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x')),
                StartsWith("HTTP/1.1 431"));
}

TEST(AdminServer, ARebindingHostIsMisdirected) {
    admin_server server;
    const auto answer = answer_to(server, "GET /hello HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 421"));
    EXPECT_THAT(answer, Not(HasSubstr("hello\n")));
}

TEST(AdminServer, ARouteThatThrowsIs500AndOneThatHangsIs503) {
    admin_server server{"127.0.0.1:0", {.answer = 50ms}};
    const auto broken = get(server.address(), "/broken");
    EXPECT_THAT(broken, StartsWith("HTTP/1.1 500"));
    EXPECT_THAT(get(server.address(), "/slow"), StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(get(server.address(), "/hello"), StartsWith("HTTP/1.1 200"));
}

TEST(AdminServer, AClientThatTricklesItsRequestIsClosed) {
    admin_server server{"127.0.0.1:0", {.request = 200ms}};
    raw_client client{server.address()};
    const auto start = std::chrono::steady_clock::now();
    bool open = true;
    for (std::size_t i = 0; open && std::chrono::steady_clock::now() - start < 5s; ++i) {
        open = client.say(hello_request.substr(i % 10, 1));
        if (client.read_to_end(20ms)) open = false;
    }
    EXPECT_FALSE(open);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 150ms);
    EXPECT_TRUE(test::eventually(20s, [&] { return server.connections() == 0; }));
}

TEST(AdminServer, AClientThatNeverReadsIsClosed) {
    auto routes = admin_server::plain_routes();
    routes.push_back({"/big", "text/plain", []() -> base::awaitable<reply> {
                          co_return reply{200, std::string(std::size_t{16} * 1024 * 1024, 'x')};
                      }});
    admin_server server{"127.0.0.1:0", {.write = 200ms}, std::move(routes)};
    raw_client client{server.address()};
    client.say("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(test::eventually(20s, [&] { return server.connections() == 1; }));
    EXPECT_TRUE(test::eventually(20s, [&] { return server.connections() == 0; }));
}

TEST(AdminServer, TwoHundredClientsAtOnceAreAllServedBySixtyFourConnections) {
    admin_server server;
    std::vector<raw_client> clients;
    clients.reserve(200);
    for (int i = 0; i < 200; ++i) clients.emplace_back(server.address());
    for (auto& c : clients) EXPECT_TRUE(c.say(hello_request));
    EXPECT_LE(server.connections(), 64U);
    int served = 0;
    // The first 64 may be kept alive; what waits behind them is served as their idle connections are given up.
    for (auto& c : clients) served += c.read_until("hello\n").starts_with("HTTP/1.1 200") ? 1 : 0;
    EXPECT_EQ(served, 200);
}

TEST(AdminServer, SilentConnectionsCannotKeepOthersOut) {
    admin_server server{"127.0.0.1:0", {.grace = 50ms, .connections = 4}};
    std::vector<raw_client> silent;
    silent.reserve(8);
    for (int i = 0; i < 8; ++i) silent.emplace_back(server.address());
    EXPECT_THAT(get(server.address(), "/hello"), StartsWith("HTTP/1.1 200"));
}

TEST(AdminServer, StopEndsIdleBusyAndHalfSentConnectionsAtOnce) {
    admin_server server;
    raw_client idle{server.address()};
    raw_client busy{server.address()};
    raw_client half{server.address()};
    busy.say("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    half.say("GET /hel");
    EXPECT_TRUE(test::eventually(20s, [&] { return server.connections() == 3; }));
    const auto start = std::chrono::steady_clock::now();
    server.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 8s) << "a request has ten seconds to arrive";
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_EQ(busy.read_to_end(), "");
    EXPECT_EQ(half.read_to_end(), "");
    EXPECT_THROW(raw_client{server.address()}, std::runtime_error);
}

TEST(AdminServer, ServesIpv6Loopback) {
    admin_server server{"[::1]:0"};
    EXPECT_THAT(server.address(), StartsWith("[::1]:"));
    EXPECT_THAT(get(server.address(), "/hello"), EndsWith("hello\n"));
}

TEST(AdminServer, AnAddressInUseIsAnErrorThatNamesIt) {
    admin_server first;
    boost::asio::io_context io;
    http_server second{io.get_executor(), first.address(), {}};
    const auto opened = second.open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message(), HasSubstr(first.address()));
}

}  // namespace
}  // namespace dormouse::admin
