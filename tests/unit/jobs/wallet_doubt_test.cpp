// What becomes of doubt: windows, looks, limits of the job; without a wallet.
#include "jobs/wallet_charge/doubt.hpp"
#include "tests/unit/jobs/said.hpp"

#include <gmock/gmock.h>

namespace dormouse::jobs::wallet_charge {
namespace {

using queue::outcome;
using site::charge_standing;
using site::charge_state;
using testing::HasSubstr;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);
const charge_args args{"p1", 990, "RUB", "subscription", "chg_abcdef12"};
const search_result nowhere{.complete = true, .found = false, .transaction_id = {}, .balance_after = {}, .trouble = {}};
const search_result blind{
    .complete = false, .found = false, .transaction_id = {}, .balance_after = {}, .trouble = "they cannot be read"};
const search_result there{
    .complete = true, .found = true, .transaction_id = "txn_1", .balance_after = 10, .trouble = {}};

charge_standing in_doubt_since(base::time_ms t) {
    charge_standing s;
    s.unsure_since = t;
    return s;
}

charge_standing refused_at(base::time_ms t, int dunning) {
    charge_standing s;
    s.state = charge_state::refused;
    s.refused_at = t;
    s.dunning = dunning;
    return s;
}

unsent_attempt unsent(const charge_standing& before, std::string_view state = {}) { return {args, before, now, state}; }

TEST(WalletWindow, OfOneKeyIsTwentyThreeHours) {
    EXPECT_FALSE(is_window_over({}, now));
    EXPECT_FALSE(is_window_over(in_doubt_since(now - sure_window + 1s), now));
    EXPECT_TRUE(is_window_over(in_doubt_since(now - sure_window), now));
}

TEST(WalletWindow, IsOverWhenTheClockWasTurnedBack) {
    EXPECT_FALSE(is_window_over(in_doubt_since(now + 1min), now)) << "another Redis took over";
    EXPECT_TRUE(is_window_over(in_doubt_since(now + 2h), now));
}

constexpr asking person{.is_fresh = true, .is_known = true};
constexpr asking second_job{.is_fresh = true, .is_known = false};
constexpr asking same_job{.is_fresh = false, .is_known = true};

charge_standing ended_for(const std::string& why, int dunning) {
    charge_standing s;
    s.state = charge_state::ended;
    s.dunning = dunning;
    s.note = why;
    return s;
}

TEST(WalletBeginning, IsWhatTheLedgerSays) {
    EXPECT_EQ(begin({}, now, same_job).next, step::send);
    charge_standing done;
    done.state = charge_state::charged;
    EXPECT_EQ(begin(done, now, person).next, step::finish);
    EXPECT_EQ(begin(in_doubt_since(now - 1h), now, same_job).next, step::send);
    EXPECT_EQ(begin(in_doubt_since(now - 24h), now, person).next, step::look);
}

TEST(WalletBeginning, OfADunningWaitsForItsDayUnlessAPersonWishesOrADoubtIsOpen) {
    const auto early = refused_at(now - 71h, 2);
    EXPECT_EQ(begin(early, now, same_job).next, step::wait);
    EXPECT_EQ(begin(early, now, second_job).next, step::wait);
    EXPECT_EQ(*not_due(unsent(early)).when, now + 1h);
    EXPECT_EQ(begin(early, now, person).next, step::look_send);
    EXPECT_EQ(begin(refused_at(now - 72h, 2), now, same_job).next, step::look_send);
    auto doubtful = early;
    doubtful.unsure_since = now - 1min;
    EXPECT_EQ(begin(doubtful, now, same_job).next, step::look_send);
}

TEST(WalletBeginning, AfterTheEndIsAWish) {
    const auto end = ended_for("insufficient_funds", 4);
    EXPECT_EQ(begin(end, now, same_job).next, step::stay) << "its worker died before it could settle";
    EXPECT_EQ(still_ended(unsent(end)).reason, "insufficient_funds");
    for (const auto& by : {person, second_job}) {
        EXPECT_EQ(begin(end, now, by).next, step::look_send);
        EXPECT_EQ(begin(end, now, by).before.dunning, 5) << "a key the wallet has not refused yet";
        EXPECT_EQ(begin(ended_for("refused", 0), now, by).next, step::send);
    }
}

TEST(WalletBeginning, NotesTheDoubtOfWhoeverWillSend) {
    EXPECT_EQ(begin({}, now, same_job).noted(now), in_doubt_since(now));
    EXPECT_EQ(begin(in_doubt_since(now - 1h), now, same_job).noted(now), in_doubt_since(now - 1h));
    const auto early = refused_at(now - 71h, 2);
    EXPECT_EQ(begin(early, now, same_job).noted(now), early);
    const auto again = begin(ended_for("insufficient_funds", 4), now, person).noted(now);
    EXPECT_EQ(again.state, charge_state::open);
    EXPECT_EQ(again.dunning, 5);
    EXPECT_EQ(again.unsure_since, now);
}

TEST(WalletLook, ThatFindsTheChargeEndsEverything) {
    for (const auto s : {step::look, step::look_send})
        EXPECT_EQ(seen_first(unsent(in_doubt_since(now - 24h)), s, there)->standing.transaction_id, "txn_1");
}

TEST(WalletLook, ThatFindsNothingLetsANewKeyBeUsedButNotAfterTheWindow) {
    EXPECT_FALSE(seen_first(unsent(refused_at(now - 24h, 1)), step::look_send, nowhere));
    const auto d = seen_first(unsent(in_doubt_since(now - 24h)), step::look, nowhere);
    ASSERT_TRUE(d);
    EXPECT_EQ(d->outcome.what, outcome::verb::dead);
    EXPECT_EQ(d->outcome.reason, "charge_unknown");
    EXPECT_EQ(d->standing.state, charge_state::ended);
    EXPECT_TRUE(d->alert);
    EXPECT_TRUE(d->standing.unsure_since) << "the doubt outlives the job: a replay must not send either";
    EXPECT_EQ(begin(d->standing, now, person).next, step::look);
}

TEST(WalletLook, ThatCannotBeTakenIsRepeatedThenToldToAPersonOnceThenGivenUp) {
    const auto before = in_doubt_since(now - 24h);
    std::string state;
    int alerts = 0;
    base::ms waited{0};
    for (; waited < longest_blind; waited += 30min) {
        const auto d = seen_first({args, before, now + waited, state}, step::look, blind);
        ASSERT_EQ(d->outcome.what, outcome::verb::retry);
        EXPECT_EQ(d->outcome.reason, "unreconciled");
        EXPECT_EQ(d->standing, before);
        alerts += d->alert ? 1 : 0;
        EXPECT_EQ(alerts, waited >= blind_until_alert ? 1 : 0);
        state = d->outcome.state;
    }
    const auto last = seen_first({args, before, now + waited, state}, step::look, blind);
    EXPECT_EQ(last->outcome.reason, "charge_unknown");
    EXPECT_THAT(last->outcome.detail, HasSubstr("they cannot be read"));
    EXPECT_TRUE(last->alert);
}

TEST(WalletLook, ThatCannotBeTakenBeforeANewKeyEndsWithoutDoubt) {
    const auto before = refused_at(now - 9 * 24h, 2);
    const auto state = "{\"blind_since\":" + std::to_string(base::to_epoch_ms(now - longest_blind)) + "}";
    const auto d = seen_first(unsent(before, state), step::look_send, blind);
    EXPECT_EQ(d->outcome.what, outcome::verb::dead);
    EXPECT_EQ(d->outcome.reason, "unreconciled");
    EXPECT_FALSE(d->standing.unsure_since);
    EXPECT_EQ(reopened(d->standing).dunning, 2) << "that key was never used";
}

TEST(WalletLook, AfterAnAnswerDecidesWhatTheAnswerMeant) {
    const auto a = api::said(402, R"({"error":"insufficient_funds"})");
    const auto before = in_doubt_since(now - 1min);
    base::random_engine random{1};
    const ended_attempt ended{
        .answer = a, .args = args, .before = before, .now = now, .sent_at = now - 1s, .state = {}};
    const auto d = decide(ended, random);
    EXPECT_EQ(resolved(ended, d, there).outcome.what, outcome::verb::done);
    EXPECT_EQ(resolved(ended, d, nowhere).standing, d.standing);
    const auto unclear = resolved(ended, d, blind);
    EXPECT_EQ(unclear.outcome.reason, "unreconciled");
    EXPECT_EQ(unclear.standing, before) << "no new key";
    auto sure = d;
    sure.look = look::may;
    EXPECT_EQ(resolved(ended, sure, blind).standing, d.standing);
}

TEST(WalletLook, EndsNoChargeWhileARequestMayStillArrive) {
    const auto a = api::said(404, R"({"error":"wallet_not_found"})");
    base::random_engine random{1};
    const auto end = [&](base::ms age) {
        const auto before = in_doubt_since(now - age);
        const ended_attempt ended{
            .answer = a, .args = args, .before = before, .now = now, .sent_at = now - 1s, .state = {}};
        return resolved(ended, decide(ended, random), nowhere);
    };
    EXPECT_EQ(end(1min).outcome.what, outcome::verb::retry);
    EXPECT_EQ(end(1min).outcome.when, now + late_arrival - 1min);
    EXPECT_EQ(end(1min).standing, in_doubt_since(now - 1min));
    EXPECT_EQ(end(late_arrival).outcome.reason, "wallet_not_found");
    EXPECT_TRUE(end(late_arrival).standing.unsure_since) << "for a person to look at";
}

TEST(WalletLimits, OfAttemptsEndNoDoubt) {
    const job_limits last{.last_attempt = true, .expire = {}};
    decision d{.outcome = queue::retry("timeout", "", queue::sent::maybe), .standing = in_doubt_since(now)};
    EXPECT_EQ(outlasting(d, last, now + 5s).outcome.what, outcome::verb::defer);
    EXPECT_EQ(outlasting(d, last, now + 5s).outcome.when, now + 5s);
    EXPECT_EQ(outlasting(d, {}, now + 5s).outcome.what, outcome::verb::retry);
    d.standing.unsure_since.reset();
    EXPECT_EQ(outlasting(d, last, now + 5s).outcome.what, outcome::verb::retry) << "nothing is lost but the job";
}

TEST(WalletLimits, OfTimeAreKnownBeforeTheyStrike) {
    const job_limits limits{.last_attempt = false, .expire = now + 1min};
    decision d{.outcome = queue::retry("timeout", "", queue::sent::maybe), .standing = in_doubt_since(now)};
    EXPECT_FALSE(expires_in_doubt(d, limits, now + 59s));
    EXPECT_TRUE(expires_in_doubt(d, limits, now + 1min));
    EXPECT_FALSE(expires_in_doubt({.outcome = d.outcome, .standing = {}}, limits, now + 1h));
    EXPECT_FALSE(expires_in_doubt({.outcome = queue::done(), .standing = d.standing}, limits, now + 1h));
    EXPECT_EQ(expired(unsent({}), d, there).outcome.what, outcome::verb::done);
    for (const auto& seen : {nowhere, blind}) {
        const auto end = expired(unsent({}), d, seen);
        EXPECT_EQ(end.outcome.reason, "charge_unknown");
        EXPECT_EQ(end.standing.unsure_since, now);
    }
}

}  // namespace
}  // namespace dormouse::jobs::wallet_charge
