#include "admin/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::admin {
namespace {

using testing::HasSubstr;

std::string shown(std::string_view text) {
    const auto parsed = parse_listen(text);
    if (!parsed) return "error: " + parsed.error().detail;
    if (const auto* local = std::get_if<asio::local::stream_protocol::endpoint>(&*parsed))
        return "unix:" + local->path();
    const auto& tcp = std::get<asio::ip::tcp::endpoint>(*parsed);
    return tcp.address().to_string() + " " + std::to_string(tcp.port());
}

TEST(ParseListen, LoopbackAddressesAndSocketPaths) {
    EXPECT_EQ(shown("127.0.0.1:9464"), "127.0.0.1 9464");
    EXPECT_EQ(shown("127.0.0.53:1"), "127.0.0.53 1");
    EXPECT_EQ(shown("[::1]:0"), "::1 0");
    EXPECT_EQ(shown("localhost:80"), "127.0.0.1 80");
    EXPECT_EQ(shown("unix:/run/dormouse/admin.sock"), "unix:/run/dormouse/admin.sock");
}

TEST(ParseListen, AddressesOthersCouldReachAreRefused) {
    for (const auto* text : {"0.0.0.0:9464", "[::]:9464", "192.168.1.5:80", "10.0.0.1:80", "[2001:db8::1]:80"})
        EXPECT_THAT(shown(text), HasSubstr("not a loopback address")) << text;
}

TEST(ParseListen, MistakesAreNamedWithTheTextAndTheCure) {
    EXPECT_THAT(shown("9464"), HasSubstr("there is no port"));
    EXPECT_THAT(shown("127.0.0.1:"), HasSubstr("the port is not a number"));
    EXPECT_THAT(shown("127.0.0.1:65536"), HasSubstr("the port is not a number"));
    EXPECT_THAT(shown("127.0.0.1:80x"), HasSubstr("the port is not a number"));
    EXPECT_THAT(shown("example.org:80"), HasSubstr("the host is not an IP address"));
    EXPECT_THAT(shown("[::1:80"), HasSubstr("a bracket is missing"));
    EXPECT_THAT(shown(":80"), HasSubstr("the host is not an IP address"));
    EXPECT_THAT(shown("unix:relative.sock"), HasSubstr("starts with /"));
    EXPECT_THAT(shown("unix:/" + std::string(120, 'x')), HasSubstr("longer than 107 bytes"));
    EXPECT_THAT(shown("0.0.0.0:9464"), HasSubstr("admin.listen \"0.0.0.0:9464\""));
    EXPECT_THAT(shown(""), HasSubstr("write 127.0.0.1:PORT"));
}

}  // namespace
}  // namespace dormouse::admin
