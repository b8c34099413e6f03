// Money and doubt: whatever goes wrong, one charge per charge key, and never one that is made and reported as failed.
#include "tests/integration/jobs/wallet_world.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::after;
using test::charges_path;
using test::transactions_path;
using test::wallet_world;
using testing::ElementsAre;
using testing::HasSubstr;
using verb = queue::outcome::verb;
namespace json = boost::json;

const json::object lost_answer{{"drop", "after_commit"}};

/// What a wallet says that looks at the balance before it looks for the key: of a charge that it has made, too.
json::object no_funds(bool charges = false) {
    return {{"path", charges_path},
            {"status", 402},
            {"body", R"({"error":"insufficient_funds","balance":10})"},
            {"commit", charges}};
}

json::object word(int status, const char* error, int times = 1) {
    return {{"path", charges_path},
            {"times", times},
            {"status", status},
            {"body", json::serialize(json::object{{"error", error}})}};
}

json::object page_of_a_proxy(int status, bool charges = false) {
    return {{"path", charges_path},
            {"status", status},
            {"body", "<html>no</html>"},
            {"headers", {{"Content-Type", "text/html"}}},
            {"commit", charges}};
}

const json::object blind{{"path", transactions_path}, {"status", 500}};

TEST(WalletDoubt, ARefusalOfFundsAfterALostAnswerIsNoReasonForANewKey) {
    wallet_world w;
    w.wallet.fail(lost_answer);
    w.wallet.fail(no_funds());
    const auto out = w.kinds.attempt_to_the_end(w.job("chg_naive_01"));
    EXPECT_EQ(out.what, verb::done) << out.reason;
    EXPECT_THAT(w.keys_sent(), ElementsAre("chg_naive_01", "chg_naive_01"));
    EXPECT_EQ(w.charged("chg_naive_01"), 1U);
}

TEST(WalletDoubt, ARefusalOfFundsAfterALostAnswerWaitsUntilTheTransactionsCanBeRead) {
    wallet_world w;
    w.wallet.fail(lost_answer);
    w.wallet.fail(no_funds());
    w.wallet.fail(blind);
    const auto claimed = w.job("chg_naive_02");
    const auto first = w.kinds.attempt(claimed);
    const auto second = w.kinds.attempt(after(claimed, first, w.kinds.now));
    EXPECT_EQ(second.what, verb::retry);
    EXPECT_EQ(second.reason, "unreconciled");
    EXPECT_EQ(w.row("chg_naive_02", "dunning, unsure_since IS NOT NULL"), "0\t1");
    EXPECT_EQ(w.kinds.attempt_to_the_end(after(claimed, second, w.kinds.now)).what, verb::done);
    EXPECT_EQ(w.charged("chg_naive_02"), 1U);
}

TEST(WalletDoubt, BeforeANewKeyTheOldOnesAreLookedFor) {
    wallet_world w;
    w.wallet.fail(no_funds(true));  // the money moves after all, a moment later
    w.wallet.fail(blind);
    const auto claimed = w.job("chg_late_001");
    const auto refused = w.kinds.attempt(claimed);
    ASSERT_EQ(refused.reason, "insufficient_funds");
    w.kinds.now = *refused.when;
    const auto out = w.kinds.attempt(after(claimed, refused, w.kinds.now));
    EXPECT_EQ(out.what, verb::done) << out.detail;
    EXPECT_THAT(w.keys_sent(), ElementsAre("chg_late_001"));
    EXPECT_EQ(w.row("chg_late_001", "state, transaction_id, unsure_since IS NULL"),
              "charged\t" + w.wallet.ledger().at(0).transaction_id + "\t1");
}

