// What is written about a delivery, and that nothing that goes wrong there sends a message twice.
#include "tests/integration/jobs/delivery_world.hpp"
#include "tests/support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::delivery_world;
using test::hook_shape;
using testing::HasSubstr;
using testing::StartsWith;
using verb = queue::outcome::verb;

TEST(DeliveryRows, OneInEachTablePerAttempt) {
    delivery_world w;
    const auto job = w.job_for(w.add_hook("/sequence/500,200/t"));
    ASSERT_EQ(w.deliver_to_the_end(job).what, verb::done);
    EXPECT_EQ(w.db.sql("SELECT attempt, state, reason, response_code FROM wp_dormouse_delivery ORDER BY id"),
              "1\tretry\tserver_error\t500\n2\tdone\t\t200");
    EXPECT_EQ(w.db.sql("SELECT response_code, payload FROM wp_memberlux_hook_action ORDER BY id"),
              "500\t{\"n\":1}\n200\t{\"n\":1}");
    EXPECT_EQ(w.db.sql("SELECT COUNT(*) FROM wp_dormouse_delivery WHERE next_at > created_at AND attempt = 1"), "1");
    EXPECT_EQ(w.own_row(job.job.id, "delivery_id"), "msg_" + job.job.id);
}

TEST(DeliveryRows, TheModulesSubscriptionsAreNoLog) {
    delivery_world w{{.shape = hook_shape::module}};
    const auto job = w.job_for(w.add_hook("/ok"));
    ASSERT_EQ(w.attempt(job).what, verb::done);
    EXPECT_EQ(w.own_row(job.job.id, "state, payload"), "done\t{\"n\":1}");
    EXPECT_EQ(w.db.sql("SELECT COUNT(*) FROM wp_memberlux_hook_action"), "1") << "the subscription itself";
}

TEST(DeliveryRows, OddBytesFitTheColumnsOfAnOldSite) {
    for (const auto* charset : {"latin1", "utf8mb3", "utf8mb4"}) {
        delivery_world w{{.charset = charset}};
        for (const auto* path : {"/body/70000", "/gzip-bomb", "/echo"}) {
            auto job = w.job_for(w.add_hook(path));
            job.job.args["payload"] = R"({"имя":"Жанна 😀"})";
            const auto out = w.attempt(job);
            EXPECT_EQ(out.what, verb::done) << charset << path << ": " << out.reason << " " << out.detail;
            EXPECT_EQ(w.own_row(job.job.id, "state"), "done") << charset << path;
            EXPECT_EQ(w.zoo.requests(path).size(), 1U);
        }
        EXPECT_EQ(w.db.sql("SELECT COUNT(*) FROM wp_memberlux_hook_action"), "3") << charset;
        EXPECT_EQ(w.deliveries.spooled(), 0U) << charset;
    }
}

TEST(DeliveryRows, TheAnswersBodyCanBeKeptOut) {
    delivery_world w{{.adjust = [](auto& s) { s.webhook.log_body = "none"; }}};
    ASSERT_EQ(w.deliver(w.add_hook("/ok")).what, verb::done);
    EXPECT_EQ(w.db.sql("SELECT response_code, response_body FROM wp_memberlux_hook_action"), "200\t");
}

TEST(DeliveryRows, AnAcceptedMessageIsNotSentAgainWhenItsRowIsRefused) {
    delivery_world w;
    const auto hook = w.add_hook("/ok");
    w.db.sql("ALTER TABLE wp_dormouse_delivery ADD CONSTRAINT no_rows CHECK (attempt > 100)");
    EXPECT_EQ(w.deliver(hook).what, verb::done);
    EXPECT_EQ(w.zoo.requests("/ok").size(), 1U);
    EXPECT_EQ(w.deliveries.spooled(), 1U);
    w.db.sql("ALTER TABLE wp_dormouse_delivery DROP CONSTRAINT no_rows");
    test::run_on(w.io, w.deliveries.flush(base::deadline::after(10s)));
    EXPECT_EQ(w.db.sql("SELECT state, response_code FROM wp_dormouse_delivery"), "done\t200");
    EXPECT_EQ(w.zoo.requests("/ok").size(), 1U);
}

