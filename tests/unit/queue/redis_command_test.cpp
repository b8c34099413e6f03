#include "queue/redis/command.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace dormouse::queue::redis {
namespace {

TEST(RedisCommand, IsAnArrayOfBulks) {
    command_buffer c;
    c.add({"SET", "key", ""});
    EXPECT_EQ(c.bytes(), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n");
    EXPECT_EQ(c.count(), 1U);
    EXPECT_TRUE(c.complete());
}

TEST(RedisCommand, CarriesAnyBytes) {
    using namespace std::string_view_literals;
    const command_buffer c{"ECHO", "a\r\n\0b"sv};
    EXPECT_EQ(c.bytes(), "*2\r\n$4\r\nECHO\r\n$5\r\na\r\n\0b\r\n"sv);
}

TEST(RedisCommand, WritesNumbersInDecimal) {
    command_buffer c;
    c.begin(4).arg("X").arg(0).arg(std::numeric_limits<std::int64_t>::min()).arg(std::size_t{7});
    EXPECT_EQ(c.bytes(), "*4\r\n$1\r\nX\r\n$1\r\n0\r\n$20\r\n-9223372036854775808\r\n$1\r\n7\r\n");
}

TEST(RedisCommand, CountsCommandsAndKnowsWhetherTheLastIsComplete) {
    command_buffer c;
    EXPECT_TRUE(c.empty());
    c.add({"PING"}).begin(2).arg("GET");
    EXPECT_EQ(c.count(), 2U);
    EXPECT_FALSE(c.complete());
    c.arg("k");
    EXPECT_TRUE(c.complete());
    c.clear();
    EXPECT_TRUE(c.empty());
    EXPECT_EQ(c.count(), 0U);
}

TEST(RedisCommand, AWordTooManyOrTooFewIsABrokenInvariant) {
    command_buffer c;
    EXPECT_THROW(c.arg("x"), std::logic_error);
    EXPECT_THROW(c.begin(0), std::logic_error);
    c.begin(2).arg("GET");
    EXPECT_THROW(c.begin(1), std::logic_error);
    EXPECT_THROW(c.append(command_buffer{"PING"}), std::logic_error);
    c.arg("k");
    EXPECT_THROW(c.arg("x"), std::logic_error);
}

TEST(RedisCommand, BuffersJoin) {
    command_buffer c{"PING"};
    c.append(command_buffer{"ECHO", "x"}).append(command_buffer{});
    EXPECT_EQ(c.bytes(), "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n");
    EXPECT_EQ(c.count(), 2U);
}

TEST(RedisCommand, FirstWordsCanBeReplacedInACopy) {
    const command_buffer sha{"EVALSHA", "abc", "1", "key\r\n", "arg"};
    const auto eval = sha.with_first_words({"EVAL", "return 1"});
    EXPECT_EQ(eval.bytes(), (command_buffer{"EVAL", "return 1", "1", "key\r\n", "arg"}.bytes()));
    EXPECT_EQ(eval.count(), 1U);
    EXPECT_TRUE(eval.complete());
    EXPECT_THROW((void)(command_buffer{"PING"}.with_first_words({"A", "B"})), std::logic_error);
    EXPECT_THROW((void)command_buffer{}.with_first_words({"A"}), std::logic_error);
}

}  // namespace
}  // namespace dormouse::queue::redis
