// The shipped Redis configuration and its users, on a real redis-server.

#include "tests/integration/systemd/shipped_redis.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace dormouse {
namespace {

using test::ShippedRedis;
namespace fs = std::filesystem;
using test::run_program;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

TEST_F(ShippedRedis, KeepsEveryJobAndEvictsNone) {
    EXPECT_EQ(as("OPERATOR", {"CONFIG", "GET", "maxmemory-policy"}), "maxmemory-policy\nnoeviction");
    EXPECT_EQ(as("OPERATOR", {"CONFIG", "GET", "appendonly"}), "appendonly\nyes");
    EXPECT_EQ(as("OPERATOR", {"CONFIG", "GET", "appendfsync"}), "appendfsync\neverysec");
    EXPECT_EQ(as("OPERATOR", {"CONFIG", "GET", "port"}), "port\n0");
    EXPECT_EQ(as("OPERATOR", {"CONFIG", "GET", "proto-max-bulk-len"}), "proto-max-bulk-len\n1048576");
    EXPECT_EQ(fs::status(socket()).permissions(), fs::perms::owner_all | fs::perms::group_all);
}

TEST_F(ShippedRedis, NobodyGetsInWithoutAUser) {
    EXPECT_THAT(run_program({"redis-cli", "-s", socket(), "PING"}).output, HasSubstr("NOAUTH"));
    EXPECT_THAT(run_program({"redis-cli", "-s", socket(), "LPUSH", "dormouse:{main}:in", "x"}).output,
                HasSubstr("NOAUTH"));
}

TEST_F(ShippedRedis, ProducerCanPushIntoTheIntakeAndNothingElse) {
    const std::string in = "dormouse:{main}:in";
    EXPECT_EQ(as("PRODUCER", {"LPUSH", in, "a", "b"}), "2");
    for (const auto& forbidden : std::vector<std::vector<std::string>>{
             {"LPUSH", "dormouse:{main}:ready:default:1", "x"},
             {"LPUSH", "dormouse:{other}:in", "x"},
             {"LPUSH", "dormouse:{main}:inn", "x"},
             {"RPUSH", in, "x"},
             {"LPUSHX", in, "x"},
             {"LRANGE", in, "0", "-1"},
             {"LLEN", in},
             {"LPOP", in},
             {"LTRIM", in, "1", "0"},
             {"DEL", in},
             {"UNLINK", in},
             {"EXPIRE", in, "1"},
             {"RENAME", in, "x"},
             {"TYPE", in},
             {"EXISTS", in},
             {"KEYS", "*"},
             {"SCAN", "0"},
             {"MULTI"},
             {"EVAL", "return redis.call('DEL', KEYS[1])", "1", in},
             {"FCALL", "f", "1", in},
             {"SUBSCRIBE", "x"},
             {"CONFIG", "GET", "*"},
             {"ACL", "WHOAMI"},
             {"CLIENT", "LIST"},
             {"INFO"},
             {"FLUSHALL"},
             {"SHUTDOWN"},
         })
        EXPECT_THAT(as("PRODUCER", forbidden), StartsWith("NOPERM")) << testing::PrintToString(forbidden);
    EXPECT_EQ(as("OPERATOR", {"LLEN", in}), "2");
}

TEST_F(ShippedRedis, WorkerHasItsSiteAndNoPowerOverTheServer) {
    for (const auto& allowed : std::vector<std::vector<std::string>>{
             {"HSET", "dormouse:{main}:job", "a", "b"},
             {"ZADD", "dormouse:{main}:later", "1", "a"},
             {"EVAL", "return redis.call('LLEN', KEYS[1]) + redis.call('TIME')[1] * 0", "1", "dormouse:{main}:in"},
             {"SCRIPT", "LOAD", "return 1"},
             {"INFO", "memory"},
             {"ROLE"},
             {"TIME"},
             {"PING"},
             {"CLIENT", "SETNAME", "dormouse"},
             {"WAIT", "0", "1"},
         })
        EXPECT_THAT(as("WORKER", allowed), testing::Not(HasSubstr("NOPERM"))) << testing::PrintToString(allowed);
    for (const auto& forbidden : std::vector<std::vector<std::string>>{
             {"GET", "other"},
             {"HSET", "dormouse:{other}:job", "a", "b"},
             {"EVAL", "return redis.call('GET', 'other')", "0"},
             {"KEYS", "*"},
             {"FLUSHALL"},
             {"FLUSHDB"},
             {"CONFIG", "SET", "maxmemory", "1"},
             {"CONFIG", "GET", "*"},
             {"ACL", "LIST"},
             {"CLIENT", "LIST"},
             {"CLIENT", "KILL", "ID", "1"},
             {"SCRIPT", "FLUSH"},
             {"SCRIPT", "KILL"},
             {"FUNCTION", "FLUSH"},
             {"REPLICAOF", "NO", "ONE"},
             {"MONITOR"},
             {"SAVE"},
             {"SHUTDOWN"},
         })
        EXPECT_THAT(as("WORKER", forbidden), AnyOf(HasSubstr("permission"), HasSubstr("can't access")))
            << testing::PrintToString(forbidden);
}

TEST_F(ShippedRedis, KeepsWhatItAnsweredWhenItIsKilled) {
    ASSERT_EQ(as("PRODUCER", {"LPUSH", "dormouse:{main}:in", "job"}), "1");
    kill();
    start();
    EXPECT_TRUE(
        test::eventually(20s, [&] { return as("WORKER", {"LRANGE", "dormouse:{main}:in", "0", "-1"}) == "job"; }));
}

}  // namespace
}  // namespace dormouse