TEST(DeliveryRows, AnAcceptedMessageIsNotSentAgainWhenTheDatabaseDies) {
    delivery_world w;
    const auto hook = w.add_hook("/slow/0.3");
    // Dies while the receiver thinks: after the hook was read, before the row is written.
    std::jthread killer{[&] {
        if (w.zoo.wait_for(1, "/slow")) w.db.kill();
    }};
    const auto out = w.deliver(hook);
    killer.join();
    EXPECT_EQ(out.what, verb::done);
    EXPECT_EQ(w.deliveries.spooled(), 1U);
    w.db.start();
    test::run_on(w.io, w.deliveries.flush(base::deadline::after(10s)));
    EXPECT_EQ(w.db.sql("SELECT state, response_code FROM wp_dormouse_delivery"), "done\t200");
    EXPECT_EQ(w.zoo.requests("/slow").size(), 1U);
}

TEST(DeliveryRows, WithoutADatabaseNothingIsSentAndNoAttemptIsSpent) {
    delivery_world w;
    auto job = w.job_for(w.add_hook("/ok"));
    w.db.kill();
    const auto first = w.attempt(job);
    EXPECT_EQ(first.what, verb::defer);
    EXPECT_EQ(first.reason, "site_unavailable");
    const auto wait = [](const queue::outcome& o) { return o.when.value() - base::system_clock().now(); };
    EXPECT_GT(wait(first), 4s);
    EXPECT_LT(wait(first), 7s);
    job.history.defers = 5;
    EXPECT_GT(wait(w.attempt(job)), 150s);
    job.history.defers = 1'000;
    EXPECT_LT(wait(w.attempt(job)), 380s);
    EXPECT_TRUE(w.zoo.requests().empty());
    w.db.start();
    EXPECT_EQ(w.attempt(job).what, verb::done);
}

TEST(DeliveryRows, AMissingRightIsTriedAgainAndNamed) {
    delivery_world w{{.adjust = [](auto& s) { s.site.database.connections = 1; }}};
    const auto hook = w.add_hook("/ok");
    w.db.sql("CREATE USER poor@localhost; GRANT SELECT ON wordpress.wp_dormouse_hook TO poor@localhost");
    auto settings = w.settings.site.database;
    settings.user = "poor";
    site::pool poor{settings};
    site::hooks hooks{poor};
    const auto registry = make_registry({w.http, hooks, w.deliveries, w.settings, w.charges, w.subscriptions, w.pool});
    const auto out = w.attempt_with(*registry.find("webhook-delivery"), w.job_for(hook));
    EXPECT_EQ(out.what, verb::retry);
    EXPECT_EQ(out.reason, "hook_unreadable");
    EXPECT_EQ(out.sent, queue::sent::not_sent);
    EXPECT_THAT(out.detail, HasSubstr("denied"));
}

TEST(DeliveryRows, ACancelledAttemptIsWrittenDownAndKeepsItsState) {
    delivery_world w;
    auto job = w.job_for(w.add_hook("/hang"));
    job.history.attempts = 2;
    job.history.state = "moved 2";
    const auto out = w.cancel_midway(job, 1, "/hang");
    EXPECT_EQ(out.what, verb::retry);
    EXPECT_EQ(out.reason, "cancelled");
    EXPECT_EQ(out.sent, queue::sent::maybe);
    EXPECT_EQ(out.state, "moved 2");
    EXPECT_EQ(w.own_row(job.job.id, "attempt, state, reason, sent, response_code"), "3\tretry\tcancelled\tmaybe\tNULL");
    EXPECT_THAT(w.own_row(job.job.id, "response_body"), StartsWith("ERR cancelled"));
}

TEST(DeliveryRows, ConcurrentAttemptsShareTheirInserts) {
    delivery_world w;
    const auto hook = w.add_hook("/ok");
    std::vector<queue::claimed_job> jobs;
    jobs.reserve(50);
    for (int i = 0; i < 50; ++i) jobs.push_back(w.job_for(hook));
    for (const auto& out : w.attempt_all(jobs)) EXPECT_EQ(out.what, verb::done);
    EXPECT_EQ(w.db.sql("SELECT COUNT(DISTINCT job_id) FROM wp_dormouse_delivery WHERE state = 'done'"), "50");
    EXPECT_LT(w.deliveries.counters().batches, 50U);
}

}  // namespace
}  // namespace dormouse::jobs
