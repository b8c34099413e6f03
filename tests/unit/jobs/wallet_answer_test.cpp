// The table of spec 3-jobs B4, row by row, without a wallet.
#include "jobs/wallet_charge/answer.hpp"
#include "jobs/wallet_charge/transactions.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace dormouse::jobs::wallet_charge {
namespace {

using queue::outcome;
using site::charge_standing;
using site::charge_state;
using testing::HasSubstr;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);
const base::time_ms sent_at = now - 300ms;

const charge_args args{"p1", 990, "RUB", "subscription", "chg_abcdef12"};

api::answer answered(int status, const std::string& body = {}, std::optional<base::ms> retry_after = {}) {
    api::answer a;
    a.exchange.progress = net::progress::answered;
    a.exchange.response.status = status;
    a.exchange.response.body = body;
    if (!body.empty() && body.front() == '{') a.json = boost::json::parse(body);
    a.retry_after = retry_after;
    return a;
}

api::answer failed(net::failure_class c, net::progress p) {
    api::answer a;
    a.exchange.failed = c;
    a.exchange.progress = p;
    return a;
}

struct circumstances {
    charge_standing before{};
    std::string state{};
    std::optional<base::time_ms> first_failure{};
};

decision decide_on(const api::answer& a, const circumstances& c = {}, std::uint64_t seed = 1) {
    base::random_engine random{seed};
    return decide({.answer = a,
                   .args = args,
                   .before = c.before,
                   .now = now,
                   .sent_at = sent_at,
                   .first_failure = c.first_failure,
                   .state = c.state},
                  random);
}

std::string confirmation(const std::string& member = {}, const std::string& json = {}) {
    auto o = boost::json::parse(R"({"transaction_id":"txn_1","project_id":"p1","type":"charge","amount":990,)"
                                R"("reason":"r","balance_after":10,"status":"completed"})")
                 .as_object();
    if (!member.empty()) o[member] = boost::json::parse(json);
    return boost::json::serialize(o);
}

charge_standing in_doubt_since(base::time_ms t) {
    charge_standing s;
    s.unsure_since = t;
    return s;
}

TEST(WalletAnswer, AConfirmationClosesTheLedger) {
    for (const int status : {200, 201}) {
        const auto d = decide_on(answered(status, confirmation()), {.before = in_doubt_since(now - 1h)});
        EXPECT_EQ(d.outcome.what, outcome::verb::done);
        EXPECT_EQ(d.standing.state, charge_state::charged);
        EXPECT_EQ(d.standing.transaction_id, "txn_1");
        EXPECT_EQ(d.standing.balance_after, 10);
        EXPECT_FALSE(d.standing.unsure_since);
        const auto result = boost::json::parse(d.outcome.result).as_object();
        EXPECT_EQ(result.at("transaction_id"), "txn_1");
        EXPECT_EQ(result.at("amount"), 990);
    }
}

TEST(WalletAnswer, AnAnswerThatConfirmsSomethingElseIsLookedUp) {
    for (const auto& body :
         {confirmation("amount", "991"), confirmation("project_id", R"("p2")"), confirmation("status", R"("pending")"),
          confirmation("transaction_id", R"("")"), std::string{"<html>ok</html>"}, std::string{}, std::string{"{}"}}) {
        const auto d = decide_on(answered(200, body));
        EXPECT_EQ(d.outcome.what, outcome::verb::retry) << body;
        EXPECT_EQ(d.outcome.reason, "unconfirmed");
        EXPECT_TRUE(d.look);
        EXPECT_EQ(d.standing.unsure_since, sent_at);
    }
}

TEST(WalletAnswer, WhatMayHaveMovedMoneyKeepsTheKeyAndTheFirstDoubt) {
    const auto first = now - 2h;
    for (const auto& a : {answered(500), answered(502), answered(504), answered(503), answered(302), answered(408),
                          failed(net::failure_class::timeout, net::progress::maybe),
                          failed(net::failure_class::reset, net::progress::maybe),
                          failed(net::failure_class::cancelled, net::progress::maybe)}) {
        EXPECT_EQ(decide_on(a).standing.unsure_since, sent_at);
        const auto again = decide_on(a, {.before = in_doubt_since(first)});
        EXPECT_EQ(again.standing.unsure_since, first);
        EXPECT_EQ(again.outcome.what, outcome::verb::retry);
        EXPECT_EQ(again.standing.dunning, 0);
        EXPECT_FALSE(again.alert);
    }
}