TEST(WalletDoubt, NoNewKeyIsUsedWhileTheTransactionsCannotBeRead) {
    wallet_world w;
    w.wallet.set_balance("p1", 10);
    const auto claimed = w.job("chg_blind_01");
    const auto refused = w.kinds.attempt(claimed);
    ASSERT_EQ(refused.reason, "insufficient_funds");
    w.wallet.set_balance("p1", 5'000);
    w.kinds.now = *refused.when;
    w.wallet.fail(blind);
    const auto out = w.kinds.attempt(after(claimed, refused, w.kinds.now));
    EXPECT_EQ(out.what, verb::retry);
    EXPECT_EQ(out.reason, "unreconciled");
    EXPECT_EQ(w.keys_sent().size(), 1U);
    EXPECT_EQ(w.row("chg_blind_01", "state, dunning, unsure_since IS NULL"), "refused\t1\t1")
        << "nothing was sent: there is no doubt";
    EXPECT_EQ(w.kinds.attempt_to_the_end(after(claimed, out, w.kinds.now)).what, verb::done);
    EXPECT_THAT(w.keys_sent(), ElementsAre("chg_blind_01", "chg_blind_01_d1"));
}

TEST(WalletDoubt, AFinalRefusalAfterALostAnswerIsNoEndBeforeALook) {
    wallet_world w;
    const json::object refusals[] = {word(400, "invalid_amount"), word(404, "wallet_not_found"),
                                     word(422, "idempotency_key_reused"), word(410, "gone")};
    int number = 0;
    for (const auto& refusal : refusals) {
        const auto key = "chg_final_" + std::to_string(++number);
        w.wallet.fail(lost_answer);
        w.wallet.fail(refusal);
        const auto out = w.kinds.attempt_to_the_end(w.job(key));
        EXPECT_EQ(out.what, verb::done) << json::serialize(refusal) << ": " << out.reason;
        EXPECT_EQ(w.row(key, "state"), "charged");
    }
}

TEST(WalletDoubt, AFinalRefusalOfAChargeThatIsNowhereEndsItWhenNothingCanBeUnderWayAnyMore) {
    wallet_world w;
    w.wallet.fail({{"drop", "before_commit"}});
    w.wallet.fail(word(404, "wallet_not_found", 2));
    const auto start = w.kinds.now;
    const auto out = w.kinds.attempt_to_the_end(w.job("chg_final_no"));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "wallet_not_found");
    EXPECT_GE(w.kinds.now, start + 10min);
    EXPECT_EQ(w.keys_sent().size(), 3U);
    EXPECT_EQ(w.row("chg_final_no", "state, unsure_since IS NOT NULL"), "ended\t1") << "for a person to look at";
}

TEST(WalletDoubt, WhatAProxySaysIsNotTheWalletsWord) {
    wallet_world w;
    int number = 0;
    for (const int status : {400, 402, 403, 404, 405, 413, 422}) {
        const auto key = "chg_proxy_" + std::to_string(++number);
        w.wallet.fail(page_of_a_proxy(status, true));
        const auto claimed = w.job(key);
        const auto out = w.kinds.attempt(claimed);
        EXPECT_TRUE(out.what == verb::retry || out.what == verb::defer) << status << ": " << out.reason;
        EXPECT_EQ(w.row(key, "state, dunning, unsure_since IS NOT NULL"), "open\t0\t1") << status;
        EXPECT_EQ(w.kinds.attempt_to_the_end(after(claimed, out, w.kinds.now)).what, verb::done) << status;
        EXPECT_EQ(w.charged(key), 1U) << status;
    }
}

TEST(WalletDoubt, ASecondJobOfAChargeSendsTheBytesOfTheFirst) {
    wallet_world w;
    w.wallet.fail(lost_answer);
    ASSERT_EQ(w.kinds.attempt(w.job("chg_twojobs1")).what, verb::retry);
    auto other = w.job("chg_twojobs1");
    other.job.args["reason"] = "the same charge in other words";
    EXPECT_EQ(w.kinds.attempt(other).what, verb::done);
    const auto sent = w.wallet.requests(charges_path);
    EXPECT_EQ(sent.at(0).body, sent.at(1).body);
    EXPECT_EQ(w.charged("chg_twojobs1"), 1U);
}

TEST(WalletDoubt, AnotherDefaultCurrencyChangesNoChargeThatHasBegun) {
    wallet_world w;
    w.wallet.fail(lost_answer);
    const auto claimed = w.job("chg_currency");
    const auto first = w.kinds.attempt(claimed);
    w.kinds.settings.wallet.currency = "USD";
    EXPECT_EQ(w.kinds.attempt(after(claimed, first, w.kinds.now)).what, verb::done);
    EXPECT_EQ(w.charged("chg_currency"), 1U);
}

