#include "jobs/webhook_delivery/auto_disable.hpp"

#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using namespace std::chrono_literals;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

// Failing in each way just enough to be switched off.
site::hook_health hopeless() {
    return {.failures = 20, .first_failure = now - 12h, .last_failure = now, .last_success = now - 120h};
}

TEST(FailingShare, IsWholeWhenEveryConditionHolds) { EXPECT_EQ(failing_share(hopeless(), now), 1.0); }

TEST(FailingShare, IsNotWholeWhenOneConditionIsMissing) {
    auto h = hopeless();
    h.failures = 19;
    EXPECT_LT(failing_share(h, now), 1.0);
    h = hopeless();
    h.last_success = now - 120h + 1ms;
    EXPECT_LT(failing_share(h, now), 1.0);
    h = hopeless();
    h.first_failure = now - 12h + 1ms;
    EXPECT_LT(failing_share(h, now), 1.0);
}

TEST(FailingShare, CountsFromTheFirstFailureIfThereNeverWasASuccess) {
    site::hook_health h{.failures = 100, .first_failure = now - 60h, .last_failure = now, .last_success = {}};
    EXPECT_EQ(failing_share(h, now), 0.5);
    h.first_failure = now - 120h;
    EXPECT_EQ(failing_share(h, now), 1.0);
}

TEST(FailingShare, IsNothingForAHealthyHook) {
    EXPECT_EQ(failing_share({}, now), 0.0);
    EXPECT_EQ(failing_share({.failures = 0, .first_failure = {}, .last_failure = {}, .last_success = now - 1000h}, now),
              0.0);
}

TEST(FailingShare, SurvivesClocksThatGoBack) {
    const site::hook_health h{.failures = 30, .first_failure = now + 1h, .last_failure = now, .last_success = now + 2h};
    EXPECT_EQ(failing_share(h, now), 0.0);
}

TEST(AlertStep, IsTheHighestStepReached) {
    EXPECT_EQ(alert_step(0.0), 0);
    EXPECT_EQ(alert_step(0.499), 0);
    EXPECT_EQ(alert_step(0.5), 50);
    EXPECT_EQ(alert_step(0.7), 70);
    EXPECT_EQ(alert_step(0.899), 70);
    EXPECT_EQ(alert_step(0.9), 90);
    EXPECT_EQ(alert_step(0.999), 90);
    EXPECT_EQ(alert_step(1.0), 100);
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
