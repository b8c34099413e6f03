// The answer table (spec 3-jobs B1), row by row.
#include "jobs/webhook_delivery/answer.hpp"

#include "tests/unit/jobs/ended.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using namespace test;
using net::failure_class;
using net::progress;
using queue::sent;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;

base::ms delay_of(const decision& d) { return d.outcome.when.value() - now; }

std::vector<std::string> reasons(const decision& d) {
    std::vector<std::string> out;
    out.reserve(d.notices.size());
    for (const auto& n : d.notices) out.push_back(n.reason);
    return out;
}

TEST(Answer, EveryStatusHasItsRow) {
    const auto expected = [](int status) -> std::pair<verb, std::string> {
        if (status >= 200 && status <= 299) return {verb::done, ""};
        switch (status) {
            case 301:
            case 308: return {verb::retry, "moved"};
            case 401:
            case 403: return {verb::retry, "unauthorized"};
            case 408:
            case 409:
            case 425: return {verb::retry, "try_again"};
            case 410: return {verb::dead, "gone"};
            case 413:
            case 414:
            case 431:
            case 501:
            case 505: return {verb::dead, "unacceptable"};
            case 429: return {verb::retry, "rate_limited"};
            case 502:
            case 503:
            case 504: return {verb::retry, "overloaded"};
            default: break;
        }
        if (status >= 300 && status <= 399) return {verb::retry, "redirected"};
        if (status >= 400 && status <= 499) return {verb::retry, "rejected"};
        if (status >= 500 && status <= 599) return {verb::retry, "server_error"};
        return {verb::retry, "bad_response"};
    };
    for (int status = 0; status <= 999; ++status) {
        const auto d = decide_on(answered(status));
        const auto [what, reason] = expected(status);
        EXPECT_EQ(d.outcome.what, what) << status;
        EXPECT_EQ(d.outcome.reason, reason) << status;
        EXPECT_EQ(d.outcome.sent, sent::answered) << status;
        EXPECT_EQ(d.outcome.when.has_value(), what == verb::retry) << status;
        EXPECT_EQ(d.disable.has_value(), status == 410) << status;
        EXPECT_EQ(d.pause_until.has_value(), status == 429) << status;
    }
}

TEST(Answer, ASuccessTellsItsStory) {
    const auto d = decide_on(answered(204));
    EXPECT_EQ(
        boost::json::parse(d.outcome.result),
        (boost::json::value{{"status", 204}, {"hook_id", 7}, {"attempt", 2}, {"webhook_id", "msg_1"}, {"ms", 12}}));
    EXPECT_THAT(d.notices, testing::IsEmpty());
}

TEST(Answer, A2xxStandsWhateverHappensToTheBody) {
    for (const auto after : {failure_class::timeout, failure_class::reset, failure_class::bad_response,
                             failure_class::cancelled, failure_class::none}) {
        auto e = answered(200);
        e.failed = after;
        e.response.body_complete = false;
        e.response.body_error = "cut";
        EXPECT_EQ(decide_on(e).outcome.what, verb::done) << net::to_string(after);
    }
}

TEST(Answer, A2xxWithADeliveryHeaderIsStillASuccess) {
    const auto d = decide_on(answered(200, {{"webhook-delivery", "disable"}}));
    EXPECT_EQ(d.outcome.what, verb::done);
    EXPECT_FALSE(d.disable);
}

TEST(Answer, FailuresWithoutAnAnswerHaveTheirRows) {
    const struct {
        const char* reason;
        failure_class failed;
        progress got_to;
        verb what;
        sent told;
    } rows[] = {
        {"bad_url", failure_class::bad_url, progress::not_sent, verb::dead, sent::not_sent},
        {"bad_header", failure_class::bad_header, progress::not_sent, verb::dead, sent::not_sent},
        {"blocked_target", failure_class::blocked_target, progress::not_sent, verb::dead, sent::not_sent},
        {"dns", failure_class::dns, progress::not_sent, verb::retry, sent::not_sent},
        {"connect", failure_class::connect, progress::not_sent, verb::retry, sent::not_sent},
        {"tls", failure_class::tls, progress::not_sent, verb::retry, sent::not_sent},
        {"tls_verify", failure_class::tls_verify, progress::not_sent, verb::retry, sent::not_sent},
        {"timeout", failure_class::timeout, progress::maybe, verb::retry, sent::maybe},
        {"reset", failure_class::reset, progress::maybe, verb::retry, sent::maybe},
        {"bad_response", failure_class::bad_response, progress::maybe, verb::retry, sent::maybe},
        {"cancelled", failure_class::cancelled, progress::maybe, verb::retry, sent::maybe},
        {"cancelled", failure_class::cancelled, progress::not_sent, verb::retry, sent::not_sent},
    };
    for (const auto& row : rows) {
        const auto d = decide_on(failed(row.failed, row.got_to));
        EXPECT_EQ(d.outcome.what, row.what) << row.reason;
        EXPECT_EQ(d.outcome.reason, row.reason);
        EXPECT_EQ(d.outcome.sent, row.told) << row.reason;
        EXPECT_THAT(d.outcome.detail, HasSubstr("what happened"));
        EXPECT_FALSE(d.disable) << row.reason;
    }
}

