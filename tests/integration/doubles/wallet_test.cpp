#include "tests/integration/doubles/caller.hpp"

#include <gmock/gmock.h>

namespace dormouse::test {
namespace {

TEST(WalletDouble, ChargesOnceAndRepeatsItsAnswerForTheSameKey) {
    wallet_world w;
    const auto first = w.charge(wallet_world::order("chg_a", 300));
    const auto again = w.charge(wallet_world::order("chg_a", 300));
    ASSERT_EQ(first.response.status, 200);
    EXPECT_EQ(answer_of(first).at("balance_after"), 700);
    EXPECT_EQ(answer_of(first).at("status"), "completed");
    EXPECT_EQ(again.response.body, first.response.body);
    EXPECT_EQ(w.wallet.charges_of("chg_a"), 1U);
    EXPECT_EQ(w.wallet.requests("/api/wallet/v1/charge").size(), 2U);
}

TEST(WalletDouble, RepeatsARefusalForItsKeyEvenWhenTheMoneyIsThere) {
    wallet_world w;
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 3000)).response.status, 402);
    w.wallet.set_balance("p1", 9000);
    const auto again = w.charge(wallet_world::order("chg_a", 3000));
    EXPECT_EQ(again.response.status, 402);
    EXPECT_EQ(answer_of(again).at("balance"), 1000);
    EXPECT_EQ(w.charge(wallet_world::order("chg_a_d1", 3000)).response.status, 200);
    EXPECT_EQ(w.wallet.ledger().size(), 1U);
}

TEST(WalletDouble, RefusesAKeyThatComesBackWithOtherParameters) {
    wallet_world w;
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 300)).response.status, 200);
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 301)).response.status, 422);
    EXPECT_EQ(w.wallet.ledger().size(), 1U);
}

TEST(WalletDouble, SaysInProgressWhileTheFirstRequestRuns) {
    wallet_world w;
    w.wallet.fail({{"wait_ms", 700}});
    const auto body = wallet_world::order("chg_a", 300);
    const auto both = w.call.post_all(w.charge_url(), wallet_world::rights(), {body, body});
    EXPECT_THAT((std::vector{both[0].response.status, both[1].response.status}),
                ::testing::UnorderedElementsAre(200, 409));
    EXPECT_EQ(w.wallet.charges_of("chg_a"), 1U);
}

TEST(WalletDouble, NamesWhatIsWrongAndLeavesTheKeyFree) {
    wallet_world w;
    const auto error_of = [&](const std::string& body) {
        const auto x = w.charge(body);
        return std::to_string(x.response.status) + ' ' + std::string{answer_of(x).at("error").as_string()};
    };
    EXPECT_EQ(error_of(wallet_world::order("chg_a", 0)), "400 invalid_amount");
    EXPECT_EQ(error_of(wallet_world::order("chg_a", 1LL << 53)), "400 invalid_amount");
    EXPECT_EQ(error_of(R"({"project_id":"p1","amount":1.5,"currency":"RUB","idempotency_key":"chg_a"})"),
              "400 invalid_amount");
    EXPECT_EQ(error_of(R"({"project_id":"p1","amount":"5","currency":"RUB","idempotency_key":"chg_a"})"),
              "400 invalid_amount");
    EXPECT_EQ(error_of(R"({"project_id":"p1","amount":5,"currency":"RUB"})"), "400 missing_idempotency_key");
    EXPECT_EQ(error_of(wallet_world::order("chg_a", 5, "p2")), "404 wallet_not_found");
    EXPECT_EQ(error_of(wallet_world::order("chg_a", 5, "p1", "EUR")), "400 currency_mismatch");
    EXPECT_EQ(w.charge(wallet_world::order("chg_a", 5)).response.status, 200);
}

TEST(WalletDouble, RefusesAWrongApiKey) {
    wallet_world w;
    const auto x = w.call.post(w.charge_url(), {{"X-Api-Key", "guess"}}, wallet_world::order("chg_a", 5));
    EXPECT_EQ(x.response.status, 401);
    EXPECT_TRUE(w.wallet.ledger().empty());
}

TEST(WalletDouble, ListsTransactionsOfOneProjectNewestFirstByPages) {
    wallet_world w;
    w.wallet.set_balance("p2", 10);
    for (const auto* key : {"chg_a", "chg_b", "chg_c"}) w.charge(wallet_world::order(key, 100));
    w.charge(wallet_world::order("chg_other", 1, "p2"));

    const auto page = answer_of(w.transactions("project_id=p1&type=charge&limit=2&offset=1"));
    EXPECT_EQ(page.at("total"), 3);
    ASSERT_EQ(page.at("transactions").as_array().size(), 2U);
    EXPECT_EQ(page.at("transactions").at(0).at("reason"), "month (chg_b)");
    EXPECT_EQ(page.at("transactions").at(1).at("reason"), "month (chg_a)");
    EXPECT_EQ(answer_of(w.transactions("project_id=p1&type=deposit")).at("total"), 0);
    EXPECT_EQ(w.transactions("project_id=p1&limit=x").response.status, 400);
}

TEST(WalletDouble, RemembersARequestWithHeadersAndBody) {
    wallet_world w;
    const auto body = wallet_world::order("chg_a", 5);
    w.call.post(w.charge_url(), {{"X-Api-Key", "wallet-key"}, {"Idempotency-Key", "chg_a"}}, body);
    const auto seen = w.wallet.requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].method, "POST");
    EXPECT_EQ(seen[0].path, "/api/wallet/v1/charge");
    EXPECT_EQ(seen[0].headers.at("idempotency-key"), "chg_a");
    EXPECT_EQ(seen[0].body, body);
}

TEST(WalletDouble, TakesAThousandChargesAtOnce) {
    wallet_world w;
    std::vector<std::string> orders;
    for (int i = 0; i < 1000; ++i) orders.push_back(wallet_world::order("chg_" + std::to_string(i), 1));
    for (std::size_t from = 0; from < orders.size(); from += 100) {
        const std::vector<std::string> part(orders.begin() + static_cast<std::ptrdiff_t>(from),
                                            orders.begin() + static_cast<std::ptrdiff_t>(from + 100));
        for (const auto& x : w.call.post_all(w.charge_url(), wallet_world::rights(), part))
            ASSERT_EQ(x.response.status, 200) << x.detail;
    }
    EXPECT_EQ(w.wallet.ledger().size(), 1000U);
    EXPECT_EQ(w.charge(wallet_world::order("chg_more", 1)).response.status, 402);
}

}  // namespace
}  // namespace dormouse::test
