// Args of reminder-email, and what else its jobs carry along.
#include "jobs/reminder_email/args.hpp"
#include "jobs/reminder_email/domain_pace.hpp"
#include "jobs/reminder_email/draft.hpp"
#include "jobs/reminder_email/unsettled.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::reminder_email {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

base::result<letter_args> read(const std::string& json) { return read_args(boost::json::parse(json).as_object()); }

TEST(MailArgs, NameARowOfTheLedgerAndMayNameItsDomain) {
    EXPECT_EQ(read(R"({"reminder": 7})")->reminder, 7);
    EXPECT_EQ(read(R"({"reminder": "7"})")->domain, "");
    EXPECT_EQ(read(R"({"reminder": 7, "domain": "Mail.Example"})")->domain, "mail.example");
    EXPECT_EQ(read(R"({"reminder": 7, "domain": "бюро.рф"})")->domain, "xn--90a0af9c.xn--p1ai");
}

TEST(MailArgs, MaySayWhenTheLetterGoes) {
    EXPECT_TRUE(read(R"({"reminder": 7})")->openings.empty());
    const std::vector<site::opening> two{{base::from_epoch_ms(10), base::from_epoch_ms(20)},
                                         {base::from_epoch_ms(20), base::from_epoch_ms(30)}};
    EXPECT_EQ(read(R"({"reminder": 7, "openings": [[10, 20], [20, 30]]})")->openings, two);
    for (const auto* wrong :
         {"7", "[]", "[10, 20]", "[[10]]", "[[10, 20, 30]]", R"([["10", 20]])", "[[20, 20]]", "[[10, 30], [20, 40]]",
          "[[1.5, 2]]", "[[-9223372036854775808, 5]]", "[[5, 9223372036854775807]]"}) {
        const auto args = read(std::string{R"({"reminder": 7, "openings": )"} + wrong + "}");
        ASSERT_FALSE(args) << wrong;
        EXPECT_THAT(args.error().detail, StartsWith("args.openings: expected pairs of times in ms")) << wrong;
    }
}

TEST(MailArgs, OfATestLetterNameUserLevelAndStage) {
    const auto args = read(R"({"test": {"user_id": 1, "term_id": "7", "stage": "admin"}})");
    ASSERT_TRUE(args && args->test);
    EXPECT_EQ(args->test->user_id, 1);
    EXPECT_EQ(args->test->term_id, 7);
    EXPECT_EQ(args->test->stage, site::letter_stage::admin);
    EXPECT_EQ(args->reminder, 0);
    EXPECT_EQ(read(R"({"test": {"user_id": 1, "term_id": 7, "stage": 2}})")->test->stage, site::letter_stage::second);
}

TEST(MailArgs, WhatIsWrongIsNamed) {
    const std::pair<const char*, const char*> rows[] = {
        {"{}", "args.reminder: expected the id of a row"},
        {R"({"reminder": 0})", "args.reminder:"},
        {R"({"reminder": 1.5})", "args.reminder:"},
        {R"({"reminder": -3})", "args.reminder:"},
        {R"({"reminder": 7, "domain": "not a host"})", "args.domain:"},
        {R"({"reminder": 7, "test": {"user_id": 1, "term_id": 1, "stage": "1"}})", "args: expected either"},
        {R"({"test": 7})", "args.test: expected an object"},
        {R"({"test": {"term_id": 7, "stage": "1"}})", "args.test.user_id:"},
        {R"({"test": {"user_id": 1, "term_id": 0, "stage": "1"}})", "args.test.term_id:"},
        {R"({"test": {"user_id": 1, "term_id": 7, "stage": "4"}})", "args.test.stage: expected 1, 2, 3 or admin"},
        {R"({"test": {"user_id": 1, "term_id": 7}})", "args.test.stage:"},
    };
    for (const auto& [json, complaint] : rows) {
        const auto args = read(json);
        ASSERT_FALSE(args) << json;
        EXPECT_EQ(args.error(), base::errc::invalid_argument) << json;
        EXPECT_THAT(args.error().detail, StartsWith(complaint)) << json;
    }
}