TEST(Answer, DetailsNameTheHookAndNoSecretOfItsUrl) {
    for (const auto& e : {answered(404), answered(413), failed(failure_class::dns, progress::not_sent)}) {
        const auto d = decide_on(e);
        EXPECT_THAT(d.outcome.detail, AllOf(HasSubstr("hook 7"), HasSubstr("https://example.com/in")));
        EXPECT_THAT(d.outcome.detail, AllOf(Not(HasSubstr("pw")), Not(HasSubstr("token")), Not(HasSubstr("abc"))));
    }
}

TEST(Answer, TheLastAttemptParksTheJobAsExhausted) {
    const auto d = decide_on(answered(500), {.attempt = 10});
    EXPECT_EQ(d.outcome.what, verb::dead);
    EXPECT_EQ(d.outcome.reason, "exhausted");
    EXPECT_EQ(d.outcome.sent, sent::answered);
    EXPECT_THAT(d.outcome.detail,
                AllOf(HasSubstr("attempt 10 of 10"), HasSubstr("server_error"), HasSubstr("HTTP 500")));
    EXPECT_THAT(reasons(d), testing::ElementsAre("exhausted"));
    EXPECT_EQ(decide_on(answered(500), {.attempt = 9}).outcome.what, verb::retry);
    EXPECT_EQ(decide_on(answered(200), {.attempt = 10}).outcome.what, verb::done);
    EXPECT_EQ(decide_on(answered(413), {.attempt = 10}).outcome.reason, "unacceptable");
    EXPECT_EQ(decide_on(answered(500), {.attempt = 1, .last_attempt = 1}).outcome.reason, "exhausted");
}

TEST(Answer, ACancelledLastAttemptIsTheWorkersToJudge) {
    const auto d = decide_on(failed(failure_class::cancelled, progress::maybe), {.attempt = 10, .state = "moved 2"});
    EXPECT_EQ(d.outcome.what, verb::retry);
    EXPECT_EQ(d.outcome.state, "moved 2");
}

TEST(Answer, PeopleHearOf4xxAtTheFourthAttempt) {
    for (const int status : {400, 402, 404, 405, 406, 415, 422, 451, 499}) {
        for (int attempt = 1; attempt <= 9; ++attempt) {
            const auto told = reasons(decide_on(answered(status), {.attempt = attempt}));
            EXPECT_EQ(told, attempt == 4 ? std::vector<std::string>{"rejected"} : std::vector<std::string>{}) << status;
        }
    }
}

TEST(Answer, PeopleHearOfWrongCredentialsAndCertificatesAtOnce) {
    for (const auto& e : {answered(401), answered(403), failed(failure_class::tls_verify, progress::not_sent)}) {
        EXPECT_EQ(decide_on(e, {.attempt = 1}).notices.size(), 1U);
        EXPECT_EQ(decide_on(e, {.attempt = 2}).notices.size(), 0U);
    }
}

TEST(Answer, ThreeMovedInARowParkTheJobWithTheNewAddress) {
    const auto e = [](int status) {
        return answered(status, {{"Location", "https://new.example.com/hook?key=secret-part"}});
    };
    const auto first = decide_on(e(301));
    EXPECT_EQ(first.outcome.what, verb::retry);
    const auto second = decide_on(e(308), {.attempt = 3, .state = first.outcome.state});
    EXPECT_EQ(second.outcome.what, verb::retry);
    const auto third = decide_on(e(301), {.attempt = 4, .state = second.outcome.state});
    EXPECT_EQ(third.outcome.what, verb::dead);
    EXPECT_EQ(third.outcome.reason, "moved");
    EXPECT_FALSE(third.disable);
    EXPECT_THAT(third.outcome.detail, AllOf(HasSubstr("change the hook's URL to https://new.example.com/hook"),
                                            Not(HasSubstr("secret-part"))));
    EXPECT_THAT(reasons(third), testing::ElementsAre("moved"));
}

TEST(Answer, AnotherAnswerEndsTheRowAndSilenceDoesNot) {
    const circumstances two_moved{.attempt = 3, .state = "moved 2"};
    EXPECT_EQ(decide_on(answered(302), two_moved).outcome.state, "");
    EXPECT_EQ(decide_on(answered(500), two_moved).outcome.state, "");
    EXPECT_EQ(decide_on(answered(410), {.attempt = 3, .state = "moved 2", .gone_confirmations = 2}).outcome.state,
              "gone 1");
    for (const auto c : {failure_class::dns, failure_class::connect, failure_class::timeout, failure_class::reset})
        EXPECT_EQ(decide_on(failed(c, progress::maybe), two_moved).outcome.state, "moved 2") << net::to_string(c);
}

