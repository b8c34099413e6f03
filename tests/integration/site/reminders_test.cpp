// The way of one letter through the ledger: who may do what, and who may not any more.
#include "tests/integration/site/reminder_world.hpp"

#include <gmock/gmock.h>

namespace dormouse::site {
namespace {

using enum letter_state;
using end = letter_claim::end;
using testing::HasSubstr;

class Reminders : public reminder_world {};

TEST_F(Reminders, ALetterGoesItsWayAndKeepsWhatIsKnownOfIt) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    ASSERT_EQ(c.what, end::claimed);
    EXPECT_EQ(c.row.what, letter(42));
    EXPECT_EQ(c.row.lease_until, now + lease);
    EXPECT_TRUE(stream(c.fence));
    EXPECT_TRUE(commit(c.fence, now + 1s));
    EXPECT_TRUE(settle(c.fence, {sent, {}, "4F1A"}, now + 2s));
    const auto r = row(id);
    EXPECT_EQ(r.state, sent);
    EXPECT_EQ(r.sent_at, now + 2s);
    EXPECT_EQ(r.queue_id, "4F1A");
    EXPECT_EQ(r.subject, "Тема 🐭");
    EXPECT_EQ(r.message_id, "<m1@x>");
    EXPECT_EQ(r.address_hash, "e16bfe08be114c7b3737aa01ce504ebcb5d13fc44897c38c6cac63ddc7151463");
    EXPECT_EQ(r.content_hash, std::string(64, 'c'));
    EXPECT_EQ(r.attempts, 1);
    EXPECT_FALSE(r.lease_until);
    EXPECT_EQ(claim(id, "b").what, end::settled);
}

TEST_F(Reminders, OfTwoOwnersTheSecondWaitsForTheLease) {
    const auto id = planned(letter(42));
    const auto first = claim(id, "a");
    const auto second = claim(id, "b", now + lease - 1ms);
    EXPECT_EQ(second.what, end::not_yet);
    EXPECT_EQ(second.again_at, now + lease);
    EXPECT_TRUE(stream(first.fence)) << "the first one goes on";
}

TEST_F(Reminders, AfterTheLeaseAnotherTakesItAndTheFirstCanDoNothingMore) {
    const auto id = planned(letter(42));
    const auto late = claim(id, "a");
    EXPECT_TRUE(stream(late.fence));
    const auto present = claim(id, "b", now + lease);
    ASSERT_EQ(present.what, end::claimed);
    EXPECT_EQ(present.fence.epoch, late.fence.epoch + 1);
    EXPECT_FALSE(commit(late.fence, now + lease));
    EXPECT_FALSE(stream(late.fence));
    EXPECT_FALSE(settle(late.fence, {sent}));
    EXPECT_FALSE(run(ledger.keep(late.fence, lease, now, {})).value());
    EXPECT_FALSE(run(ledger.release(late.fence, now, {})).value());
    EXPECT_EQ(state(id), claimed);
    EXPECT_EQ(row(id).owner, "b");
}

TEST_F(Reminders, AKeptLeaseLastsFromTheLastSign) {
    const auto id = planned(letter(42));
    const auto c = claim(id, "a");
    EXPECT_TRUE(run(ledger.keep(c.fence, lease, now + 30s, {})).value());
    EXPECT_TRUE(run(ledger.keep(c.fence, lease, now + 30s, {})).value()) << "the same again is no loss";
    EXPECT_EQ(claim(id, "b", now + lease).again_at, now + 30s + lease);
}

TEST_F(Reminders, ADoubtIsNobodysToClaimHoweverLongItLasts) {
    const auto id = doubtful(letter(42));
    for (const auto later : {base::ms{0}, base::ms{lease}, base::ms{24h * 365}})
        EXPECT_EQ(claim(id, "b", now + later).what, end::settled);
    EXPECT_EQ(claim(id, "a").what, end::settled) << "not even its own attempt, said again";
    EXPECT_EQ(state(id), in_doubt);
    EXPECT_EQ(row(id).sent_at, now);
}

TEST_F(Reminders, OnlyAStreamingLetterComesIntoDoubtAndOnlyOnce) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    EXPECT_FALSE(commit(c.fence)) << "nothing was streamed";
    EXPECT_TRUE(stream(c.fence));
    EXPECT_TRUE(commit(c.fence));
    EXPECT_FALSE(commit(c.fence));
}

