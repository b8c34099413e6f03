#include "jobs/webhook_delivery/backoff.hpp"

#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using base::ms;
using namespace std::chrono_literals;

TEST(PlannedDelay, FollowsTheListWithAQuarterOfJitter) {
    const ms list[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h, 24h, 24h};
    base::random_engine random{1};
    for (int failed = 1; failed <= 11; ++failed) {
        const auto middle = list[failed - 1];
        const ms low = failed == 1 ? ms{2s} : middle * 3 / 4;
        const ms high = failed == 1 ? ms{10s} : middle * 5 / 4;
        ms least = ms::max();
        ms most = ms::min();
        for (int i = 0; i < 2'000; ++i) {
            const auto d = planned_delay(failed, random);
            least = std::min(least, d);
            most = std::max(most, d);
        }
        EXPECT_GE(least, low) << failed;
        EXPECT_LT(most, high) << failed;
        EXPECT_LT(least, low + (high - low) / 20) << failed << ": the whole range is used";
        EXPECT_GT(most, high - (high - low) / 20) << failed << ": the whole range is used";
    }
}

TEST(PlannedDelay, TenAttemptsTakeAboutThreeDays) {
    base::random_engine random{2};
    ms whole{0};
    for (int run = 0; run < 200; ++run) {
        for (int failed = 1; failed <= 9; ++failed) whole += planned_delay(failed, random);
    }
    EXPECT_NEAR(static_cast<double>((whole / 200).count()), static_cast<double>(ms{75h + 36min}.count()),
                static_cast<double>(ms{2h}.count()));
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
