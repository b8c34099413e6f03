// The table of spec 3-jobs B4, row by row, without a wallet.
#include "jobs/wallet_charge/answer.hpp"
#include "tests/unit/jobs/said.hpp"

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

struct circumstances {
    charge_standing before{};
    std::string state{};
};

decision decide_on(const api::answer& a, const circumstances& c = {}, std::uint64_t seed = 1) {
    base::random_engine random{seed};
    return decide({.answer = a, .args = args, .before = c.before, .now = now, .sent_at = sent_at, .state = c.state},
                  random);
}

std::string confirmation(const std::string& member = {}, const std::string& json = {}) {
    auto o = boost::json::parse(R"({"transaction_id":"txn_1","project_id":"p1","type":"charge","amount":990,)"
                                R"("reason":"r","balance_after":10,"status":"completed"})")
                 .as_object();
    if (!member.empty()) o[member] = boost::json::parse(json);
    return boost::json::serialize(o);
}

// The wallet's own word.
std::string word(const std::string& error) { return R"({"error":")" + error + "\"}"; }

std::string remembering(const std::string& what, base::time_ms since) {
    return "{\"" + what + "\":" + std::to_string(base::to_epoch_ms(since)) + "}";
}

charge_standing in_doubt_since(base::time_ms t) {
    charge_standing s;
    s.unsure_since = t;
    return s;
}

TEST(WalletAnswer, AConfirmationClosesTheLedger) {
    for (const int status : {200, 201}) {
        const auto d = decide_on(api::said(status, confirmation()), {.before = in_doubt_since(now - 1h)});
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
        const auto d = decide_on(api::said(200, body));
        EXPECT_EQ(d.outcome.what, outcome::verb::retry) << body;
        EXPECT_EQ(d.outcome.reason, "unconfirmed");
        EXPECT_EQ(d.look, look::may);
        EXPECT_EQ(d.standing.unsure_since, sent_at);
    }
}

TEST(WalletAnswer, WhatMayHaveMovedMoneyKeepsTheKeyAndTheFirstDoubt) {
    const auto first = now - 2h;
    for (const auto& a : {api::said(500), api::said(502), api::said(504), api::said(503), api::said(302),
                          api::said(408), api::silent(net::failure_class::timeout, net::progress::maybe),
                          api::silent(net::failure_class::reset, net::progress::maybe),
                          api::silent(net::failure_class::cancelled, net::progress::maybe)}) {
        EXPECT_EQ(decide_on(a).standing.unsure_since, sent_at);
        const auto again = decide_on(a, {.before = in_doubt_since(first)});
        EXPECT_EQ(again.standing.unsure_since, first);
        EXPECT_EQ(again.outcome.what, outcome::verb::retry);
        EXPECT_EQ(again.standing.dunning, 0);
        EXPECT_FALSE(again.alert);
    }
}

TEST(WalletAnswer, WhatNeverLeftOrWasTurnedAwayLeavesNoDoubt) {
    for (const auto& a :
         {api::silent(net::failure_class::dns, net::progress::not_sent),
          api::silent(net::failure_class::connect, net::progress::not_sent), api::said(429), api::said(401)}) {
        EXPECT_FALSE(decide_on(a).standing.unsure_since);
        EXPECT_EQ(decide_on(a, {.before = in_doubt_since(now - 1h)}).standing.unsure_since, now - 1h)
            << "an older doubt stays";
    }
}

TEST(WalletAnswer, UnreachableForAWeekIsParkedWithAnAlert) {
    const auto refused = api::silent(net::failure_class::connect, net::progress::not_sent);
    const auto long_ago = now - longest_unreachable;
    EXPECT_EQ(decide_on(refused, {.state = remembering("unreached_since", long_ago + 1s)}).outcome.what,
              outcome::verb::retry);
    const auto d = decide_on(refused, {.state = remembering("unreached_since", long_ago)});
    EXPECT_EQ(d.outcome.what, outcome::verb::dead);
    EXPECT_EQ(d.outcome.reason, "unreachable");
    EXPECT_EQ(d.look, look::no);
    EXPECT_TRUE(d.alert);
}

