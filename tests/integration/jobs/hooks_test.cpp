// What the hook's row decides, in both shapes of its table.
#include "tests/integration/jobs/delivery_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::delivery_world;
using test::hook_shape;
using testing::HasSubstr;
using verb = queue::outcome::verb;

class EitherShape : public testing::TestWithParam<hook_shape> {
protected:
    delivery_world w{{.shape = GetParam()}};
    [[nodiscard]] bool seed() const { return GetParam() == hook_shape::seed; }
    void set_active(int value) {
        w.db.sql(std::string{"UPDATE wp_memberlux_hook SET "} + (seed() ? "is_active" : "active") + " = " +
                 std::to_string(value));
    }
};
INSTANTIATE_TEST_SUITE_P(HookTable, EitherShape, testing::Values(hook_shape::seed, hook_shape::module),
                         [](const auto& p) { return p.param == hook_shape::seed ? "Seed" : "Module"; });

TEST_P(EitherShape, DeliversToAnActiveHook) {
    const auto out = w.deliver(w.add_hook("/ok"));
    EXPECT_EQ(out.what, verb::done);
    EXPECT_EQ(w.zoo.requests("/ok").size(), 1U);
    EXPECT_EQ(w.zoo.requests("/ok").at(0).header("webhook-signature").empty(), !seed())
        << "the module's table has no secrets";
}

TEST_P(EitherShape, DropsTheJobOfADeletedHook) {
    const auto out = w.deliver(4711);
    EXPECT_EQ(out.what, verb::drop);
    EXPECT_EQ(out.reason, "hook_deleted");
}

TEST_P(EitherShape, DropsTheJobOfAnInactiveHookAndSeesItBackOn) {
    const auto hook = w.add_hook("/ok");
    set_active(0);
    const auto off = w.deliver(hook);
    EXPECT_EQ(off.what, verb::drop);
    EXPECT_EQ(off.reason, "hook_inactive");
    EXPECT_TRUE(w.zoo.requests().empty());
    set_active(1);
    EXPECT_EQ(w.deliver(hook).what, verb::done);
}

TEST_P(EitherShape, ParksAnEventTheHookDoesNotListenTo) {
    const auto out = w.deliver(w.add_hook("/ok", "s", "profile_page_self"));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "event_mismatch");
    EXPECT_THAT(out.detail, HasSubstr("does not listen to 'purchase'"));
    EXPECT_TRUE(w.zoo.requests().empty());
    EXPECT_EQ(w.deliver(w.add_hook("/ok", "s", "all")).what, verb::done);
}

TEST_P(EitherShape, SendsToTheAddressOfThisMoment) {
    auto job = w.job_for(w.add_hook("/status/500"));
    ASSERT_EQ(w.attempt(job).what, verb::retry);
    w.db.sql(std::string{"UPDATE wp_memberlux_hook SET "} + (seed() ? "url" : "destination") + " = '" +
             w.zoo.url("/ok/new") + "'");
    job.history.attempts = 1;
    EXPECT_EQ(w.attempt(job).what, verb::done);
    EXPECT_EQ(w.zoo.requests("/ok/new").size(), 1U);
}

TEST_P(EitherShape, SwitchesAHopelessHookOff) {
    const auto hook = w.add_hook("/status/500");
    const auto at = [](base::ms ago) { return std::to_string(base::to_epoch_ms(base::system_clock().now() - ago)); };
    w.db.sql(
        "INSERT INTO wp_dormouse_hook (hook_id, failures, first_failure_at, last_failure_at, last_success_at) "
        "VALUES (" +
        std::to_string(hook) + ", 18, " + at(13h) + ", " + at(1h) + ", " + at(121h) + ")");
    testing::internal::CaptureStderr();
    EXPECT_EQ(w.deliver(hook).what, verb::retry) << "19 failures";
    EXPECT_EQ(w.deliver(hook).reason, "auto_disabled") << "20 failures";
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("90 % of the way"));
    EXPECT_THAT(said, HasSubstr("auto_disabled"));
    EXPECT_EQ(w.db.sql(std::string{"SELECT "} + (seed() ? "is_active" : "active") + " FROM wp_memberlux_hook"), "0");
    EXPECT_EQ(w.db.sql("SELECT disabled_reason FROM wp_dormouse_hook"), "auto_disabled");
    EXPECT_EQ(w.deliver(hook).reason, "hook_inactive");
}

TEST(HookHealth, AFreshSuccessKeepsAFailingHookOn) {
    delivery_world w;
    const auto hook = w.add_hook("/sequence/200,500/t");
    const auto at = [](base::ms ago) { return std::to_string(base::to_epoch_ms(base::system_clock().now() - ago)); };
    w.db.sql(
        "INSERT INTO wp_dormouse_hook (hook_id, failures, first_failure_at, last_failure_at, last_success_at) "
        "VALUES (" +
        std::to_string(hook) + ", 50, " + at(100h) + ", " + at(1h) + ", " + at(500h) + ")");
    EXPECT_EQ(w.deliver(hook).what, verb::done);
    EXPECT_EQ(w.deliver(hook).what, verb::retry);
    EXPECT_EQ(w.db.sql("SELECT is_active FROM wp_memberlux_hook"), "1");
    EXPECT_EQ(w.db.sql("SELECT failures FROM wp_dormouse_hook"), "1");
}

TEST(HookArgs, AJobThatIsWrongIsParkedBeforeAnythingIsAsked) {
    delivery_world w;
    auto job = w.job_for(w.add_hook("/ok"));
    job.job.args["payload"] = "\xEF\xBB\xBF{}";
    EXPECT_FALSE(w.handler.check(job.job.args));
    const auto out = w.attempt(job);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "bad_args");
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(HookArgs, LanesAreHooks) {
    delivery_world w;
    EXPECT_EQ(w.handler.lane({{"hook_id", "7"}}), "hook:7");
    EXPECT_EQ(w.handler.lane({{"hook_id", "x"}}), "");
    EXPECT_EQ(w.handler.kind(), "webhook-delivery");
    EXPECT_EQ(w.handler.default_max_attempts(), 10);
    EXPECT_EQ(w.handler.default_timeout(), w.settings.webhook.timeout + 5s)
        << "the database gets its time beside the exchange";
}

}  // namespace
}  // namespace dormouse::jobs
