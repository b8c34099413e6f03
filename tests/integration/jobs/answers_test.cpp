// The answer table against real receivers and a real database.
#include "tests/integration/jobs/delivery_world.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using queue::sent;
using test::delivery_world;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;

base::ms from_now(const queue::outcome& o) { return o.when.value() - base::system_clock().now(); }

TEST(WebhookAnswers, EveryKindOfStatusEndsAsTheTableSaysAndLeavesItsRow) {
    delivery_world w;
    const struct {
        int status;
        verb what;
        const char* reason;
    } rows[] = {
        {200, verb::done, ""},
        {201, verb::done, ""},
        {204, verb::done, ""},
        {226, verb::done, ""},
        {299, verb::done, ""},
        {300, verb::retry, "redirected"},
        {301, verb::retry, "moved"},
        {302, verb::retry, "redirected"},
        {304, verb::retry, "redirected"},
        {307, verb::retry, "redirected"},
        {308, verb::retry, "moved"},
        {400, verb::retry, "rejected"},
        {401, verb::retry, "unauthorized"},
        {403, verb::retry, "unauthorized"},
        {404, verb::retry, "rejected"},
        {405, verb::retry, "rejected"},
        {406, verb::retry, "rejected"},
        {408, verb::retry, "try_again"},
        {409, verb::retry, "try_again"},
        {410, verb::dead, "gone"},
        {413, verb::dead, "unacceptable"},
        {414, verb::dead, "unacceptable"},
        {415, verb::retry, "rejected"},
        {418, verb::retry, "rejected"},
        {422, verb::retry, "rejected"},
        {425, verb::retry, "try_again"},
        {429, verb::retry, "rate_limited"},
        {431, verb::dead, "unacceptable"},
        {451, verb::retry, "rejected"},
        {500, verb::retry, "server_error"},
        {501, verb::dead, "unacceptable"},
        {502, verb::retry, "overloaded"},
        {503, verb::retry, "overloaded"},
        {504, verb::retry, "overloaded"},
        {505, verb::dead, "unacceptable"},
        {507, verb::retry, "server_error"},
        {599, verb::retry, "server_error"},
    };
    for (const auto& row : rows) {
        const auto path = "/status/" + std::to_string(row.status);
        const auto hook = w.add_hook(path);
        const auto job = w.job_for(hook);
        const auto out = w.attempt(job);
        EXPECT_EQ(out.what, row.what) << path;
        EXPECT_EQ(out.reason, row.reason) << path;
        EXPECT_EQ(out.sent, sent::answered) << path;
        EXPECT_EQ(w.zoo.requests(path).size(), 1U) << path;
        EXPECT_EQ(w.own_row(job.job.id, "hook_id, attempt, state, reason, sent, response_code"),
                  std::to_string(hook) + "\t1\t" + std::string{to_string(row.what)} + "\t" + row.reason +
                      "\tanswered\t" + std::to_string(row.status));
        EXPECT_EQ(
            w.db.sql("SELECT response_code FROM wp_memberlux_hook_action WHERE hook_id = " + std::to_string(hook)),
            std::to_string(row.status));
    }
}

TEST(WebhookAnswers, A2xxStandsWhateverHappensToItsBody) {
    delivery_world w{{.adjust = [](auto& s) { s.webhook.timeout = 300ms; }}};
    for (const auto* path :
         {"/length-too-long", "/reset-in-body", "/endless", "/endless/plain", "/body/70000", "/bad-chunk",
          "/huge-chunk", "/gzip-bomb", "/204-with-body", "/length-too-short", "/headers-then-hang/200",
          "/status-then-hang/200", "/drip/100/0.1", "/until-close", "/no-reason"}) {
        const auto job = w.job_for(w.add_hook(path));
        const auto out = w.attempt(job);
        EXPECT_EQ(out.what, verb::done) << path << ": " << out.reason << " " << out.detail;
        EXPECT_EQ(w.zoo.requests(path).size(), 1U) << path;
        EXPECT_EQ(w.own_row(job.job.id, "state"), "done") << path;
    }
}

TEST(WebhookAnswers, NoAnswerIsTriedAgainAndSaysHowFarItGot) {
    delivery_world w{{.adjust = [](auto& s) { s.webhook.timeout = 250ms; }}};
    const struct {
        std::string target;
        const char* reason;
        sent told;
        const char* row_begins;
    } rows[] = {
        {"/hang", "timeout", sent::maybe, "NULL\tERR timeout"},
        {"/close", "reset", sent::maybe, "NULL\tERR reset"},
        {"/reset", "reset", sent::maybe, "NULL\tERR reset"},
        {"/garbage", "bad_response", sent::maybe, "NULL\tERR bad_response"},
    };
    for (const auto& row : rows) {
        const auto job = w.job_for(w.add_hook(row.target));
        const auto out = w.attempt(job);
        EXPECT_EQ(out.what, verb::retry) << row.target;
        EXPECT_EQ(out.reason, row.reason) << row.target << ": " << out.detail;
        EXPECT_EQ(out.sent, row.told) << row.target;
        EXPECT_THAT(w.own_row(job.job.id, "response_code, response_body"), testing::StartsWith(row.row_begins))
            << row.target;
    }
}

