#include "queue/redis/script.hpp"

#include "tests/integration/queue/redis_client.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue::redis {
namespace {

const script& echo_all() {
    static const script s{"echo_all", "return {KEYS[1], ARGV[1], #ARGV, redis.call('INCR', KEYS[1])}"};
    return s;
}

script_call call_of_echo(std::string_view key, int value) {
    script_call c{echo_all(), 1, 2};
    c.key(key).arg(value).arg("two");
    return c;
}

TEST(RedisScript, IsLoadedOnFirstUse) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto r = (co_await run(c, call_of_echo("k", 42))).value();
        EXPECT_EQ(r[0].text(), "k");
        EXPECT_EQ(r[1].text(), "42");
        EXPECT_EQ(r[2].integer(), 2);
        EXPECT_EQ(r[3].integer(), 1);
        const auto loaded = (co_await c.exec({"SCRIPT", "EXISTS", echo_all().sha1()})).value();
        EXPECT_EQ(loaded[0].integer(), 1);
    });
}

TEST(RedisScript, SurvivesAFlushOfTheScriptCacheAndRunsOnce) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server& s) -> base::awaitable<> {
        co_await expect_it_works(c);
        EXPECT_TRUE(co_await load(c, {&echo_all()}));
        (void)s.cli({"SCRIPT", "FLUSH"});
        EXPECT_EQ((co_await run(c, call_of_echo("k", 1))).value()[3].integer(), 1);
        EXPECT_EQ((co_await run(c, call_of_echo("k", 1))).value()[3].integer(), 2);
    });
}

TEST(RedisScript, CallsOfABatchShareOneWrite) {
    redis_server server;
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        EXPECT_TRUE(co_await load(c, {&echo_all()}));
        command_buffer batch;
        batch.append(call_of_echo("k", 1).command()).append(call_of_echo("k", 2).command());
        const auto replies = (co_await c.exec_all(std::move(batch))).value();
        EXPECT_EQ(replies.at(1)[1].text(), "2");
        EXPECT_EQ(replies.at(1)[3].integer(), 2);
    });
}

TEST(RedisScript, ItsOwnErrorsAreReplies) {
    redis_server server;
    static const script fails{"fails", "return redis.error_reply('MYCODE no')"};
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        EXPECT_EQ((co_await run(c, script_call{fails, 0, 0})).value().error_code(), "MYCODE");
        EXPECT_EQ(c.generation(), 1U);
    });
}

TEST(RedisScript, OneThatDoesNotCompileIsNamedOnLoad) {
    redis_server server;
    static const script broken{"broken", "return ("};
    with_connection(server, [](connection& c, redis_server&) -> base::awaitable<> {
        co_await expect_it_works(c);
        const auto refused = co_await load(c, {&echo_all(), &broken});
        EXPECT_TRUE(refused.error() == errc::server_error);
        EXPECT_NE(refused.error().detail.find("broken"), std::string::npos);
    });
}

}  // namespace
}  // namespace dormouse::queue::redis
