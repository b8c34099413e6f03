#include "admin/request_rules.hpp"

#include <gtest/gtest.h>

namespace dormouse::admin {
namespace {

request_head good() {
    return {.method = "GET", .target = "/metrics", .host = "127.0.0.1:9464", .hosts = 1, .over_network = true};
}

int status_of(const request_head& h) {
    const auto r = refusal(h);
    return r ? r->status : 200;
}

TEST(OwnHost, LoopbackNamesWithAndWithoutPortAreOurs) {
    for (const auto* host : {"localhost", "LocalHost:9464", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:65535"})
        EXPECT_TRUE(is_own_host(host)) << host;
}

TEST(OwnHost, AnyOtherNameIsNot) {
    for (const auto* host : {"", "evil.example", "localhost.evil.example", "localhost:", "localhost:x",
                             "localhost:123456", "127.0.0.1.nip.io", "127.0.0.11", "::1", "[::1", "[::1]x",
                             "xlocalhost", "localhost:80:80", "0.0.0.0", " localhost"})
        EXPECT_FALSE(is_own_host(host)) << host;
}

TEST(RequestRules, AGoodRequestPasses) {
    EXPECT_EQ(status_of(good()), 200);
    auto head = good();
    head.method = "HEAD";
    EXPECT_EQ(status_of(head), 200);
}

TEST(RequestRules, ReboundHostIsMisdirectedOverTcpOnly) {
    auto head = good();
    head.host = "rebind.example:9464";
    EXPECT_EQ(status_of(head), 421);
    head.over_network = false;
    EXPECT_EQ(status_of(head), 200);
}

TEST(RequestRules, HostIsRequiredOnceInHttp11) {
    auto head = good();
    head.hosts = 0;
    head.host = {};
    EXPECT_EQ(status_of(head), 400);
    head.is_http_1_1 = false;
    EXPECT_EQ(status_of(head), 200);
    head = good();
    head.hosts = 2;
    EXPECT_EQ(status_of(head), 400);
}

TEST(RequestRules, OtherMethodsAreNotAllowed) {
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "BREW"}) {
        auto head = good();
        head.method = method;
        EXPECT_EQ(status_of(head), 405) << method;
    }
}

TEST(RequestRules, BodiesAndForeignTargetsAreRefused) {
    auto head = good();
    head.has_body = true;
    EXPECT_EQ(status_of(head), 413);
    for (const auto* target : {"http://127.0.0.1/metrics", "*", "metrics", "example:80"}) {
        head = good();
        head.target = target;
        EXPECT_EQ(status_of(head), 400) << target;
    }
}

TEST(RequestRules, TheQueryIsNoPartOfThePath) {
    EXPECT_EQ(path_of("/metrics?name[]=x?y"), "/metrics");
    EXPECT_EQ(path_of("/"), "/");
    EXPECT_EQ(path_of("/?"), "/");
}

}  // namespace
}  // namespace dormouse::admin