TEST(WebhookAnswers, ARefusedConnectionSentNothing) {
    const auto closed = test::free_port();
    delivery_world w{{.adjust = [&](auto& s) { s.net.ports.push_back(closed); }}};
    const auto job = w.job_for(w.add_hook("http://127.0.0.1:" + std::to_string(closed) + "/"));
    const auto out = w.attempt(job);
    EXPECT_EQ(out.what, verb::retry);
    EXPECT_EQ(out.reason, "connect");
    EXPECT_EQ(out.sent, sent::not_sent);
    EXPECT_THAT(w.db.sql("SELECT response_code, response_body FROM wp_memberlux_hook_action"),
                testing::StartsWith("NULL\tERR connect"));
}

TEST(WebhookAnswers, TargetsThatHooksMayNotReachAreParkedAtOnce) {
    delivery_world w;
    const auto port = std::to_string(w.zoo.port("http"));
    const struct {
        std::string url;
        const char* reason;
    } rows[] = {
        {"http://10.0.0.1:" + port + "/", "blocked_target"},
        {"http://169.254.169.254:" + port + "/latest", "blocked_target"},
        {"http://[::1]:" + port + "/", "blocked_target"},
        {"nonsense", "bad_url"},
        {"ftp://127.0.0.1/", "bad_url"},
        {"http://user:pw@127.0.0.1:" + port + "/ok", "bad_url"},
        {"", "bad_url"},
    };
    for (const auto& row : rows) {
        const auto job = w.job_for(w.add_hook(row.url));
        const auto out = w.attempt(job);
        EXPECT_EQ(out.what, verb::dead) << row.url;
        EXPECT_EQ(out.reason, row.reason) << row.url << ": " << out.detail;
        EXPECT_EQ(out.sent, sent::not_sent) << row.url;
        EXPECT_THAT(out.detail, Not(HasSubstr("pw")));
        EXPECT_EQ(w.own_row(job.job.id, "state, reason"), std::string{"dead\t"} + row.reason) << row.url;
    }
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(WebhookAnswers, OnlyAGoodCertificateIsSentTo) {
    delivery_world w{{.tls = true}};
    EXPECT_EQ(w.deliver(w.add_hook(w.zoo.tls_url("good", "/ok"))).what, verb::done);
    for (const auto* kind : {"expired", "wrong_name", "self_signed", "unknown_ca"}) {
        testing::internal::CaptureStderr();
        const auto out = w.deliver(w.add_hook(w.zoo.tls_url(kind, "/ok/bad")));
        EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("webhook.notice")) << kind;
        EXPECT_EQ(out.what, verb::retry) << kind;
        EXPECT_EQ(out.reason, "tls_verify") << kind << ": " << out.detail;
        EXPECT_EQ(out.sent, sent::not_sent) << kind;
    }
    EXPECT_TRUE(w.zoo.requests("/ok/bad").empty());
}

TEST(WebhookAnswers, ThreeRedirectsForGoodParkTheJobAndNobodyWentThere) {
    delivery_world w;
    const auto out = w.deliver_to_the_end(w.job_for(w.add_hook("/redirect/308")));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "moved");
    EXPECT_THAT(out.detail, HasSubstr("change the hook's URL to " + w.zoo.url("/ok/visited")));
    EXPECT_EQ(w.zoo.requests("/redirect/308").size(), 3U);
    EXPECT_TRUE(w.zoo.requests("/ok/visited").empty());
}

TEST(WebhookAnswers, GoneSwitchesTheHookOffAndItsOtherJobsAreDropped) {
    delivery_world w;
    const auto hook = w.add_hook("/gone");
    const auto id = std::to_string(hook);
    EXPECT_EQ(w.deliver(hook).reason, "gone");
    EXPECT_EQ(w.db.sql("SELECT is_active FROM wp_memberlux_hook WHERE id = " + id), "0");
    EXPECT_EQ(w.db.sql("SELECT disabled_reason FROM wp_dormouse_hook WHERE hook_id = " + id), "gone");
    const auto next = w.deliver(hook);
    EXPECT_EQ(next.what, verb::drop);
    EXPECT_EQ(next.reason, "hook_inactive");
    EXPECT_EQ(w.zoo.requests("/gone").size(), 1U);
}