TEST(WalletAnswer, WhatNeverLeftOrWasTurnedAwayLeavesNoDoubt) {
    for (const auto& a : {failed(net::failure_class::dns, net::progress::not_sent),
                          failed(net::failure_class::connect, net::progress::not_sent), answered(429), answered(401)}) {
        EXPECT_FALSE(decide_on(a).standing.unsure_since);
        EXPECT_EQ(decide_on(a, {.before = in_doubt_since(now - 1h)}).standing.unsure_since, now - 1h)
            << "an older doubt stays";
    }
}

TEST(WalletAnswer, UnreachableForAWeekIsParkedWithAnAlert) {
    const auto refused = failed(net::failure_class::connect, net::progress::not_sent);
    EXPECT_EQ(decide_on(refused, {.first_failure = now - longest_unreachable + 1s}).outcome.what, outcome::verb::retry);
    const auto d = decide_on(refused, {.first_failure = now - longest_unreachable});
    EXPECT_EQ(d.outcome.what, outcome::verb::dead);
    EXPECT_EQ(d.outcome.reason, "unreachable");
    EXPECT_TRUE(d.alert);
}

TEST(WalletAnswer, LackOfFundsAsksAgainAfterOneThreeFiveAndSevenDaysUnderNewKeys) {
    const auto first = now;
    charge_standing s = in_doubt_since(now - 5s);
    auto at = now;
    std::vector<base::ms> waits;
    for (int step = 0; step < 4; ++step) {
        base::random_engine random{1};
        const auto a = answered(402, R"({"error":"insufficient_funds","balance":4})");
        const auto d =
            decide({.answer = a, .args = args, .before = s, .now = at, .sent_at = at, .first_failure = {}, .state = {}},
                   random);
        EXPECT_EQ(d.outcome.what, outcome::verb::defer) << "it is no failed attempt";
        EXPECT_EQ(d.outcome.reason, "insufficient_funds");
        EXPECT_EQ(d.standing.state, charge_state::refused);
        EXPECT_EQ(d.standing.dunning, step + 1);
        EXPECT_FALSE(d.standing.unsure_since) << "a refusal ends the doubt";
        waits.push_back(std::chrono::duration_cast<base::ms>(*d.outcome.when - first));
        s = d.standing;
        at = *d.outcome.when;
    }
    EXPECT_THAT(waits, testing::ElementsAre(24h, 72h, 120h, 168h));
    base::random_engine random{1};
    const auto last = decide({.answer = answered(402),
                              .args = args,
                              .before = s,
                              .now = at,
                              .sent_at = at,
                              .first_failure = {},
                              .state = {}},
                             random);
    EXPECT_EQ(last.outcome.what, outcome::verb::dead);
    EXPECT_EQ(last.outcome.reason, "insufficient_funds");
    EXPECT_EQ(last.standing.state, charge_state::ended);
    EXPECT_TRUE(last.alert);
    EXPECT_EQ(reopened(last.standing).dunning, 5) << "a replay needs a key the wallet has not refused yet";
}

TEST(WalletAnswer, DunningThatWasMissedDoesNotFollowAtOnce) {
    charge_standing s;
    s.dunning = 1;
    s.refused_at = now - 30 * 24h;
    const auto d = decide_on(answered(402), {.before = s});
    EXPECT_GE(*d.outcome.when, now + 12h);
}

TEST(WalletAnswer, KeysOfDunningAreTheChargesOwnWithASuffix) {
    EXPECT_EQ(wire_key("chg_abc", 0), "chg_abc");
    EXPECT_EQ(wire_key("chg_abc", 4), "chg_abc_d4");
}

TEST(WalletAnswer, InProgressWaitsAMomentTenTimesThenLooks) {
    std::string state;
    for (int n = 1; n <= 11; ++n) {
        const auto d = decide_on(answered(409), {.state = state}, static_cast<std::uint64_t>(n));
        EXPECT_EQ(d.outcome.what, outcome::verb::retry);
        EXPECT_EQ(d.look, n >= most_conflicts) << n;
        if (n <= most_conflicts) {
            EXPECT_GE(*d.outcome.when, now + 1s);
            EXPECT_LE(*d.outcome.when, now + 11s);
        } else {
            EXPECT_FALSE(d.outcome.when) << "from here the kind's backoff counts";
        }
        state = d.outcome.state;
    }
    EXPECT_EQ(*decide_on(answered(409, {}, 40s)).outcome.when >= now + 40s, true);
}

TEST(WalletAnswer, FinalRefusalsAreParked) {
    const auto park = [](int status, const std::string& body = {}) { return decide_on(answered(status, body)); };
    EXPECT_EQ(park(400, R"({"error":"invalid_amount"})").outcome.reason, "refused");
    EXPECT_THAT(park(400, R"({"error":"invalid_amount"})").outcome.detail, HasSubstr("invalid_amount"));
    EXPECT_EQ(park(404, R"({"error":"wallet_not_found"})").outcome.reason, "wallet_not_found");
    EXPECT_EQ(park(404).outcome.reason, "refused");
    for (const int status : {400, 404, 405, 410, 422}) {
        EXPECT_EQ(park(status).outcome.what, outcome::verb::dead) << status;
        EXPECT_EQ(park(status).standing.state, charge_state::ended);
        EXPECT_EQ(park(status).alert.has_value(), status == 422);
    }
    EXPECT_EQ(park(422).outcome.reason, "key_reused");
}