TEST(WalletAnswer, AnyAnswerEndsTheTimeOfBeingUnreachable) {
    const auto d = decide_on(api::said(500), {.state = remembering("unreached_since", now - 6 * 24h)});
    const auto again =
        decide_on(api::silent(net::failure_class::connect, net::progress::not_sent), {.state = d.outcome.state});
    EXPECT_EQ(again.outcome.state, remembering("unreached_since", now));
}

TEST(WalletAnswer, LackOfFundsAsksAgainAfterOneThreeFiveAndSevenDaysUnderNewKeys) {
    const auto a = api::said(402, R"({"error":"insufficient_funds","balance":4})");
    const auto refuse = [&](const charge_standing& s, base::time_ms at) {
        base::random_engine random{1};
        return decide({.answer = a, .args = args, .before = s, .now = at, .sent_at = at, .state = {}}, random);
    };
    charge_standing s = in_doubt_since(now - 5s);
    auto at = now;
    std::vector<base::ms> waits;
    for (int step = 0; step < 4; ++step) {
        const auto d = refuse(s, at);
        EXPECT_EQ(d.outcome.what, outcome::verb::defer) << "it is no failed attempt";
        EXPECT_EQ(d.outcome.reason, "insufficient_funds");
        EXPECT_EQ(d.standing.state, charge_state::refused);
        EXPECT_EQ(d.standing.dunning, step + 1);
        EXPECT_FALSE(d.standing.unsure_since) << "a refusal ends the doubt";
        EXPECT_EQ(next_request(d.standing), *d.outcome.when);
        waits.push_back(std::chrono::duration_cast<base::ms>(*d.outcome.when - now));
        s = d.standing;
        at = *d.outcome.when;
    }
    EXPECT_THAT(waits, testing::ElementsAre(24h, 72h, 120h, 168h));
    const auto last = refuse(s, at);
    EXPECT_EQ(last.outcome.what, outcome::verb::dead);
    EXPECT_EQ(last.outcome.reason, "insufficient_funds");
    EXPECT_EQ(last.standing.state, charge_state::ended);
    EXPECT_EQ(last.look, look::must) << "nobody is told that nothing was charged before somebody has looked";
    EXPECT_TRUE(last.alert);
    EXPECT_EQ(reopened(last.standing).dunning, 5) << "a replay needs a key the wallet has not refused yet";
}

TEST(WalletAnswer, ARefusalOfFundsInDoubtHoldsOnlyAfterALook) {
    const auto a = api::said(402, word("insufficient_funds"));
    EXPECT_EQ(decide_on(a).look, look::may);
    EXPECT_EQ(decide_on(a, {.before = in_doubt_since(now - 1min)}).look, look::must);
}

TEST(WalletAnswer, DunningThatWasMissedDoesNotFollowAtOnce) {
    charge_standing s;
    s.dunning = 1;
    s.refused_at = now - 30 * 24h;
    const auto d = decide_on(api::said(402, word("insufficient_funds")), {.before = s});
    EXPECT_GE(*d.outcome.when, now + 12h);
}

TEST(WalletAnswer, KeysOfDunningAreTheChargesOwnWithASuffix) {
    EXPECT_EQ(wire_key("chg_abc", 0), "chg_abc");
    EXPECT_EQ(wire_key("chg_abc", 4), "chg_abc_d4");
}

TEST(WalletAnswer, InProgressWaitsAMomentTenTimesThenLooks) {
    std::string state;
    for (int n = 1; n <= 11; ++n) {
        const auto d = decide_on(api::said(409), {.state = state}, static_cast<std::uint64_t>(n));
        EXPECT_EQ(d.outcome.what, outcome::verb::retry);
        EXPECT_EQ(d.look, n >= most_conflicts ? look::may : look::no) << n;
        if (n <= most_conflicts) {
            EXPECT_GE(*d.outcome.when, now + 1s);
            EXPECT_LE(*d.outcome.when, now + 11s);
        } else {
            EXPECT_FALSE(d.outcome.when) << "from here the kind's backoff counts";
        }
        state = d.outcome.state;
    }
    EXPECT_EQ(*decide_on(api::said(409, {}, 40s)).outcome.when >= now + 40s, true);
}

