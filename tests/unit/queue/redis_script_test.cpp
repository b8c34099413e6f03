#include "queue/redis/script.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue::redis {
namespace {

TEST(RedisScriptName, IsTheSha1OfItsText) {
    EXPECT_EQ(script("s", "return 1").sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST(RedisScriptCall, WritesKeysAndArgumentsBehindTheirCount) {
    const script s{"s", "return 1"};
    script_call c{s, 2, 1};
    c.key("k1").key("k2").arg(-5);
    EXPECT_TRUE(c.command().complete());
    EXPECT_EQ(c.command().bytes(), (command_buffer{"EVALSHA", s.sha1(), "2", "k1", "k2", "-5"}.bytes()));
}

}  // namespace
}  // namespace dormouse::queue::redis
