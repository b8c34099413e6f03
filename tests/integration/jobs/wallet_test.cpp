// wallet-charge against a real ledger and the wallet's double: every row of spec 3-jobs B4.
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
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;
namespace json = boost::json;

TEST(WalletCharge, IsSentOnceWithItsKeyInHeaderAndBodyAndKeepsWhatTheWalletSaid) {
    wallet_world w;
    const auto out = w.kinds.attempt(w.job("chg_first001"));
    ASSERT_EQ(out.what, verb::done) << out.detail;
    const auto result = json::parse(out.result);
    EXPECT_EQ(result.at("balance_after").as_int64(), 99'010);
    EXPECT_EQ(result.at("transaction_id").as_string(), w.wallet.ledger().at(0).transaction_id);

    const auto sent = w.wallet.requests(charges_path).at(0);
    EXPECT_EQ(sent.headers.at("idempotency-key"), "chg_first001");
    EXPECT_EQ(sent.headers.at("x-api-key"), "wallet-key");
    EXPECT_EQ(json::parse(sent.body).at("idempotency_key").as_string(), "chg_first001");
    EXPECT_EQ(json::parse(sent.body).at("amount").as_int64(), 990);
    EXPECT_EQ(w.row("chg_first001", "state, transaction_id, unsure_since IS NULL"),
              "charged\t" + w.wallet.ledger().at(0).transaction_id + "\t1");
}

TEST(WalletCharge, ThatIsKnownToBeDoneCallsNobody) {
    wallet_world w;
    ASSERT_EQ(w.kinds.attempt(w.job("chg_repeat01")).what, verb::done);
    w.wallet.reset();
    const auto again = w.kinds.attempt(w.job("chg_repeat01"));
    EXPECT_EQ(again.what, verb::done);
    EXPECT_THAT(again.result, HasSubstr(w.wallet.ledger().at(0).transaction_id));
    EXPECT_TRUE(w.wallet.requests().empty());
}

TEST(WalletCharge, EveryAnswerEndsAsTheTableSays) {
    wallet_world w;
    const struct row {
        json::object fault;
        verb what;
        const char* reason;
        const char* state;  ///< Of the ledger row.
        bool doubt;         ///< Money may have moved.
    } rows[] = {
        {{{"status", 400}}, verb::dead, "refused", "ended", false},
        {{{"status", 404}, {"body", R"({"error":"wallet_not_found"})"}},
         verb::dead,
         "wallet_not_found",
         "ended",
         false},
        {{{"status", 422}}, verb::dead, "key_reused", "ended", false},
        {{{"status", 402}, {"body", R"({"error":"insufficient_funds","balance":3})"}},
         verb::defer,
         "insufficient_funds",
         "refused",
         false},
        {{{"status", 409}}, verb::retry, "in_progress", "open", true},
        {{{"status", 429}, {"headers", {{"Retry-After", "90"}}}}, verb::defer, "rate_limited", "open", false},
        {{{"status", 408}}, verb::retry, "try_again", "open", true},
        {{{"status", 500}}, verb::retry, "server_error", "open", true},
        {{{"status", 502}, {"commit", true}}, verb::retry, "server_error", "open", true},
        {{{"status", 503}, {"headers", {{"Retry-After", "60"}}}}, verb::retry, "server_error", "open", true},
        {{{"status", 307}, {"headers", {{"Location", "/elsewhere"}}}}, verb::retry, "bad_answer", "open", true},
        {{{"status", 200}, {"body", "<html>maintenance</html>"}, {"headers", {{"Content-Type", "text/html"}}}},
         verb::retry,
         "unconfirmed",
         "open",
         true},
        {{{"status", 200}, {"body", ""}}, verb::retry, "unconfirmed", "open", true},
        {{{"status", 200}, {"body", R"({"status":"comple)"}}, verb::retry, "unconfirmed", "open", true},
        {{{"drop", "unread"}}, verb::retry, "", "open", true},
        {{{"drop", "before_commit"}}, verb::retry, "", "open", true},
        {{{"drop", "after_commit"}}, verb::retry, "", "open", true},
        {{{"drop", "mid_answer"}}, verb::done, "", "charged", false},  // a 200 cut short: looked up
        {{{"wait_after_ms", 2600}}, verb::retry, "", "open", true},
    };
    int number = 0;
    for (const auto& r : rows) {
        const auto what = json::serialize(r.fault);
        w.wallet.reset();
        w.wallet.fail(r.fault);
        const auto key = "chg_row_" + std::to_string(++number);
        const auto out = w.kinds.attempt(w.job(key));
        EXPECT_EQ(out.what, r.what) << what << ": " << out.reason << ", " << out.detail;
        if (*r.reason != '\0') EXPECT_EQ(out.reason, r.reason) << what;
        EXPECT_EQ(w.row(key, "state, unsure_since IS NOT NULL"), std::string{r.state} + (r.doubt ? "\t1" : "\t0"))
            << what;
        EXPECT_LE(w.wallet.requests(charges_path).size(), 1U) << what;
        EXPECT_TRUE(w.wallet.requests("/elsewhere").empty());
        EXPECT_THAT(out.detail, Not(HasSubstr("wallet-key"))) << what;
    }
}

TEST(WalletCharge, AfterAnyDoubtIsRepeatedUnderTheSameKeyAndChargedOnce) {
    wallet_world w;
    const json::object faults[] = {
        {{"drop", "unread"}},     {{"drop", "before_commit"}},         {{"drop", "after_commit"}},
        {{"drop", "mid_answer"}}, {{"status", 500}, {"commit", true}}, {{"status", 502}},
        {{"wait_after_ms", 2600}}};
    int number = 0;
    for (const auto& fault : faults) {
        const auto key = "chg_doubt_" + std::to_string(++number);
        w.wallet.reset();
        w.wallet.fail(fault);
        const auto out = w.kinds.attempt_to_the_end(w.job(key));
        EXPECT_EQ(out.what, verb::done) << json::serialize(fault) << ": " << out.detail;
        EXPECT_EQ(w.charged(key), 1U) << json::serialize(fault);
        for (const auto& sent : w.wallet.requests(charges_path)) EXPECT_EQ(sent.headers.at("idempotency-key"), key);
        EXPECT_EQ(w.row(key, "state, unsure_since IS NULL"), "charged\t1");
    }
}

TEST(WalletCharge, WhoseEchoIsWrongIsLookedUpAmongTheTransactions) {
    wallet_world w;
    const json::object echoes[] = {
        {{"amount", 99000}}, {{"project_id", "p2"}}, {{"status", "pending"}}, {{"transaction_id", ""}}};
    int number = 0;
    for (const auto& echo : echoes) {
        const auto key = "chg_echo_" + std::to_string(++number);
        w.wallet.fail({{"path", charges_path}, {"echo", echo}});
        const auto out = w.kinds.attempt(w.job(key));
        EXPECT_EQ(out.what, verb::done) << json::serialize(echo) << ": " << out.detail;
        EXPECT_EQ(w.charged(key), 1U);
        EXPECT_THAT(out.result, HasSubstr(w.wallet.ledger().back().transaction_id));
    }
    EXPECT_EQ(w.wallet.requests(transactions_path).size(), std::size(echoes));
}

TEST(WalletCharge, WithoutFundsIsAskedAgainOverDaysUnderKeysOfItsOwn) {
    wallet_world w;
    w.wallet.set_balance("p1", 10);
    const auto start = w.kinds.now;
    auto claimed = w.job("chg_dunning1");
    std::vector<std::chrono::hours> days;
    queue::outcome out;
    for (int i = 0; i < 4; ++i) {
        out = w.kinds.attempt(claimed);
        ASSERT_EQ(out.what, verb::defer) << out.detail;
        ASSERT_EQ(out.reason, "insufficient_funds");
        days.push_back(std::chrono::floor<std::chrono::hours>(*out.when - start));
        claimed = after(claimed, out, w.kinds.now);
        w.kinds.now = *out.when;
    }
    EXPECT_THAT(days, testing::ElementsAre(24h, 72h, 120h, 168h));
    out = w.kinds.attempt(claimed);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "insufficient_funds");
    EXPECT_THAT(w.keys_sent(), testing::ElementsAre("chg_dunning1", "chg_dunning1_d1", "chg_dunning1_d2",
                                                    "chg_dunning1_d3", "chg_dunning1_d4"));

    w.wallet.set_balance("p1", 5'000);  // a person says that the money is there, and retries the job
    out = w.kinds.attempt(w.job("chg_dunning1"));
    EXPECT_EQ(out.what, verb::done) << out.detail;
    EXPECT_EQ(w.charged("chg_dunning1"), 1U);
}

TEST(WalletCharge, FundsThatComeInTimeEndTheDunning) {
    wallet_world w;
    w.wallet.set_balance("p1", 10);
    auto claimed = w.job("chg_topup001");
    const auto refused = w.kinds.attempt(claimed);
    ASSERT_EQ(refused.what, verb::defer);
    w.wallet.set_balance("p1", 1'000);
    w.kinds.now = *refused.when;
    const auto out = w.kinds.attempt(after(claimed, refused, w.kinds.now));
    ASSERT_EQ(out.what, verb::done) << out.detail;
    EXPECT_EQ(w.wallet.ledger().at(0).key, "chg_topup001_d1");
    EXPECT_THAT(out.result, HasSubstr(R"("dunning":1)"));
}

TEST(WalletCharge, InDoubtForTwentyThreeHoursIsNeverSentAgainButLookedUp) {
    wallet_world w;
    w.wallet.fail({{"drop", "after_commit"}});
    w.wallet.fail({{"drop", "before_commit"}, {"times", 1}});
    const auto found = w.job("chg_charged1");
    const auto lost = w.job("chg_nowhere1");
    const auto first = w.kinds.attempt(found);
    const auto second = w.kinds.attempt(lost);
    w.kinds.now += 23h + 1s;
    w.wallet.reset();

    const auto was_charged = w.kinds.attempt(after(found, first, w.kinds.now - 23h));
    EXPECT_EQ(was_charged.what, verb::done) << was_charged.detail;
    const auto unknown = w.kinds.attempt(after(lost, second, w.kinds.now - 23h));
    EXPECT_EQ(unknown.what, verb::dead);
    EXPECT_EQ(unknown.reason, "charge_unknown");
    EXPECT_TRUE(w.wallet.requests(charges_path).empty());
    EXPECT_EQ(w.wallet.requests(transactions_path).size(), 3U) << "not to find it takes an empty page";
}

TEST(WalletCharge, ThatCannotBeLookedUpStaysInDoubtInsteadOfBeingGivenUp) {
    wallet_world w;
    w.wallet.fail({{"drop", "after_commit"}});
    const auto claimed = w.job("chg_hidden01");
    const auto first = w.kinds.attempt(claimed);
    w.kinds.now += 24h;
    w.wallet.fail({{"status", 500}, {"path", transactions_path}});
    const auto blind = w.kinds.attempt(after(claimed, first, w.kinds.now));
    EXPECT_EQ(blind.what, verb::retry);
    EXPECT_EQ(blind.reason, "unreconciled");
    EXPECT_EQ(w.kinds.attempt(claimed).what, verb::done);
    EXPECT_EQ(w.charged("chg_hidden01"), 1U);
}

TEST(WalletCharge, StillInProgressAfterTenAsksIsLookedUp) {
    wallet_world w;
    w.wallet.fail({{"status", 409}, {"path", charges_path}, {"times", 10}, {"commit", true}});
    const auto out = w.kinds.attempt_to_the_end(w.job("chg_progress"));
    EXPECT_EQ(out.what, verb::done) << out.detail;
    EXPECT_EQ(w.wallet.requests(charges_path).size(), 10U);
    EXPECT_EQ(w.wallet.requests(transactions_path).size(), 1U);
    EXPECT_EQ(w.charged("chg_progress"), 1U);
}

TEST(WalletCharge, RefusedKeysHoldTheKindAfterTheThirdTime) {
    wallet_world w{[](config::settings& s) { s.wallet.key = base::secret{"an old key"}; }};
    for (int i = 0; i < 3; ++i) {
        const auto out = w.kinds.attempt(w.job("chg_auth_" + std::to_string(i)));
        EXPECT_EQ(out.what, verb::defer);
        EXPECT_EQ(out.reason, "unauthorized");
    }
    const auto held = w.kinds.attempt(w.job("chg_auth_3"));
    EXPECT_EQ(held.what, verb::defer);
    EXPECT_EQ(held.reason, "kind_held");
    EXPECT_EQ(w.wallet.requests(charges_path).size(), 3U);
    EXPECT_TRUE(w.row("chg_auth_3", "1").empty());
}

TEST(WalletCharge, WithTheKeyOfAnotherChargeIsParkedUnsent) {
    wallet_world w;
    ASSERT_EQ(w.kinds.attempt(w.job("chg_same_key", 990)).what, verb::done);
    w.wallet.reset();
    const auto out = w.kinds.attempt(w.job("chg_same_key", 991));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "key_reused");
    EXPECT_TRUE(w.wallet.requests().empty());
}

TEST(WalletCharge, IsNotSentWhileItsLedgerCannotBeWritten) {
    wallet_world w;
    w.kinds.db.sql("RENAME TABLE wp_dormouse_charge TO wp_elsewhere");
    const auto out = w.kinds.attempt(w.job("chg_noledger"));
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "ledger_unavailable");
    EXPECT_TRUE(w.wallet.requests().empty());
}

TEST(WalletCharge, OfAKindThatIsNotConfiguredIsParkedAndSaysWhatToDo) {
    wallet_world w{[](config::settings& s) { s.wallet.url.clear(); }};
    const auto out = w.kinds.attempt(w.job("chg_off_0001"));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "not_configured");
    EXPECT_THAT(out.detail, HasSubstr("kinds.wallet-charge.url"));
}

TEST(WalletCharge, AttemptedTwiceAtOnceChargesOnce) {
    wallet_world w;
    w.wallet.fail({{"wait_ms", 200}});
    const auto outs = w.kinds.attempt_all({w.job("chg_twins_01"), w.job("chg_twins_01")});
    EXPECT_EQ(w.charged("chg_twins_01"), 1U);
    for (const auto& out : outs) EXPECT_NE(out.what, verb::dead) << out.reason << ", " << out.detail;
    EXPECT_EQ(w.kinds.attempt_to_the_end(w.job("chg_twins_01")).what, verb::done);
    EXPECT_EQ(w.charged("chg_twins_01"), 1U);
}

TEST(WalletCharge, CutOffByItsDeadlineLeavesTheDoubtInTheLedger) {
    wallet_world w;
    w.wallet.fail({{"wait_after_ms", 4000}});
    const auto claimed = w.job("chg_deadline");
    const auto out = w.kinds.attempt(claimed, 2s);
    EXPECT_EQ(out.what, verb::retry);
    EXPECT_EQ(w.row("chg_deadline", "state, unsure_since IS NOT NULL"), "open\t1");
    EXPECT_EQ(w.kinds.attempt_to_the_end(after(claimed, out, w.kinds.now)).what, verb::done);
    EXPECT_EQ(w.charged("chg_deadline"), 1U);
}

}  // namespace
}  // namespace dormouse::jobs