TEST(WalletAnswer, FinalRefusalsAreParked) {
    const auto park = [](int status, const std::string& error) { return decide_on(api::said(status, word(error))); };
    EXPECT_EQ(park(400, "invalid_amount").outcome.reason, "refused");
    EXPECT_THAT(park(400, "invalid_amount").outcome.detail, HasSubstr("invalid_amount"));
    EXPECT_EQ(park(404, "wallet_not_found").outcome.reason, "wallet_not_found");
    EXPECT_EQ(park(404, "not_found").outcome.reason, "refused");
    for (const int status : {400, 404, 405, 410, 422}) {
        const auto d = park(status, "no");
        EXPECT_EQ(d.outcome.what, outcome::verb::dead) << status;
        EXPECT_EQ(d.standing.state, charge_state::ended);
        EXPECT_EQ(d.alert.has_value(), status == 422);
        EXPECT_EQ(d.look, status == 422 ? look::must : look::no) << "who knows the key may have made the charge";
    }
    EXPECT_EQ(park(422, "no").outcome.reason, "key_reused");
}

TEST(WalletAnswer, AFinalRefusalInDoubtHoldsOnlyAfterALook) {
    const auto limited = remembering("waiting_since", now - 25h);
    const auto gone = remembering("unreached_since", now - 8 * 24h);
    const circumstances doubt{.before = in_doubt_since(now - 1min)};
    EXPECT_EQ(decide_on(api::said(400, word("no")), doubt).look, look::must);
    EXPECT_EQ(decide_on(api::said(429), {doubt.before, limited}).look, look::must);
    EXPECT_EQ(decide_on(api::silent(net::failure_class::dns, net::progress::not_sent), {doubt.before, gone}).look,
              look::must);
}

TEST(WalletAnswer, WhatIsNotTheWalletsWordLeavesDoubt) {
    for (const int status : {400, 402, 404, 405, 410, 413, 422})
        for (const auto* body : {"", "<html>", "{}", R"({"error":{}})", "[]"}) {
            const auto d = decide_on(api::said(status, body));
            EXPECT_EQ(d.outcome.what, outcome::verb::retry) << status << body;
            EXPECT_EQ(d.standing.dunning, 0);
            EXPECT_EQ(d.standing.unsure_since, sent_at);
        }
    EXPECT_EQ(decide_on(api::said(402, word("payment_required"))).standing.unsure_since, sent_at)
        << "not what the wallet says for lack of funds";
    EXPECT_EQ(decide_on(api::said(403, "<html>")).standing.unsure_since, sent_at) << "a firewall after the charge";
    EXPECT_FALSE(decide_on(api::said(403, word("forbidden"))).standing.unsure_since);
}

TEST(WalletAnswer, ARefusedKeyHoldsTheChargeWithoutAnAttempt) {
    for (const int status : {401, 403}) {
        const auto d = decide_on(api::said(status));
        EXPECT_EQ(d.outcome.what, outcome::verb::defer);
        EXPECT_EQ(d.outcome.reason, "unauthorized");
    }
}

TEST(WalletAnswer, RateLimitedWaitsAtLeastHalfAMinuteAndNoLongerThanADay) {
    const auto d = decide_on(api::said(429));
    EXPECT_EQ(d.outcome.what, outcome::verb::defer);
    EXPECT_GE(*d.outcome.when, now + 30s);
    EXPECT_GE(*decide_on(api::said(429, {}, 10min)).outcome.when, now + 10min);
    const auto long_ago = remembering("waiting_since", now - api::longest_wait);
    const auto last = decide_on(api::said(429), {.state = long_ago});
    EXPECT_EQ(last.outcome.what, outcome::verb::dead);
    EXPECT_EQ(last.outcome.reason, "rate_limited");
    EXPECT_TRUE(last.alert);
    EXPECT_EQ(decide_on(api::said(429), {.state = d.outcome.state}).outcome.state, d.outcome.state)
        << "the first time counts";
}

TEST(WalletAnswer, AnOverloadedWalletIsObeyedUnderTheSameKey) {
    const auto d = decide_on(api::said(503, {}, 5min));
    EXPECT_EQ(d.outcome.what, outcome::verb::retry);
    EXPECT_GE(*d.outcome.when, now + 5min);
    EXPECT_TRUE(d.standing.unsure_since);
}

}  // namespace
}  // namespace dormouse::jobs::wallet_charge
