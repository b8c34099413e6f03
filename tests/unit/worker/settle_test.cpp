#include "worker/settle.hpp"

#include "queue/follower.hpp"
#include "queue/history.hpp"
#include "worker/pending.hpp"

#include <gtest/gtest.h>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;
using queue::settlement;
const auto now = base::from_epoch_ms(1'000'000);

queue::claimed_job claimed(int attempts = 0) {
    queue::claimed_job c;
    c.job.id = "01M842J7G000000000000000A1";
    c.job.queue = "webhook";
    c.job.key = "k";
    c.history.attempts = attempts;
    return c;
}

std::optional<settlement> settle(const queue::outcome& o, int attempts = 0, int last = 3) {
    return settlement_of(claimed(attempts), o, last, 5s, now);
}

TEST(Settle, AFirstSuccessIsAPlainAck) { EXPECT_FALSE(settle(queue::done())); }

TEST(Settle, ASuccessWithAResultOrAPastCarriesIt) {
    EXPECT_EQ(settle(queue::done("{}"))->what, settlement::verb::done);
    EXPECT_EQ(settle(queue::done(), 1)->what, settlement::verb::done) << "its history has to be removed";
}

std::shared_ptr<const queue::job> follower_kind(const std::string& kind) {
    queue::job next;
    next.kind = kind;
    return std::make_shared<const queue::job>(std::move(next));
}

std::string result_with_then(const std::string& result) {
    auto c = claimed();
    c.job.then = follower_kind("grant");
    return settlement_of(c, queue::done(result), 3, 5s, now)->text;
}

TEST(Settle, SuccessOfAJobWithThenCarriesTheFollowerAndNamesItInTheResult) {
    auto c = claimed();
    c.job.site = "main";
    c.job.then = follower_kind("grant");
    const auto s = settlement_of(c, queue::done(), 3, 5s, now).value();
    ASSERT_TRUE(s.follower);
    EXPECT_EQ(s.follower->id, queue::follower_id(c.job.id));
    EXPECT_EQ(s.follower->site, "main");
    EXPECT_EQ(s.follower->issued_at, now);
    const auto then = R"("then":")" + s.follower->id + R"("})";
    EXPECT_EQ(s.text, "{" + then);
    EXPECT_EQ(result_with_then(R"({"status":200})"), R"({"status":200,)" + then);
    EXPECT_EQ(result_with_then("17"), R"({"result":17,)" + then);
    EXPECT_EQ(result_with_then("no json"), "{" + then);
}

TEST(Settle, NothingFollowsAnythingButSuccess) {
    auto c = claimed();
    c.job.then = follower_kind("grant");
    for (const auto& o : {queue::drop("obsolete"), queue::dead("no", ""), queue::defer(now + 1min, "later"),
                          queue::retry("busy", "", queue::sent::answered)})
        EXPECT_FALSE(settlement_of(c, o, 3, 5s, now)->follower) << queue::to_string(o.what);
}

TEST(Settle, AJobIsSentIntoTheLineOfItsFirstLimit) {
    const auto s = waiting_of(claimed(), {{"site", 2, {}}, {"user:7", 1, 60}});
    EXPECT_EQ(s.what, settlement::verb::wait);
    EXPECT_EQ(s.text, "webhook site 2 0 user:7 1 60");
    EXPECT_EQ(s.key, "k") << "its idempotency key lives on";
}

TEST(Settle, ARetryWaitsForItsBackoff) {
    const auto s = settle(queue::retry("refused", "", queue::sent::not_sent)).value();
    EXPECT_EQ(s.what, settlement::verb::later);
    EXPECT_EQ(s.due, now + 5s);
    EXPECT_EQ(queue::read_history(s.text).attempts, 1);
    EXPECT_EQ(s.key, "k");
}

TEST(Settle, ARetryWithATimeOfItsOwnTakesIt) {
    EXPECT_EQ(settle(queue::retry_at(now + 1h, "busy", "", queue::sent::answered))->due, now + 1h);
}

TEST(Settle, TheLastRetryIsDead) {
    const auto s = settle(queue::retry("refused", "no", queue::sent::not_sent), 2, 3).value();
    EXPECT_EQ(s.what, settlement::verb::dead);
    const auto h = queue::read_history(s.text);
    EXPECT_EQ(h.dead_reason, "exhausted");
    EXPECT_EQ(h.attempts, 3);
    EXPECT_NE(h.last_error.find("refused: no"), std::string::npos);
}

TEST(Settle, ADeferIsNeverTheLastAttempt) {
    const auto s = settle(queue::defer(now + 1min, "breaker_open"), 2, 3).value();
    EXPECT_EQ(s.what, settlement::verb::later);
    EXPECT_EQ(queue::read_history(s.text).attempts, 2);
}

TEST(Settle, ARetryAfterTheJobsEndIsDead) {
    auto c = claimed();
    c.job.expire = now + 2s;
    const auto s = settlement_of(c, queue::retry("refused", "", queue::sent::not_sent), 3, 5s, now).value();
    EXPECT_EQ(s.what, settlement::verb::dead);
    EXPECT_EQ(queue::read_history(s.text).dead_reason, "expired");
}

TEST(Settle, ADeadOutcomeKeepsItsReasonAndADropSaysWhy) {
    EXPECT_EQ(queue::read_history(settle(queue::dead("gone", "410"))->text).dead_reason, "gone");
    const auto dropped = settle(queue::drop("hook_gone")).value();
    EXPECT_EQ(dropped.what, settlement::verb::done);
    EXPECT_EQ(dropped.text, R"({"dropped":"hook_gone","detail":""})");
}

TEST(Sanitised, TimesInThePastAreNow) {
    EXPECT_EQ(sanitised(queue::defer(now - 1h, "x"), now).when, now);
    EXPECT_EQ(sanitised(queue::defer(now + 1h, "x"), now).when, now + 1h);
}

TEST(Sanitised, GiantResultsAreCut) {
    EXPECT_LT(sanitised(queue::done(std::string(100'000, 'x')), now).result.size(), 100U);
}

TEST(Pending, GivesTheOldestFirstAndNoMoreThanAsked) {
    pending p;
    const auto t = pending::steady::now();
    for (int i = 0; i < 5; ++i) p.add("a" + std::to_string(i), t);
    p.add(release_of(claimed()), t);
    queue::work_request r;
    p.move_to(r, 3);
    EXPECT_EQ(r.acks, (std::vector<std::string>{"a0", "a1", "a2"}));
    EXPECT_TRUE(r.settlements.empty());
    queue::work_request rest;
    p.move_to(rest, 10);
    EXPECT_EQ(rest.acks, (std::vector<std::string>{"a3", "a4"}));
    EXPECT_EQ(rest.settlements.size(), 1U);
    EXPECT_EQ(p.size(), 0U);
}

TEST(Pending, WhatGotNoAnswerGoesFirstAgainAndIsRememberedAsRepeated) {
    pending p;
    p.add("first", {});
    queue::work_request r;
    p.move_to(r, 10);
    p.add("second", {});
    p.put_back(std::move(r));
    EXPECT_TRUE(p.holds("first"));
    queue::work_request again;
    p.move_to(again, 10);
    EXPECT_EQ(again.acks, (std::vector<std::string>{"first", "second"}));
    EXPECT_TRUE(p.was_repeated("first"));
    EXPECT_FALSE(p.was_repeated("first"));
    EXPECT_FALSE(p.was_repeated("second"));
}

}  // namespace
}  // namespace dormouse::worker