TEST(WalletDoubt, AWalletWithShorterPagesIsReadToTheEnd) {
    wallet_world w;
    const auto entry = [&](const std::string& id, const std::string& reason) {
        return R"({"transaction_id":")" + id + R"(","type":"charge","amount":990,"reason":")" + reason +
               R"(","balance_after":1,"created_at":")" + base::to_iso8601(w.kinds.now) + R"("})";
    };
    const auto page = [&](const std::string& entries) {
        return json::object{
            {"path", transactions_path}, {"status", 200}, {"body", R"({"transactions":[)" + entries + "]}"}};
    };
    w.wallet.fail({{"path", charges_path}, {"status", 200}, {"body", "{}"}});
    w.wallet.fail(page(entry("t9", "subscription (chg_other000)") + ',' + entry("t8", "subscription (chg_other001)")));
    w.wallet.fail(page(entry("t7", "subscription (chg_shortpage)")));
    const auto out = w.kinds.attempt(w.job("chg_shortpage"));
    EXPECT_EQ(out.what, verb::done) << out.reason << ", " << out.detail;
    EXPECT_THAT(out.result, HasSubstr(R"("t7")"));
}

TEST(WalletDoubt, ALimitOfAttemptsEndsNoDoubt) {
    wallet_world w;
    w.wallet.fail({{"status", 500}, {"commit", true}});
    auto claimed = w.job("chg_limited1");
    claimed.job.max_attempts = 1;
    const auto out = w.kinds.attempt(claimed);
    ASSERT_EQ(out.what, verb::defer) << "a retry would be the end of the job";
    EXPECT_GE(*out.when, w.kinds.now);
    EXPECT_EQ(w.kinds.attempt(after(claimed, out, w.kinds.now)).what, verb::done);
    EXPECT_EQ(w.charged("chg_limited1"), 1U);
}

TEST(WalletDoubt, AJobThatExpiresInDoubtIsLookedUpFirst) {
    wallet_world w;
    const auto expiring = [&](const std::string& key) {
        auto claimed = w.job(key);
        claimed.job.expire = w.kinds.now + 1ms;
        return claimed;
    };
    w.wallet.fail({{"status", 500}, {"commit", true}});
    EXPECT_EQ(w.kinds.attempt(expiring("chg_expiring1")).what, verb::done);
    w.wallet.fail({{"status", 500}});
    const auto lost = w.kinds.attempt(expiring("chg_expiring2"));
    EXPECT_EQ(lost.what, verb::dead);
    EXPECT_EQ(lost.reason, "charge_unknown");
    EXPECT_EQ(w.row("chg_expiring2", "state, unsure_since IS NOT NULL"), "ended\t1");
}

TEST(WalletDoubt, AFollowingAttemptIsNotTakenForTheDunningThatIsDueTomorrow) {
    wallet_world w;
    w.wallet.set_balance("p1", 10);
    const auto claimed = w.job("chg_early_01");
    const auto refused = w.kinds.attempt(claimed);
    ASSERT_EQ(refused.what, verb::defer);

    auto recovered = claimed;  // the worker died before it could settle
    recovered.history.crashes = 1;
    for (const auto& early : {recovered, w.job("chg_early_01")}) {
        const auto out = w.kinds.attempt(early);
        EXPECT_EQ(out.what, verb::defer);
        EXPECT_EQ(out.reason, "not_due");
        EXPECT_EQ(out.when, refused.when);
        EXPECT_EQ(w.row("chg_early_01", "state, dunning, unsure_since IS NULL"), "refused\t1\t1");
    }
    EXPECT_EQ(w.keys_sent().size(), 1U);
}

TEST(WalletDoubt, APersonMayAskAgainBeforeTheDunningIsDue) {
    wallet_world w;
    w.wallet.set_balance("p1", 10);
    const auto claimed = w.job("chg_hurry_01");
    ASSERT_EQ(w.kinds.attempt(claimed).what, verb::defer);
    w.wallet.set_balance("p1", 5'000);
    EXPECT_EQ(w.kinds.attempt(claimed).what, verb::done) << "`dormouse retry` gives a job a fresh history";
    EXPECT_THAT(w.keys_sent(), ElementsAre("chg_hurry_01", "chg_hurry_01_d1"));
}

TEST(WalletDoubt, UnreachableOnceLongAfterAnOldFailureIsNoReasonToGiveUp) {
    wallet_world w;
    auto claimed = w.job("chg_oldfail1");
    claimed.history.first_failure = w.kinds.now - 30 * 24h;
    w.wallet.stop();
    EXPECT_EQ(w.kinds.attempt(claimed).what, verb::retry);
}

}  // namespace
}  // namespace dormouse::jobs