TEST(Answer, AStateThatIsNotOursCountsAsNothing) {
    for (const auto* odd : {"moved", "moved ", "moved x", "moved 2x", "moved -5", "moved 99999999999", "mov 2", "{}"})
        EXPECT_EQ(decide_on(answered(301), {.state = odd}).outcome.state, "moved 1") << odd;
}

TEST(Answer, GoneSwitchesTheHookOff) {
    const auto d = decide_on(answered(410), {.attempt = 1});
    EXPECT_EQ(d.outcome.what, verb::dead);
    EXPECT_EQ(d.disable, "gone");
    EXPECT_THAT(reasons(d), testing::ElementsAre("gone"));
}

TEST(Answer, GoneMayNeedConfirmations) {
    const auto first = decide_on(answered(410), {.attempt = 1, .gone_confirmations = 2});
    EXPECT_EQ(first.outcome.what, verb::retry);
    EXPECT_FALSE(first.disable);
    const auto second = decide_on(answered(410), {.state = first.outcome.state, .gone_confirmations = 2});
    EXPECT_EQ(second.outcome.what, verb::dead);
    EXPECT_EQ(second.disable, "gone");
}

TEST(Answer, TheEndpointMayRefuseOneMessageOrAll) {
    const auto one = decide_on(answered(500, {{"Webhook-Delivery", "abort-message"}}));
    EXPECT_EQ(one.outcome.what, verb::dead);
    EXPECT_EQ(one.outcome.reason, "abort_message");
    EXPECT_FALSE(one.disable);
    const auto all = decide_on(answered(400, {{"webhook-delivery", "disable"}}));
    EXPECT_EQ(all.outcome.what, verb::dead);
    EXPECT_EQ(all.outcome.reason, "disabled_by_endpoint");
    EXPECT_EQ(all.disable, "disabled_by_endpoint");
    EXPECT_EQ(decide_on(answered(500, {{"webhook-delivery", "nonsense"}})).outcome.what, verb::retry);
}

TEST(Answer, A429PausesTheHookForAtLeastAMinute) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto d = decide_on(answered(429), {.attempt = 1}, seed);
        EXPECT_EQ(d.pause_until, now + 60s);
        EXPECT_GE(delay_of(d), 60s);
        EXPECT_LE(delay_of(d), 66s);
        EXPECT_EQ(d.strain, strain::unknown);
    }
}

TEST(Answer, A429IsBelievedWhenItNamesItsTime) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto d = decide_on(answered(429), {.attempt = 1, .retry_after = 20s}, seed);
        EXPECT_EQ(d.pause_until, now + 20s);
        EXPECT_GE(delay_of(d), 20s);
        EXPECT_LE(delay_of(d), 22s);
    }
    EXPECT_EQ(decide_on(answered(429), {.retry_after = 0s}).pause_until, now + 1s);
    EXPECT_EQ(decide_on(answered(429), {.retry_after = 24h * 30}).pause_until, now + 24h);
    EXPECT_EQ(decide_on(answered(429), {.attempt = 10}).pause_until, now + 60s)
        << "others wait though this one is dead";
}

TEST(Answer, RetryAfterIsHeardOn429And503Only) {
    for (const int status : {301, 400, 408, 409, 425, 500, 502, 504})
        EXPECT_LT(delay_of(decide_on(answered(status), {.attempt = 1, .retry_after = 10h})), 2min) << status;
    for (const int status : {429, 503})
        EXPECT_GE(delay_of(decide_on(answered(status), {.attempt = 1, .retry_after = 10h})), 10h) << status;
}

TEST(Answer, RetryAfterNeverBringsATrySooner) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        EXPECT_GE(delay_of(decide_on(answered(503), {.attempt = 3, .retry_after = 1s}, seed)), 22min + 30s);
        EXPECT_GE(delay_of(decide_on(answered(503), {.attempt = 1, .retry_after = 1s}, seed)), 60s);
    }
}

TEST(Answer, RetryAfterDoesNotPassTheEndOfTheJob) {
    EXPECT_EQ(delay_of(decide_on(answered(503), {.attempt = 1, .retry_after = 10h, .expire = now + 1h})), 1h - 1s);
}

TEST(Answer, OverloadWaitsAtLeastAMinuteAndHalvesTheEndpoint) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        for (const auto& e :
             {answered(502), answered(503), answered(504), failed(failure_class::timeout, progress::maybe)}) {
            const auto d = decide_on(e, {.attempt = 1}, seed);
            EXPECT_GE(delay_of(d), 60s);
            EXPECT_LE(delay_of(d), 66s);
            EXPECT_EQ(d.strain, strain::strained);
        }
        EXPECT_GE(delay_of(decide_on(answered(502), {.attempt = 2}, seed)), 225s) << "the list is longer by then";
    }
}

TEST(Answer, ARefusalIsAHealthyAnswer) {
    for (const int status : {200, 204, 301, 302, 400, 404, 409, 410, 422})
        EXPECT_EQ(decide_on(answered(status)).strain, strain::healthy) << status;
    for (const int status : {429, 500, 599}) EXPECT_EQ(decide_on(answered(status)).strain, strain::unknown) << status;
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