TEST(WebhookAnswers, GoneCanNeedASecondWord) {
    delivery_world w{{.adjust = [](auto& s) { s.webhook.gone_confirmations = 2; }}};
    const auto hook = w.add_hook("/gone");
    auto job = w.job_for(hook);
    const auto first = w.attempt(job);
    EXPECT_EQ(first.what, verb::retry);
    EXPECT_EQ(w.db.sql("SELECT is_active FROM wp_memberlux_hook"), "1");
    EXPECT_EQ(w.deliver_to_the_end(job).reason, "gone");
    EXPECT_EQ(w.db.sql("SELECT is_active FROM wp_memberlux_hook"), "0");
    EXPECT_EQ(w.zoo.requests("/gone").size(), 3U);
}

TEST(WebhookAnswers, A429LetsTheHooksOtherJobsWaitWithoutAnAttempt) {
    delivery_world w;
    const auto limited = w.add_hook("/retry-after/120");
    const auto first = w.deliver(limited);
    EXPECT_EQ(first.what, verb::retry);
    EXPECT_GT(from_now(first), 115s);
    EXPECT_LE(from_now(first), 132s);
    for (int i = 0; i < 3; ++i) {
        const auto other = w.deliver(limited);
        EXPECT_EQ(other.what, verb::defer);
        EXPECT_EQ(other.reason, "endpoint_paused");
        EXPECT_GT(from_now(other), 115s);
        EXPECT_LE(from_now(other), 125s);
    }
    EXPECT_EQ(w.zoo.requests("/retry-after").size(), 1U);
    EXPECT_EQ(w.deliver(w.add_hook("/ok")).what, verb::done) << "another hook is not held up";
}

TEST(WebhookAnswers, A503IsObeyedAndHalvesWhatTheEndpointGets) {
    delivery_world w;
    const auto hook = w.add_hook("/with-header/503/Retry-After/7200");
    const auto lane = w.handler.lane(w.job_for(hook).job.args);
    EXPECT_EQ(lane, "hook:" + std::to_string(hook));
    EXPECT_EQ(w.handler.lane_slots(lane, 4), 4);
    const auto out = w.deliver(hook);
    EXPECT_GT(from_now(out), 7190s);
    EXPECT_LE(from_now(out), 7920s);
    EXPECT_EQ(w.handler.lane_slots(lane, 4), 2);
    EXPECT_EQ(w.deliver(hook).what, verb::retry) << "no pause for the others";
    EXPECT_EQ(w.handler.lane_slots(lane, 4), 1);
    EXPECT_EQ(w.handler.lane_slots("hook:999", 4), 4);
}

TEST(WebhookAnswers, TheEndpointCanRefuseOneMessageOrAll) {
    delivery_world w;
    const auto one = w.add_hook("/with-header/500/webhook-delivery/abort-message");
    EXPECT_EQ(w.deliver(one).reason, "abort_message");
    EXPECT_EQ(w.db.sql("SELECT is_active FROM wp_memberlux_hook WHERE id = " + std::to_string(one)), "1");
    const auto all = w.add_hook("/with-header/400/Webhook-Delivery/disable");
    EXPECT_EQ(w.deliver(all).reason, "disabled_by_endpoint");
    EXPECT_EQ(w.db.sql("SELECT is_active FROM wp_memberlux_hook WHERE id = " + std::to_string(all)), "0");
}

TEST(WebhookAnswers, TenFailuresExhaustAJob) {
    delivery_world w;
    const auto job = w.job_for(w.add_hook("/status/500"));
    const auto out = w.deliver_to_the_end(job);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "exhausted");
    EXPECT_EQ(w.zoo.requests("/status/500").size(), 10U);
    EXPECT_EQ(w.own_row(job.job.id, "attempt, state, reason"), "10\tdead\texhausted");
}

TEST(WebhookAnswers, AJobThatFailsFirstIsDeliveredLater) {
    delivery_world w;
    auto job = w.job_for(w.add_hook("/sequence/500,404,200/t"));
    const auto out = w.deliver_to_the_end(job);
    EXPECT_EQ(out.what, verb::done);
    const auto result = boost::json::parse(out.result);
    EXPECT_EQ(result.at("status").as_int64(), 200);
    EXPECT_EQ(result.at("attempt").as_int64(), 3);
    EXPECT_EQ(result.at("webhook_id").as_string(), "msg_" + job.job.id);
    const auto requests = w.zoo.requests("/sequence");
    ASSERT_EQ(requests.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(requests[i].header("webhook-id"), "msg_" + job.job.id);
        EXPECT_EQ(requests[i].header("X-Dormouse-Attempt"), std::to_string(i + 1));
    }
}

}  // namespace
}  // namespace dormouse::jobs
