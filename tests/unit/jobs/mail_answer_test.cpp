// What the mail server's answers mean: every row of spec 3-jobs B5.
#include "jobs/reminder_email/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::reminder_email {
namespace {

using namespace std::chrono_literals;
using net::mail_failure;
using net::mail_sent;
using net::mail_stage;
using site::letter_state;
using testing::HasSubstr;
using verb = queue::outcome::verb;

constexpr auto now = base::from_epoch_ms(1'790'000'000'000);

net::mail_answer refused(mail_stage stage, int code, std::string enhanced = {}) {
    return {.stage = stage,
            .sent = mail_sent::refused,
            .failure = mail_failure::refused,
            .code = code,
            .enhanced = std::move(enhanced),
            .text = "its words"};
}

net::mail_answer failed(mail_stage stage, mail_failure why) {
    return {.stage = stage, .sent = mail_sent::not_sent, .failure = why};
}

verdict judged(const net::mail_answer& said, config::doubt_rule doubt = config::doubt_rule::none, base::ms since = {}) {
    base::random_engine random{3};
    std::optional<base::time_ms> first;
    if (since != base::ms{}) first = now - since;
    return judge({.said = said, .at = {now, 1, first}, .refused_because = {}, .doubt = doubt}, random);
}

struct row {
    const char* what;
    net::mail_answer said;
    verb outcome;
    const char* reason;
    letter_state state;
    bool untried = false;  ///< The row is released: no attempt is counted.
    bool hold = false;
    bool suppress = false;
    bool alert = false;
    bool slow = false;
};

void expect_row(const row& r) {
    SCOPED_TRACE(r.what);
    const auto v = judged(r.said);
    EXPECT_EQ(v.outcome.what, r.outcome);
    EXPECT_EQ(v.outcome.reason, r.reason);
    EXPECT_EQ(v.end.state, r.state);
    EXPECT_EQ(v.untried, r.untried);
    EXPECT_EQ(v.hold_kind, r.hold);
    EXPECT_EQ(v.suppress, r.suppress);
    EXPECT_EQ(v.alert.has_value(), r.alert);
    EXPECT_EQ(v.slow_down, r.slow);
}

TEST(MailAnswer, WhatTheRelayItselfIsNotUpToIsDeferredAndSpendsNoAttempt) {
    const row rows[] = {
        {"no connection", failed(mail_stage::connect, mail_failure::connect), verb::defer, "relay_unavailable",
         letter_state::retry, true},
        {"TLS", failed(mail_stage::connect, mail_failure::tls), verb::defer, "relay_unavailable", letter_state::retry,
         true},
        {"greeting 421", refused(mail_stage::greeting, 421), verb::defer, "relay_unavailable", letter_state::retry,
         true},
        {"greeting 554", refused(mail_stage::greeting, 554), verb::defer, "relay_unavailable", letter_state::retry,
         true},
        {"no SMTP", failed(mail_stage::greeting, mail_failure::protocol), verb::defer, "relay_unavailable",
         letter_state::retry, true},
        {"MAIL 421", refused(mail_stage::from, 421), verb::defer, "relay_unavailable", letter_state::retry, true},
        {"RCPT 421", refused(mail_stage::rcpt, 421, "4.7.0"), verb::defer, "relay_unavailable", letter_state::retry,
         true, false, false, false, true},
        {"lost in the body", failed(mail_stage::body, mail_failure::lost), verb::defer, "relay_unavailable",
         letter_state::retry, true},
        {"silent at RCPT", failed(mail_stage::rcpt, mail_failure::timeout), verb::defer, "relay_unavailable",
         letter_state::retry, true},
        {"421 after the dot", refused(mail_stage::answered, 421), verb::defer, "relay_unavailable", letter_state::retry,
         false, false, false, false, true},
    };
    for (const auto& r : rows) {
        expect_row(r);
        const auto v = judged(r.said);
        EXPECT_GE(*v.outcome.when, now + 1min) << r.what;
        EXPECT_LE(*v.outcome.when, now + 5min) << r.what;
        EXPECT_EQ(v.outcome.contact.health, queue::health::bad) << r.what;
    }
}

TEST(MailAnswer, WhatAPersonMustMendHoldsTheKind) {
    const row rows[] = {
        {"no STARTTLS", failed(mail_stage::greeting, mail_failure::starttls_missing), verb::defer, "starttls_missing",
         letter_state::retry, true, true, false, true},
        {"bad certificate", failed(mail_stage::greeting, mail_failure::tls_verify), verb::defer, "bad_certificate",
         letter_state::retry, true, true, false, true},
        {"plain text to a stranger", failed(mail_stage::connect, mail_failure::plain_refused), verb::defer,
         "plain_refused", letter_state::retry, true, true, false, true},
        {"no AUTH offered", failed(mail_stage::auth, mail_failure::auth_missing), verb::defer, "auth_missing",
         letter_state::retry, true, true, false, true},
        {"AUTH 535", refused(mail_stage::auth, 535, "5.7.8"), verb::defer, "auth_refused", letter_state::retry, true,
         true, false, true},
        {"AUTH 534", refused(mail_stage::auth, 534, "5.7.9"), verb::defer, "auth_refused", letter_state::retry, true,
         true, false, true},
        {"AUTH 538", refused(mail_stage::auth, 538, "5.7.11"), verb::defer, "auth_refused", letter_state::retry, true,
         true, false, true},
        {"MAIL 550", refused(mail_stage::from, 550, "5.7.1"), verb::defer, "sender_refused", letter_state::retry, true,
         true, false, true},
        {"MAIL 530", refused(mail_stage::from, 530, "5.7.0"), verb::defer, "sender_refused", letter_state::retry, true,
         true, false, true},
    };
    for (const auto& r : rows) expect_row(r);
}

TEST(MailAnswer, WhatMayHealIsTriedAgain) {
    const row rows[] = {
        {"AUTH 454", refused(mail_stage::auth, 454, "4.7.0"), verb::retry, "auth_unavailable", letter_state::retry},
        {"MAIL 451", refused(mail_stage::from, 451, "4.3.0"), verb::retry, "try_again", letter_state::retry},
        {"RCPT 450", refused(mail_stage::rcpt, 450, "4.2.0"), verb::retry, "try_again", letter_state::retry},
        {"RCPT 450 4.7.1", refused(mail_stage::rcpt, 450, "4.7.1"), verb::retry, "try_again", letter_state::retry,
         false, false, false, false, true},
        {"RCPT 451", refused(mail_stage::rcpt, 451), verb::retry, "try_again", letter_state::retry},
        {"RCPT 452", refused(mail_stage::rcpt, 452, "4.2.2"), verb::retry, "try_again", letter_state::retry},
        {"RCPT 552", refused(mail_stage::rcpt, 552), verb::retry, "mailbox_full", letter_state::retry},
        {"RCPT 550 5.2.2", refused(mail_stage::rcpt, 550, "5.2.2"), verb::retry, "mailbox_full", letter_state::retry},
        {"dot 552 5.2.2", refused(mail_stage::answered, 552, "5.2.2"), verb::retry, "mailbox_full",
         letter_state::retry},
        {"dot 451", refused(mail_stage::answered, 451, "4.3.0"), verb::retry, "try_again", letter_state::retry},
    };
    for (const auto& r : rows) {
        expect_row(r);
        const auto v = judged(r.said);
        EXPECT_EQ(v.end.due_at, *v.outcome.when) << r.what;
        EXPECT_EQ(v.outcome.contact.health, queue::health::good) << r.what;
    }
}

TEST(MailAnswer, WhatWillNeverBeTakenIsDead) {
    const row rows[] = {
        {"RCPT 550 5.1.1", refused(mail_stage::rcpt, 550, "5.1.1"), verb::dead, "unknown_address", letter_state::failed,
         false, false, true},
        {"RCPT 551 5.1.6", refused(mail_stage::rcpt, 551, "5.1.6"), verb::dead, "unknown_address", letter_state::failed,
         false, false, true},
        {"RCPT 553 5.1.3", refused(mail_stage::rcpt, 553, "5.1.3"), verb::dead, "unknown_address", letter_state::failed,
         false, false, true},
        {"RCPT 550 alone", refused(mail_stage::rcpt, 550), verb::dead, "refused", letter_state::failed, false, false,
         false, true},
        {"RCPT 550 5.7.1", refused(mail_stage::rcpt, 550, "5.7.1"), verb::dead, "policy", letter_state::failed, false,
         false, false, true},
        {"RCPT 554", refused(mail_stage::rcpt, 554), verb::dead, "policy", letter_state::failed, false, false, false,
         true},
        {"DATA 554", refused(mail_stage::data, 554, "5.5.1"), verb::dead, "policy", letter_state::failed, false, false,
         false, true},
        {"dot 554 5.7.1", refused(mail_stage::answered, 554, "5.7.1"), verb::dead, "policy", letter_state::failed,
         false, false, false, true},
        {"dot 550 5.1.1", refused(mail_stage::answered, 550, "5.1.1"), verb::dead, "refused", letter_state::failed,
         false, false, false, true},
        {"MAIL 552", refused(mail_stage::from, 552), verb::dead, "too_big", letter_state::failed, false, false, false,
         true},
        {"dot 552 5.3.4", refused(mail_stage::answered, 552, "5.3.4"), verb::dead, "too_big", letter_state::failed,
         false, false, false, true},
        {"bad envelope", failed(mail_stage::connect, mail_failure::bad_envelope), verb::dead, "bad_letter",
         letter_state::failed, false, false, false, true},
    };
    for (const auto& r : rows) expect_row(r);
    EXPECT_EQ(judged(refused(mail_stage::rcpt, 550, "5.1.1")).end.reason, "unknown_address 5.1.1");
}

TEST(MailAnswer, TwoHundredAndFiftyIsSentWithTheServersNameForIt) {
    const auto v = judged({.stage = mail_stage::answered, .sent = mail_sent::accepted, .code = 250, .queue_id = "Q7"});
    EXPECT_EQ(v.outcome.what, verb::done);
    EXPECT_THAT(v.outcome.result, HasSubstr("Q7"));
    EXPECT_EQ(v.end.state, letter_state::sent);
    EXPECT_EQ(v.end.queue_id, "Q7");
}

TEST(MailAnswer, NoAnswerToTheFinalDotIsDoubtAndNeverRepeated) {
    const net::mail_answer lost{
        .stage = mail_stage::committed, .sent = mail_sent::maybe, .failure = mail_failure::lost};
    const auto v = judged(lost);
    EXPECT_EQ(v.outcome.what, verb::dead);
    EXPECT_EQ(v.outcome.reason, "in_doubt");
    EXPECT_EQ(v.outcome.sent, queue::sent::maybe);
    EXPECT_EQ(v.end.state, letter_state::in_doubt);
    EXPECT_TRUE(v.alert);
}

TEST(MailAnswer, ARelayThatKnowsTheLettersIdIsAskedAgainWhileThereIsTime) {
    const net::mail_answer lost{
        .stage = mail_stage::committed, .sent = mail_sent::maybe, .failure = mail_failure::timeout};
    const auto v = judged(lost, config::doubt_rule::idempotent_relay);
    EXPECT_EQ(v.outcome.what, verb::retry);
    EXPECT_EQ(v.end.state, letter_state::retry);
    const auto late = judged(lost, config::doubt_rule::idempotent_relay, 73h);
    EXPECT_EQ(late.outcome.reason, "in_doubt");
    EXPECT_EQ(late.end.state, letter_state::in_doubt);
}

TEST(MailAnswer, AfterThreeDaysNothingIsTriedAgain) {
    const auto v = judged(refused(mail_stage::rcpt, 450), {}, 72h);
    EXPECT_EQ(v.outcome.what, verb::dead);
    EXPECT_EQ(v.outcome.reason, "out_of_time");
    EXPECT_EQ(v.end.state, letter_state::failed);
    EXPECT_EQ(judged(refused(mail_stage::rcpt, 450), {}, 71h).outcome.what, verb::retry);
    base::random_engine random{1};
    EXPECT_EQ(unrendered({now, 3, now - 73h}, "companion_unavailable", "503", random).outcome.reason, "out_of_time");
}

TEST(MailAnswer, ARefusedCommitTellsTheLedgerThatNothingWent) {
    base::random_engine random{3};
    const auto said = failed(mail_stage::body, mail_failure::commit_refused);
    for (const auto* why : {"taken_over", "ledger_unavailable", "too_late"}) {
        const auto v = judge({.said = said, .at = {now}, .refused_because = why}, random);
        EXPECT_EQ(v.outcome.what, verb::defer);
        EXPECT_EQ(v.outcome.reason, why);
        EXPECT_FALSE(v.untried);
        EXPECT_EQ(v.end.state, letter_state::retry);
        EXPECT_EQ(v.outcome.contact.health, queue::health::unknown);
    }
}

TEST(MailAnswer, RetriesFollowTheListWithAQuarterOfJitter) {
    base::random_engine random{5};
    const base::ms list[] = {5min, 15min, 30min, 1h, 2h, 4h, 4h, 4h};
    int failed = 0;
    for (const auto step : list) {
        const auto delay = retry_delay(++failed, random);
        EXPECT_GE(delay, step * 3 / 4);
        EXPECT_LE(delay, step * 5 / 4);
    }
}

TEST(MailAnswer, ARowThatStandsSaysWhatTheJobIs) {
    const auto standing_of = [](letter_state state, std::string reason) {
        site::reminder row;
        row.state = state;
        row.reason = std::move(reason);
        row.queue_id = "Q9";
        return standing(row);
    };
    EXPECT_EQ(standing_of(letter_state::sent, "").what, verb::done);
    EXPECT_THAT(standing_of(letter_state::sent, "").result, HasSubstr("Q9"));
    EXPECT_EQ(standing_of(letter_state::skipped, "renewed").what, verb::drop);
    EXPECT_EQ(standing_of(letter_state::skipped, "renewed").reason, "renewed");
    EXPECT_EQ(standing_of(letter_state::suppressed, "by hand of Anna").reason, "suppressed");
    EXPECT_EQ(standing_of(letter_state::in_doubt, "lost").what, verb::dead);
    EXPECT_EQ(standing_of(letter_state::in_doubt, "lost").reason, "in_doubt");
    EXPECT_EQ(standing_of(letter_state::failed, "unknown_address 5.1.1").reason, "failed");
}

}  // namespace
}  // namespace dormouse::jobs::reminder_email