TEST(MailPace, ADomainThatAsksUsToSlowDownGetsHalfForAQuarterOfAnHour) {
    constexpr auto now = base::from_epoch_ms(1'790'000'000'000);
    const queue::limit full{.name = "mail:slow.example", .most = 2, .per_minute = 30};
    domain_pace pace;
    EXPECT_EQ(pace.of("slow.example", full, now), full);
    pace.slow_down("slow.example", now);
    const auto half = pace.of("slow.example", full, now + 14min);
    EXPECT_EQ(half.most, 1);
    EXPECT_EQ(half.per_minute, 15);
    EXPECT_EQ(pace.of("other.example", full, now), full);
    EXPECT_EQ(pace.of("slow.example", full, now + 15min), full);
    pace.slow_down("slow.example", now + 14min);
    EXPECT_EQ(pace.of("slow.example", {.name = "n", .most = 1, .per_minute = 1}, now + 20min).per_minute, 1);
}

TEST(MailPace, LettersToOneDomainGoFiveAtOnceAndThenOneAfterTheOther) {
    constexpr auto now = base::from_epoch_ms(1'790'000'000'000);
    const queue::limit full{.name = "n", .most = 10, .per_minute = 30};
    domain_pace pace;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(pace.enter("a.example", full, "early" + std::to_string(i), now)) << i;
    EXPECT_EQ(pace.enter("a.example", full, "six", now), now + 2s);
    EXPECT_EQ(pace.enter("a.example", full, "seven", now), now + 4s);
    EXPECT_EQ(pace.enter("a.example", full, "six", now + 1s), now + 2s) << "its turn is kept";
    EXPECT_FALSE(pace.enter("b.example", full, "other", now));
    EXPECT_FALSE(pace.enter("a.example", full, "six", now + 2s));
    EXPECT_EQ(pace.enter("a.example", full, "eight", now + 2s), now + 6s);
    EXPECT_FALSE(pace.enter("a.example", full, "late", now + 30s));
}

TEST(MailPace, NoMoreLettersAtOnceThanThereArePlaces) {
    constexpr auto now = base::from_epoch_ms(1'790'000'000'000);
    const queue::limit full{.name = "n", .most = 2, .per_minute = 60'000};
    domain_pace pace;
    EXPECT_FALSE(pace.enter("a.example", full, "1", now));
    EXPECT_FALSE(pace.enter("a.example", full, "2", now));
    EXPECT_EQ(pace.enter("a.example", full, "3", now), now + 5s);
    pace.leave("a.example");
    EXPECT_FALSE(pace.enter("a.example", full, "3", now));
    pace.leave("a.example");
    pace.slow_down("a.example", now);
    EXPECT_TRUE(pace.enter("a.example", full, "4", now)) << "one place is left while it is slow";
}

TEST(MailUnsettled, SurvivesTheWayThroughTheQueue) {
    const unsettled u{
        .fence = {7, "01JOB.abc", 3},
        .end = {.state = site::letter_state::sent, .reason = "", .queue_id = "Q\"7", .due_at = base::from_epoch_ms(5)}};
    const auto back = read_state(to_state(u));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->fence.id, 7);
    EXPECT_EQ(back->fence.owner, "01JOB.abc");
    EXPECT_EQ(back->fence.epoch, 3);
    EXPECT_EQ(back->end.state, site::letter_state::sent);
    EXPECT_EQ(back->end.queue_id, "Q\"7");
    EXPECT_EQ(back->end.due_at, base::from_epoch_ms(5));
    for (const auto* other : {"", "{}", "[]", "nonsense", R"({"id": 1, "epoch": 2, "due": 3, "state": "lost"})"})
        EXPECT_FALSE(read_state(other)) << other;
}

TEST(MailSecondLook, OnlyASleeperOfTheSameLapseGetsTheLetter) {
    site::sleeper_verdict v;
    v.is_sleeper = true;
    v.decided_by = site::rule::sleeper;
    v.lapse = "2026-11-01";
    EXPECT_FALSE(refusal_of(v, "2026-11-01"));
    EXPECT_EQ(refusal_of(v, "2026-05-01")->reason, "renewed");
    const std::pair<site::rule, const char*> rows[] = {
        {site::rule::unlimited, "renewed"},   {site::rule::not_lapsed, "renewed"},
        {site::rule::ancestor, "renewed"},    {site::rule::certificate, "certificate"},
        {site::rule::blocked, "blocked"},     {site::rule::user_gone, "user_gone"},
        {site::rule::level_off, "level_off"}, {site::rule::level_gone, "level_gone"},
        {site::rule::no_keys, "no_keys"},
    };
    for (const auto& [rule, reason] : rows) {
        v.decided_by = rule;
        const auto no = refusal_of(v, "2026-11-01");
        ASSERT_TRUE(no) << reason;
        EXPECT_EQ(no->reason, reason);
        EXPECT_EQ(no->state, site::letter_state::skipped);
    }
}

}  // namespace
}  // namespace dormouse::jobs::reminder_email
