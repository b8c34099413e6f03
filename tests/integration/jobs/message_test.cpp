// What the receiver gets, judged by somebody else's library.
#include "base/ascii.hpp"
#include "tests/integration/jobs/delivery_world.hpp"
#include "tests/integration/jobs/webhook_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace dormouse::jobs {
namespace {

using test::delivery_world;
using test::judge;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;

const std::string standard_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(WebhookMessage, CarriesThePromisedHeadersOnce) {
    delivery_world w{{.adjust = [](auto& s) {
        s.webhook.headers = {{"X-Site", "main"}};
        s.net.user_agent = "Dormouse/test";
    }}};
    const auto before = base::system_clock().now();
    const auto job = w.job_for(w.add_hook("/ok"));
    ASSERT_EQ(w.attempt(job).what, verb::done);
    const auto requests = w.zoo.requests();
    ASSERT_EQ(requests.size(), 1U);
    const auto& r = requests.front();
    EXPECT_EQ(r.method, "POST");
    EXPECT_EQ(r.body, R"({"n":1})");
    EXPECT_EQ(r.header("webhook-id"), "msg_" + job.job.id);
    EXPECT_EQ(r.header("Idempotency-Key"), "msg_" + job.job.id);
    EXPECT_EQ(r.header("Content-Type"), "application/json");
    EXPECT_EQ(r.header("User-Agent"), "Dormouse/test");
    EXPECT_EQ(r.header("X-MemberLux-Event"), "purchase");
    EXPECT_EQ(r.header("X-Dormouse-Attempt"), "1");
    EXPECT_EQ(r.header("X-Site"), "main");
    const auto seconds = std::stoll(r.header("webhook-timestamp"));
    EXPECT_GE(seconds, base::to_epoch_ms(before) / 1000);
    EXPECT_LE(seconds, r.time_ms / 1000);
    std::set<std::string> names;
    for (const auto& [name, value] : r.headers) {
        EXPECT_TRUE(names.insert(base::ascii_lower(name)).second) << name << " came twice";
    }
}

TEST(WebhookMessage, IsGenuineToTheStandardLibrary) {
    delivery_world w;
    const std::string payloads[] = {R"({"test": 2432232314})", "{}", R"({"имя":"Жанна 😀","n":[1, 2]} )",
                                    R"("just text")", "\"" + std::string(100'000, 'x') + "\""};
    std::vector<test::judged> cases;
    for (const auto& [secret, format] :
         {std::pair{standard_secret, ""}, std::pair{std::string{"plain-secret"}, "raw"}}) {
        const auto hook = w.add_hook("/ok", secret);
        for (const auto& payload : payloads) {
            auto job = w.job_for(hook);
            job.job.args["payload"] = payload;
            ASSERT_EQ(w.attempt(job).what, verb::done);
            cases.push_back({w.zoo.requests().back(), secret, format});
            EXPECT_EQ(cases.back().request.body, payload);
        }
    }
    EXPECT_THAT(judge(cases), testing::AllOf(testing::SizeIs(cases.size()), Each("genuine")));

    cases.resize(2);
    cases[0].request.body += " ";
    cases[1].secret = "whsec_" + std::string(32, 'A');
    EXPECT_THAT(judge(cases), Each(HasSubstr("No matching signature"))) << "the judge does judge";
}

TEST(WebhookMessage, FitsBothSecretsAfterARotation) {
    delivery_world w;
    const auto hook = w.add_hook("/ok", "first-secret-of-the-hook");
    ASSERT_EQ(w.deliver(hook).what, verb::done);
    w.db.sql("UPDATE wp_memberlux_hook SET secret = '" + standard_secret + "'");
    ASSERT_EQ(w.deliver(hook).what, verb::done);
    const auto requests = w.zoo.requests();
    EXPECT_EQ(std::ranges::count(requests.at(0).header("webhook-signature"), ' '), 0);
    EXPECT_EQ(std::ranges::count(requests.at(1).header("webhook-signature"), ' '), 1);
    EXPECT_THAT(judge({{requests.at(0), "first-secret-of-the-hook", "raw"},
                       {requests.at(1), standard_secret},
                       {requests.at(1), "first-secret-of-the-hook", "raw"}}),
                ElementsAre("genuine", "genuine", "genuine"));
}

TEST(WebhookMessage, IsUnsignedWithoutASecretAndThatIsSaidOnce) {
    delivery_world w;
    const auto hook = w.add_hook("/ok", "");
    testing::internal::CaptureStderr();
    EXPECT_EQ(w.deliver(hook).what, verb::done);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("unsigned"));
    testing::internal::CaptureStderr();
    EXPECT_EQ(w.deliver(hook).what, verb::done);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("unsigned")));
    for (const auto& r : w.zoo.requests()) EXPECT_EQ(r.header("webhook-signature"), "");
}

TEST(WebhookMessage, IsNotSentUnsignedWhereASecretIsRequired) {
    delivery_world w{{.adjust = [](auto& s) { s.webhook.require_secret = true; }}};
    const auto out = w.deliver(w.add_hook("/ok", ""));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "no_secret");
    EXPECT_TRUE(w.zoo.requests().empty());
}

TEST(WebhookMessage, KeepsItsNameForTheSameFactInAnotherJob) {
    delivery_world w;
    const auto hook = w.add_hook("/ok");
    for (int i = 0; i < 2; ++i) {
        auto job = w.job_for(hook);
        job.job.key = "hook:7:grant:lead_789";
        ASSERT_EQ(w.attempt(job).what, verb::done);
    }
    const auto requests = w.zoo.requests();
    EXPECT_EQ(requests.at(0).header("webhook-id"), requests.at(1).header("webhook-id"));
    EXPECT_THAT(requests.at(0).header("webhook-id"), testing::MatchesRegex("msg_[0-9a-f]+"));
}

}  // namespace
}  // namespace dormouse::jobs
