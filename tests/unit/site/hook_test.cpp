#include "site/hook_health.hpp"
#include "site/hooks.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {

constexpr base::time_ms at(int seconds) { return base::time_ms{std::chrono::seconds{seconds}}; }

TEST(Hook, ListensToItsOwnEventsAndToAll) {
    hook one;
    one.events = {"purchase", "free_item"};
    EXPECT_TRUE(one.listens_to("free_item"));
    EXPECT_FALSE(one.listens_to("FREE_ITEM"));
    EXPECT_FALSE(one.listens_to("all"));
    one.events = {"all"};
    EXPECT_TRUE(one.listens_to("anything"));
}

TEST(Hook, WithoutEventsListensToNothing) { EXPECT_FALSE(hook{}.listens_to("purchase")); }

TEST(HookHealth, FailuresAddUpBetweenTheFirstAndTheLast) {
    hook_health h;
    for (const int s : {10, 20, 30}) h = after_attempt(h, false, at(s));
    EXPECT_EQ(h, (hook_health{3, at(10), at(30), {}}));
}

TEST(HookHealth, SuccessClearsTheCountAndRemembersTheLastFailure) {
    auto h = after_attempt({}, false, at(10));
    h = after_attempt(h, true, at(20));
    EXPECT_EQ(h, (hook_health{0, {}, at(10), at(20)}));
    EXPECT_EQ(after_attempt(h, false, at(30)), (hook_health{1, at(30), at(30), at(20)}));
}

TEST(HookHealth, AttemptsOutOfOrderOnlyWidenTheTimes) {
    auto h = after_attempt({}, false, at(20));
    h = after_attempt(h, false, at(10));
    EXPECT_EQ(h, (hook_health{2, at(10), at(20), {}}));
    h = after_attempt(after_attempt(h, true, at(50)), true, at(40));
    EXPECT_EQ(h.last_success, at(50));
}

}  // namespace
}  // namespace dormouse::site
