#include "queue/redis/url.hpp"

#include "queue/redis/connection.hpp"

#include "queue/redis/reader.hpp"
#include "queue/redis/redirect.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue::redis {
namespace {

using base::errc;
using transport = address::transport;

TEST(RedisUrl, ReadsEveryPartOfATcpUrl) {
    const auto a = parse_url("redis://worker:p%40ss%2Fword@redis.example:6380/2").value();
    EXPECT_EQ(a.by, transport::tcp);
    EXPECT_EQ(a.host, "redis.example");
    EXPECT_EQ(a.port, 6380);
    EXPECT_EQ(a.db, 2U);
    EXPECT_EQ(a.user, "worker");
    EXPECT_EQ(a.password.reveal(), "p@ss/word");
    EXPECT_EQ(a.label(), "redis://redis.example:6380/2");
}

TEST(RedisUrl, DefaultsAreTheUsualOnes) {
    for (const auto* url : {"redis://localhost", "redis://localhost/", "redis://localhost:6379/0"}) {
        const auto a = parse_url(url).value();
        EXPECT_EQ(a.port, 6379) << url;
        EXPECT_EQ(a.db, 0U) << url;
        EXPECT_TRUE(a.user.empty() && a.password.empty()) << url;
    }
}

TEST(RedisUrl, APasswordAloneIsForTheDefaultUser) {
    const auto a = parse_url("redis://:secret@localhost").value();
    EXPECT_EQ(a.user, "");
    EXPECT_EQ(a.password.reveal(), "secret");
}

TEST(RedisUrl, ReadsIpv6AndTls) {
    const auto a = parse_url("rediss://[::1]:7000").value();
    EXPECT_EQ(a.by, transport::tls);
    EXPECT_EQ(a.host, "::1");
    EXPECT_EQ(a.label(), "rediss://[::1]:7000/0");
}

TEST(RedisUrl, ReadsUnixSockets) {
    const auto a = parse_url("unix:///run/dormouse/re%20dis.sock?db=5").value();
    EXPECT_EQ(a.by, transport::unix_socket);
    EXPECT_EQ(a.path, "/run/dormouse/re dis.sock");
    EXPECT_EQ(a.db, 5U);
    EXPECT_EQ(a.label(), "unix:///run/dormouse/re dis.sock?db=5");
    EXPECT_EQ(parse_url("unix:///run/x").value().db, 0U);
}

TEST(RedisUrl, WrongPartsAreNamedWithoutTheCredentials) {
    const std::pair<const char*, const char*> table[] = {
        {"", "not a URL"},
        {"/run/redis.sock", "not a URL"},
        {"http://user:hunter22@h", "scheme 'http'"},
        {"redis://user:hunter22@", "host is missing"},
        {"redis://user:hunter22@h:0", "port '0'"},
        {"redis://user:hunter22@h:99999", "port '99999'"},
        {"redis://user:hunter22@h/one", "database 'one'"},
        {"redis://user:hunter22@h/1/2", "database '1/2'"},
        {"redis://user:hunter22@h/1?db=2", "nothing may follow"},
        {"redis://user:hunter22#@h", "port"},
        {"redis://user:hunter22 @h", "not a URL"},
        {"unix://run/redis.sock", "three slashes"},
        {"unix:///", "path"},
        {"unix:///run/x?database=1", "'database'"},
        {"unix:///run/x?db=", "database ''"},
    };
    for (const auto& [url, expected] : table) {
        const auto a = parse_url(url);
        ASSERT_TRUE(a.has_error()) << url;
        EXPECT_TRUE(a.error() == errc::invalid_argument) << url;
        EXPECT_NE(a.error().detail.find(expected), std::string::npos) << url << ": " << a.error().detail;
        EXPECT_EQ(a.error().detail.find("hunter22"), std::string::npos) << url;
    }
}

TEST(RedisOptions, TheConfigurationWinsOverTheUrlsCredentials) {
    config::redis_settings s;
    s.url = "redis://a:from-url@h";
    EXPECT_EQ(options_from(s, "w").value().to.password.reveal(), "from-url");
    s.username = "b";
    s.password = base::secret{"from-file"};
    const auto o = options_from(s, "w").value();
    EXPECT_EQ(o.to.user, "b");
    EXPECT_EQ(o.to.password.reveal(), "from-file");
    EXPECT_EQ(o.name, "w");
    s.url = "nonsense";
    EXPECT_EQ(options_from(s, "w").error().detail.substr(0, 10), "redis.url:");
}

std::optional<address> after(std::string_view line, const char* from) {
    reply_reader reader;
    reader.feed(line);
    return moved_to(*reader.next().value(), parse_url(from).value());
}

TEST(RedisRedirect, MovedLeadsToTheNamedNodeWithTheSameCredentials) {
    const auto to = after("-MOVED 3999 10.0.0.7:6381\r\n", "rediss://u:pass@10.0.0.1:7000/0").value();
    EXPECT_EQ(to.label(), "rediss://10.0.0.7:6381/0");
    EXPECT_EQ(to.user, "u");
    EXPECT_EQ(to.password.reveal(), "pass");
    EXPECT_EQ(after("-MOVED 1 ::1:6381\r\n", "redis://h").value().host, "::1");
    EXPECT_EQ(after("-MOVED 1 :6381\r\n", "redis://h").value().label(), "redis://h:6381/0");
    EXPECT_EQ(after("-MOVED 1 :6381\r\n", "unix:///run/x").value().label(), "redis://127.0.0.1:6381/0");
}

TEST(RedisRedirect, AnythingElseLeadsNowhere) {
    for (const auto* line : {"-MOVED\r\n", "-MOVED 1 host\r\n", "-MOVED 1 host:\r\n", "-MOVED 1 host:0\r\n",
                             "-MOVED 1 host:99999\r\n", "-ASK 1 host:1\r\n", "+MOVED 1 host:1\r\n"})
        EXPECT_FALSE(after(line, "redis://h")) << line;
}

}  // namespace
}  // namespace dormouse::queue::redis
