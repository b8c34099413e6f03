// What becomes of a delivery, from the intake to the receiver and the site's tables, in both shapes of those.

#include "tests/e2e/stack.hpp"

#include <gmock/gmock.h>

namespace dormouse::e2e {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Delivery, ReachesTheReceiverSignedAndIsWrittenDown) {
    stack s;
    const auto hook = s.add_hook("/ok/a");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.wait_for_state(job, "done")) << worker->log();

    const auto requests = s.receivers().requests("/ok/a");
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].body, R"({"n":0})");
    EXPECT_EQ(requests[0].header("X-MemberLux-Event"), "order.paid");
    EXPECT_THAT(requests[0].header("webhook-signature"), StartsWith("v1,"));
    EXPECT_FALSE(requests[0].header("webhook-id").empty());
    EXPECT_EQ(s.database().sql("SELECT hook_id, response_code, payload FROM wp_memberlux_hook_action"),
              std::to_string(hook) + "\t200\t{\"n\":0}");
    EXPECT_EQ(s.database().sql("SELECT state, attempt, sent, response_code FROM wp_dormouse_delivery WHERE job_id = '" +
                               job + "'"),
              "done\t1\tanswered\t200");
}

TEST(Delivery, ModuleTablesHoldSubscriptionsAndStayUntouched) {
    stack s{hook_shape::module};
    const auto hook = s.add_hook("/ok/module");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.wait_for_state(job, "done")) << worker->log();

    ASSERT_EQ(s.receivers().requests("/ok/module").size(), 1U);
    EXPECT_EQ(s.database().sql("SELECT hook_id, action FROM wp_memberlux_hook_action"),
              std::to_string(hook) + "\torder.paid");
    EXPECT_EQ(s.database().sql("SELECT state, response_code, payload FROM wp_dormouse_delivery"),
              "done\t200\t{\"n\":0}");
}

TEST(Delivery, FailedOnceIsRetriedUnderTheSameName) {
    stack s;
    const auto hook = s.add_hook("/fail-then-ok/1/once/500");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.wait_for_state(job, "done")) << worker->log();

    const auto requests = s.receivers().requests("/fail-then-ok");
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    EXPECT_EQ(requests[1].header("X-Dormouse-Attempt"), "2");
    EXPECT_GE(requests[1].time_ms - requests[0].time_ms, 2000);
    EXPECT_EQ(s.database().sql("SELECT state, attempt, response_code FROM wp_dormouse_delivery ORDER BY attempt"),
              "retry\t1\t500\ndone\t2\t200");
    EXPECT_EQ(s.database().sql("SELECT response_code FROM wp_memberlux_hook_action ORDER BY id"), "500\n200");
}

/// A receiver that answers 410: `active` is the column that switches the hook.
void expect_gone_switches_off(hook_shape shape, const std::string& active) {
    stack s{shape};
    const auto hook = s.add_hook("/gone/x");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.wait_for_state(job, "dead")) << worker->log();
    EXPECT_EQ(s.database().sql("SELECT " + active + " FROM wp_memberlux_hook"), "0");
    EXPECT_THAT(s.dormouse({"jobs", "list", "--state", "dead"}).text, HasSubstr("gone"));

    // What comes after it is dropped without a request.
    const auto late = s.enqueue(hook).at(0);
    EXPECT_TRUE(test::eventually(soon, [&] { return s.is_quiet(); })) << s.state_of(late);
    EXPECT_EQ(s.depth("dead"), 1);
    EXPECT_EQ(s.receivers().requests("/gone").size(), 1U);
}

TEST(Delivery, GoneParksTheJobAndSwitchesTheHookOff) { expect_gone_switches_off(hook_shape::seed, "is_active"); }

TEST(Delivery, GoneSwitchesAHookOfTheModuleOff) { expect_gone_switches_off(hook_shape::module, "active"); }

TEST(Delivery, ParkedJobIsDeliveredAfterTheOperatorsRetry) {
    stack s;
    const auto hook = s.add_hook("/sequence/413,200/parked");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.wait_for_state(job, "dead")) << worker->log();
    EXPECT_EQ(s.dormouse({"retry", job}).status, 0);
    EXPECT_TRUE(s.wait_for_state(job, "done")) << worker->log();
    EXPECT_EQ(s.receivers().requests("/sequence").size(), 2U);
}

TEST(Delivery, EnvelopeOfAnUnknownKeyIsQuarantined) {
    stack s;
    const auto hook = s.add_hook("/ok/stranger");
    const auto worker = s.start_worker();
    s.enqueue_signed_by("removed-key", "some-other-key-of-16", hook);
    ASSERT_TRUE(test::eventually(soon, [&] { return s.depth("dead") == 1; })) << worker->log();
    EXPECT_THAT(s.dormouse({"jobs", "list", "--state", "dead"}).text, HasSubstr("unknown_key"));
    EXPECT_TRUE(s.receivers().requests("/ok/stranger").empty());
}

TEST(Delivery, CommandWaitsForTheEnd) {
    stack s;
    const auto hook = s.add_hook("/ok/by-hand");
    const auto worker = s.start_worker();
    const auto run = s.dormouse({"enqueue", "webhook-delivery", "--queue", "webhook", "--wait", "--args",
                                 R"({"hook_id":)" + std::to_string(hook) + R"(,"event":"order.paid","payload":"{}"})"});
    EXPECT_EQ(run.status, 0) << run.text;
    EXPECT_EQ(s.receivers().requests("/ok/by-hand").size(), 1U);
}

}  // namespace
}  // namespace dormouse::e2e
