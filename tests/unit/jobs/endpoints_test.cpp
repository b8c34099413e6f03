#include "jobs/webhook_delivery/endpoints.hpp"

#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using namespace std::chrono_literals;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

TEST(Endpoints, APauseHoldsForItsHookUntilItsTime) {
    endpoints e{4};
    e.pause(7, now + 60s);
    EXPECT_EQ(e.paused_until(7, now), now + 60s);
    EXPECT_EQ(e.paused_until(7, now + 60s - 1ms), now + 60s);
    EXPECT_EQ(e.paused_until(8, now), std::nullopt);
    EXPECT_EQ(e.paused_until(7, now + 60s), std::nullopt);
    EXPECT_EQ(e.paused_until(7, now), std::nullopt) << "it has ended for good";
}

TEST(Endpoints, AShorterPauseDoesNotShortenALongerOne) {
    endpoints e{4};
    e.pause(7, now + 60s);
    e.pause(7, now + 10s);
    EXPECT_EQ(e.paused_until(7, now), now + 60s);
    e.pause(7, now + 90s);
    EXPECT_EQ(e.paused_until(7, now), now + 90s);
}

TEST(Endpoints, StrainHalvesDownToOneAndHealthGivesOneBack) {
    endpoints e{8};
    const auto after = [&](strain s) {
        e.learn(7, s);
        return e.slots(7);
    };
    EXPECT_EQ(after(strain::strained), 4);
    EXPECT_EQ(after(strain::unknown), 4);
    EXPECT_EQ(after(strain::strained), 2);
    EXPECT_EQ(after(strain::strained), 1);
    EXPECT_EQ(after(strain::strained), 1);
    for (const int expected : {2, 3, 4, 5, 6, 7, 8, 8}) EXPECT_EQ(after(strain::healthy), expected);
    EXPECT_EQ(e.slots(8), 8) << "another hook is not touched";
}

TEST(Endpoints, TellsEachAlertOnceUntilASuccess) {
    endpoints e{4};
    EXPECT_FALSE(e.first_alert(7, 0));
    EXPECT_TRUE(e.first_alert(7, 50));
    EXPECT_FALSE(e.first_alert(7, 50));
    EXPECT_TRUE(e.first_alert(7, 90));
    EXPECT_FALSE(e.first_alert(7, 70));
    e.forget_alerts(7);
    EXPECT_TRUE(e.first_alert(7, 50));
    e.forget_alerts(8);
}

TEST(Endpoints, WarnsOfASecretOncePerHook) {
    endpoints e{4};
    EXPECT_TRUE(e.first_secret_warning(7));
    e.forget_alerts(7);
    EXPECT_FALSE(e.first_secret_warning(7));
    EXPECT_TRUE(e.first_secret_warning(8));
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