TEST_F(Reminders, ARefusalAfterTheDotIsTriedAgainWhenItIsDue) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    EXPECT_TRUE(stream(c.fence) && commit(c.fence));
    EXPECT_TRUE(settle(c.fence, {retry, "451", {}, now + 5min}, now));
    EXPECT_FALSE(row(id).sent_at) << "it was not sent";
    EXPECT_EQ(claim(id, "b", now + 1min).again_at, now + 5min);
    const auto again = claim(id, "b", now + 5min);
    EXPECT_EQ(again.what, end::claimed);
    EXPECT_EQ(again.row.attempts, 2);
}

TEST_F(Reminders, TheSameEndSaidAgainIsHeard) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    EXPECT_TRUE(settle(c.fence, {failed, "5.1.1"}));
    EXPECT_TRUE(settle(c.fence, {failed, "5.1.1"}));
    EXPECT_FALSE(settle(c.fence, {sent})) << "another end is none";
    EXPECT_EQ(row(id).reason, "5.1.1");
}

TEST_F(Reminders, WhyADoubtStaysIsNotedAndTheTimeOfTheDotKept) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    EXPECT_FALSE(settle(c.fence, {in_doubt, "connection_lost"})) << "there is none yet";
    EXPECT_TRUE(stream(c.fence) && commit(c.fence, now + 3s));
    EXPECT_TRUE(settle(c.fence, {in_doubt, "connection_lost"}, now + 9s));
    EXPECT_EQ(row(id).reason, "connection_lost");
    EXPECT_EQ(row(id).sent_at, now + 3s);
}

TEST_F(Reminders, AReleasedLetterIsClaimableAtOnceAndCostNoAttempt) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    EXPECT_TRUE(run(ledger.release(c.fence, now, {})).value());
    EXPECT_EQ(state(id), letter_state::planned);
    EXPECT_EQ(row(id).attempts, 0);
    const auto second = claim(id, "b");
    EXPECT_TRUE(settle(second.fence, {retry, "x", {}, now}));
    const auto third = claim(id, "c");
    EXPECT_TRUE(run(ledger.release(third.fence, now, {})).value());
    EXPECT_EQ(state(id), retry) << "it had been tried once";
}

TEST_F(Reminders, TheSecondLookEndsALetterInsideTheClaim) {
    const auto id = planned(letter(42));
    const auto c = run(ledger.claim(id, "a", lease, no({skipped, "renewed"}), now, {})).value();
    EXPECT_EQ(c.what, end::refused);
    EXPECT_EQ(state(id), skipped);
    EXPECT_EQ(row(id).reason, "renewed");
    EXPECT_EQ(row(id).attempts, 0);
    const auto other = planned(letter(43));
    EXPECT_EQ(run(ledger.claim(other, "a", lease, no({suppressed, "bounced"}), now, {})).value().row.state, suppressed);
}

TEST_F(Reminders, ASecondLookThatFailsLeavesTheLetterAsItWas) {
    const auto id = planned(letter(42));
    const auto broken = [](connection& c, const reminder&) -> base::result<std::optional<letter_refusal>> {
        (void)c.query("SELECT x FROM wp_missing");
        return std::optional<letter_refusal>{};
    };
    EXPECT_FALSE(run(ledger.claim(id, "a", lease, broken, now, {})));
    const auto says_no = [](connection&, const reminder&) -> base::result<std::optional<letter_refusal>> {
        return base::error{base::errc::unavailable, "not now"};
    };
    EXPECT_EQ(run(ledger.claim(id, "a", lease, says_no, now, {})).error(), base::errc::unavailable);
    EXPECT_EQ(row(id).epoch, 0);
    EXPECT_EQ(claim(id).what, end::claimed);
}

