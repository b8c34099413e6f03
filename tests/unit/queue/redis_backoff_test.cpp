#include "queue/redis/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dormouse::queue::redis {
namespace {

using namespace std::chrono_literals;

TEST(RedisBackoff, StaysBetweenTheFloorAndADoublingCeiling) {
    base::random_engine random{1};
    for (unsigned failures = 1; failures < 100; ++failures) {
        const auto ceiling = failures < 6 ? 50ms * (1U << failures) : base::ms{2000};
        for (int i = 0; i < 50; ++i) {
            const auto d = reconnect_delay(failures, 50ms, 2000ms, random);
            ASSERT_GE(d, 50ms) << failures;
            ASSERT_LE(d, std::min<base::ms>(ceiling, 2000ms)) << failures;
        }
    }
}

TEST(RedisBackoff, SpreadsManyClientsOverTheWholeSpan) {
    base::random_engine random{2};
    std::vector<base::ms> delays(1000);
    std::ranges::generate(delays, [&] { return reconnect_delay(10, 50ms, 2000ms, random); });
    EXPECT_LT(std::ranges::min(delays), 150ms);
    EXPECT_GT(std::ranges::max(delays), 1900ms);
}

TEST(RedisBackoff, AFloorAboveTheCeilingWins) {
    base::random_engine random{3};
    EXPECT_EQ(reconnect_delay(1, 500ms, 100ms, random), 500ms);
}

}  // namespace
}  // namespace dormouse::queue::redis
