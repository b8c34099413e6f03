#include "config/checks.hpp"

#include "tests/support/process.hpp"

#include <gtest/gtest.h>

namespace dormouse::config {
namespace {

TEST(RedisUrl, AcceptsTheThreeForms) {
    for (const auto* good :
         {"redis://127.0.0.1", "redis://127.0.0.1:6379", "redis://cache.internal:6379/3", "redis://:pw@host/0",
          "redis://user:p%40ss@host:6380", "rediss://host:6380/1", "redis://[::1]:6379/0", "redis://host/",
          "unix:///run/dormouse/redis.sock", "unix:///run/dormouse/redis.sock?db=2"})
        EXPECT_EQ(check_redis_url(good), std::nullopt) << good;
}

TEST(RedisUrl, RefusesOthers) {
    for (const auto* bad : {"",
                            "127.0.0.1:6379",
                            "http://host",
                            "redis://",
                            "redis:///0",
                            "redis://host:0",
                            "redis://host:65536",
                            "redis://host:x",
                            "redis://host:",
                            "redis://host/x",
                            "redis://host/1/2",
                            "redis://host?db=1",
                            "redis://ho st",
                            "redis://[::1",
                            "redis://[nonsense]:1",
                            "unix://relative.sock",
                            "unix:///",
                            "unix:///s?db=x",
                            "unix:///s?x=1",
                            "redis://host\n",
                            "redis://h\xc3\xb6st"})
        EXPECT_TRUE(check_redis_url(bad)) << bad;
}

TEST(RedisUrl, PasswordIsFoundWhereverItStands) {
    EXPECT_EQ(password_in_url("redis://user:secret@host:6379/1"), "secret");
    EXPECT_EQ(password_in_url("rediss://:a:b@c@host"), "a:b@c");
    EXPECT_EQ(password_in_url("redis://user@host"), "");
    EXPECT_EQ(password_in_url("redis://host:6379"), "");
    EXPECT_EQ(password_in_url("unix:///a:b@c"), "");
    EXPECT_EQ(password_in_url("not a url"), "");
}

TEST(Cidr, AcceptsNetworksAndNamesTheRightOneForHosts) {
    for (const auto* good : {"10.0.0.0/8", "192.168.1.7/32", "0.0.0.0/0", "fd00::/8", "::1/128"})
        EXPECT_EQ(check_cidr(good), std::nullopt) << good;
    EXPECT_EQ(check_cidr("10.1.2.3/8"), "expected no bits behind the prefix; did you mean 10.0.0.0/8?");
    EXPECT_EQ(check_cidr("fd00::1/8"), "expected no bits behind the prefix; did you mean fd00::/8?");
    for (const auto* bad : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "fd00::", "localhost/8", "/8"})
        EXPECT_TRUE(check_cidr(bad)) << bad;
}

TEST(Listen, AllowsLoopbackAndSocketsOnly) {
    for (const auto* good :
         {"127.0.0.1:9464", "127.9.9.9:1", "[::1]:9464", "localhost:9464", "127.0.0.1:0", "unix:/run/a.sock"})
        EXPECT_EQ(check_listen(good), std::nullopt) << good;
    for (const auto* bad :
         {"", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "unix:", "unix:relative", "unix:/a/../b"})
        EXPECT_TRUE(check_listen(bad)) << bad;
    for (const auto* open : {"0.0.0.0:9464", "192.168.0.1:9464", "[::]:9464", "example.com:9464"})
        EXPECT_NE(check_listen(open).value_or("").find("no log-in of their own"), std::string::npos) << open;
}

TEST(ExistingFile, MustBeThereAndBeAFile) {
    const test::temp_dir dir;
    test::write_file(dir.file("ca.pem"), "x");
    EXPECT_EQ(check_existing_file(""), std::nullopt);
    EXPECT_EQ(check_existing_file(dir.file("ca.pem")), std::nullopt);
    EXPECT_EQ(check_existing_file(dir.file("none.pem")), "expected an existing file");
    EXPECT_EQ(check_existing_file(dir.path().string()), "expected a regular file");
    EXPECT_EQ(check_existing_file("ca.pem"), "expected an absolute path");
    EXPECT_EQ(check_existing_file("/etc/../etc/passwd"), "expected a path without '..'");
}

TEST(ExtraHeader, NeverOneThatTheWorkerWrites) {
    for (const auto* own : {"Host", "content-type", "Content-Length", "CONNECTION", "Keep-Alive", "Proxy-Foo", "TE",
                            "Trailer", "Transfer-Encoding", "Upgrade", "Cookie", "User-Agent", "webhook-id",
                            "Webhook-Anything", "Idempotency-Key", "X-MemberLux-Event", "X-Dormouse-Attempt"})
        EXPECT_EQ(check_extra_header_name(own), "this header is written by the worker itself and cannot be set") << own;
    for (const auto* bad : {"", "a b", "a:b", "a\r\nb", "\xc3\xa4"}) EXPECT_TRUE(check_extra_header_name(bad)) << bad;
    for (const auto* good : {"X-Site", "authorization", "x_y", "Hosting"})
        EXPECT_EQ(check_extra_header_name(good), std::nullopt) << good;
}

TEST(ExtraHeader, ValueCannotBreakTheRequest) {
    EXPECT_EQ(check_header_value("a b, c;d=\"e\""), std::nullopt);
    for (const auto* bad : {"a\r\nb", "a\nb", "\t", " a", "a ", "\xc3\xa4", "\x7f"})
        EXPECT_TRUE(check_header_value(bad));
}

}  // namespace
}  // namespace dormouse::config