TEST_F(Reminders, OnePersonGetsNoLetterLessThanTwentyHoursAfterAnother) {
    mailed(letter(42, letter_stage::first, 7), now);
    const auto other = planned(letter(42, letter_stage::first, 8));
    const auto early = claim(other, "b", now + 19h);
    EXPECT_EQ(early.what, end::not_yet);
    EXPECT_EQ(early.again_at, now + 20h);
    EXPECT_EQ(claim(planned(letter(43)), "b", now + 19h).what, end::claimed) << "another person";
    EXPECT_EQ(claim(planned(letter(42, letter_stage::admin)), "b", now + 1h).what, end::claimed) << "the school";
    EXPECT_EQ(claim(other, "b", now + 20h).what, end::claimed);
}

TEST_F(Reminders, ADoubtCountsAsALetterAndARunningOneHoldsTheNext) {
    doubtful(letter(42));
    const auto other = planned(letter(42, letter_stage::first, 8));
    EXPECT_EQ(claim(other, "b", now + 1h).again_at, now + 20h);
    (void)claim(planned(letter(43)), "a");
    EXPECT_EQ(claim(planned(letter(43, letter_stage::first, 8)), "b").again_at, now + lease);
}

TEST_F(Reminders, WhatIsNotThereIsUnknown) {
    EXPECT_EQ(claim(99).what, end::unknown);
    EXPECT_FALSE(run(ledger.find(99, {})).value());
}

// --- people -----------------------------------------------------------------------------------------------------

TEST_F(Reminders, APersonEndsADoubtOneWayOrTheOther) {
    struct way {
        resolution what;
        letter_state becomes;
        bool counts;  ///< as a letter that went out
    };
    std::int64_t user = 50;
    for (const auto& w : {way{resolution::sent, sent, true}, way{resolution::again, retry, false},
                          way{resolution::never, failed, false}}) {
        const auto id = doubtful(letter(++user));
        const auto r = run(ledger.resolve(id, w.what, "olga", now + 1h, {})).value();
        EXPECT_EQ(r.state, w.becomes);
        EXPECT_EQ(r.sent_at.has_value(), w.counts);
        EXPECT_THAT(row(id).reason, HasSubstr("olga"));
        EXPECT_EQ(claim(id, "b", now + 30h).what, w.what == resolution::again ? end::claimed : end::settled);
    }
}

TEST_F(Reminders, WhoeverStillHeldAResolvedLetterIsFencedOff) {
    const auto id = planned(letter(42));
    const auto c = claim(id);
    EXPECT_TRUE(stream(c.fence) && commit(c.fence));
    (void)run(ledger.resolve(id, resolution::again, "olga", now, {})).value();
    EXPECT_FALSE(settle(c.fence, {sent}));
    EXPECT_EQ(state(id), retry);
}

TEST_F(Reminders, WhatMakesNoSenseIsAConflictThatNamesTheState) {
    const auto id = mailed(letter(42));
    for (const auto what : {resolution::sent, resolution::again, resolution::never}) {
        const auto r = run(ledger.resolve(id, what, "olga", now, {}));
        EXPECT_EQ(r.error(), base::errc::conflict);
        EXPECT_THAT(r.error().detail, HasSubstr("letter " + std::to_string(id) + " is sent"));
    }
    EXPECT_EQ(run(ledger.resolve(99, resolution::sent, "olga", now, {})).error(), base::errc::not_found);
}

TEST_F(Reminders, APlannedLetterMayBeCalledOffAndAFailedOneSentAgain) {
    const auto off = planned(letter(42));
    EXPECT_EQ(run(ledger.resolve(off, resolution::never, "olga", now, {})).value().state, skipped);
    const auto broken = planned(letter(43));
    EXPECT_TRUE(settle(claim(broken).fence, {failed, "5.7.1"}));
    EXPECT_EQ(run(ledger.resolve(broken, resolution::again, "olga", now, {})).value().state, retry);
    EXPECT_EQ(claim(broken, "b").what, end::claimed);
}

}  // namespace
}  // namespace dormouse::site