TEST(WalletAnswer, ARefusedKeyHoldsTheChargeWithoutAnAttempt) {
    for (const int status : {401, 403}) {
        const auto d = decide_on(answered(status));
        EXPECT_EQ(d.outcome.what, outcome::verb::defer);
        EXPECT_TRUE(d.refused_us);
    }
}

TEST(WalletAnswer, RateLimitedWaitsAtLeastHalfAMinuteAndNoLongerThanADay) {
    const auto d = decide_on(answered(429));
    EXPECT_EQ(d.outcome.what, outcome::verb::defer);
    EXPECT_GE(*d.outcome.when, now + 30s);
    EXPECT_GE(*decide_on(answered(429, {}, 10min)).outcome.when, now + 10min);
    const auto long_ago = to_state({.limited_since = now - longest_rate_limit});
    const auto last = decide_on(answered(429), {.state = long_ago});
    EXPECT_EQ(last.outcome.what, outcome::verb::dead);
    EXPECT_EQ(last.outcome.reason, "rate_limited");
    EXPECT_TRUE(last.alert);
    EXPECT_EQ(read_memory(decide_on(answered(429), {.state = d.outcome.state}).outcome.state).limited_since, now)
        << "the first time counts";
}

TEST(WalletAnswer, AnOverloadedWalletIsObeyedUnderTheSameKey) {
    const auto d = decide_on(answered(503, {}, 5min));
    EXPECT_EQ(d.outcome.what, outcome::verb::retry);
    EXPECT_GE(*d.outcome.when, now + 5min);
    EXPECT_TRUE(d.standing.unsure_since);
}

TEST(WalletAnswer, TheWindowOfOneKeyIsTwentyThreeHours) {
    EXPECT_FALSE(is_window_over({}, now));
    EXPECT_FALSE(is_window_over(in_doubt_since(now - sure_window + 1s), now));
    EXPECT_TRUE(is_window_over(in_doubt_since(now - sure_window), now));
    const auto d = unknown_for_good(args, in_doubt_since(now - 24h));
    EXPECT_EQ(d.outcome.what, outcome::verb::dead);
    EXPECT_EQ(d.outcome.reason, "charge_unknown");
    EXPECT_EQ(d.standing.state, charge_state::ended);
    EXPECT_TRUE(d.standing.unsure_since) << "the doubt outlives the job: a replay must not send either";
    EXPECT_TRUE(is_window_over(reopened(d.standing), now));
}

TEST(WalletMemory, SurvivesGarbage) {
    for (const auto* state : {"", "{", "[]", "moved 3", R"({"conflicts":"x"})"}) {
        EXPECT_EQ(read_memory(state).conflicts, 0) << state;
        EXPECT_FALSE(read_memory(state).limited_since);
    }
    const memory m{3, now};
    EXPECT_EQ(read_memory(to_state(m)).conflicts, 3);
    EXPECT_EQ(read_memory(to_state(m)).limited_since, now);
}

TEST(WalletTransaction, IsOursByTheKeyInItsReason) {
    const auto ours = [](const std::string& members) {
        return is_our_charge(boost::json::parse("{" + members + "}").as_object(), args, "chg_abcdef12");
    };
    const std::string charge = R"("type":"charge","amount":990,"reason":)";
    EXPECT_EQ(reason_with_key("sub", "chg_abcdef12"), "sub (chg_abcdef12)");
    EXPECT_TRUE(ours(charge + "\"sub (chg_abcdef12)\""));
    EXPECT_TRUE(ours(charge + R"("sub","idempotency_key":"chg_abcdef12")"));
    EXPECT_FALSE(ours(charge + "\"sub (chg_abcdef12)\",\"idempotency_key\":\"other\""));
    EXPECT_FALSE(ours("\"type\":\"topup\",\"amount\":990,\"reason\":\"sub (chg_abcdef12)\""));
    EXPECT_FALSE(ours("\"type\":\"charge\",\"amount\":991,\"reason\":\"sub (chg_abcdef12)\""));
    EXPECT_FALSE(ours(charge + "\"sub (chg_abcdef12_d1)\""));
    EXPECT_FALSE(ours(R"("type":"charge","amount":990)"));
}

}  // namespace
}  // namespace dormouse::jobs::wallet_charge
