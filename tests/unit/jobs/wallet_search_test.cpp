// Which transaction of the wallet is the charge, and when all of them have been seen.
#include "jobs/wallet_charge/standing.hpp"
#include "jobs/wallet_charge/transactions.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>

namespace dormouse::jobs::wallet_charge {
namespace {

using kind = likeness::kind;
using testing::HasSubstr;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

wanted_charge wanted(const std::string& reason = "sub", int dunning = 0) {
    return {.args = {"p1", 990, "RUB", reason, "chg_abcdef12"}, .dunning = dunning, .since = now - 1h};
}

boost::json::object entry(const std::string& reason, const std::string& members = {}) {
    auto o =
        boost::json::parse(R"({"transaction_id":"txn_9","type":"charge","amount":990,"balance_after":5})").as_object();
    o["reason"] = reason;
    const auto more = boost::json::parse("{" + members + "}").as_object();
    for (const auto& [name, value] : more) o[name] = value;
    return o;
}

TEST(WalletTransaction, IsOursByTheKeyAtTheEndOfItsReasonOrInItsOwnMember) {
    EXPECT_EQ(reason_with_key("sub", "chg_abcdef12"), "sub (chg_abcdef12)");
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)"), wanted()).what, kind::ours);
    EXPECT_EQ(compare(entry("in other words (chg_abcdef12)"), wanted()).what, kind::ours);
    EXPECT_EQ(compare(entry("sub", R"("idempotency_key":"chg_abcdef12")"), wanted()).what, kind::ours);
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("amount":-990)"), wanted()).what, kind::ours);
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("status":"completed")"), wanted()).what, kind::ours);
}

TEST(WalletTransaction, OfSomebodyElseIsNotOurs) {
    EXPECT_EQ(compare(entry("sub"), wanted()).what, kind::other) << "the same reason and amount without a key";
    EXPECT_EQ(compare(entry("sub (chg_abcdef13)"), wanted()).what, kind::other);
    EXPECT_EQ(compare(entry("instead of (chg_abcdef12) (chg_zzzzzz99)"), wanted()).what, kind::other);
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("idempotency_key":"chg_zzzzzz99")"), wanted()).what, kind::other);
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("type":"topup")"), wanted()).what, kind::other);
    EXPECT_EQ(compare({}, wanted()).what, kind::other);
}

TEST(WalletTransaction, UnderAnyKeyUpToThePresentOneIsOurs) {
    for (const auto* key : {"chg_abcdef12", "chg_abcdef12_d1", "chg_abcdef12_d2"})
        EXPECT_EQ(compare(entry("sub (" + std::string{key} + ")"), wanted("sub", 2)).what, kind::ours) << key;
    EXPECT_EQ(compare(entry("sub (chg_abcdef12_d1)"), wanted("sub", 0)).what, kind::other);
}

TEST(WalletTransaction, WithTheKeyAndSomethingWrongIsUnclear) {
    const auto dear = compare(entry("sub (chg_abcdef12)", R"("amount":99000)"), wanted());
    EXPECT_EQ(dear.what, kind::unclear);
    EXPECT_THAT(dear.why, HasSubstr("txn_9"));
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("amount":"990")"), wanted()).what, kind::unclear);
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("status":"pending")"), wanted()).what, kind::unclear);
    EXPECT_EQ(compare(entry("sub (chg_abcdef12)", R"("status":"reversed")"), wanted()).what, kind::unclear);
}

TEST(WalletTransaction, WhoseReasonWasCutIsUnclear) {
    const std::string reason = "subscription of the course in watercolours, second year";
    const auto whole = reason_with_key(reason, "chg_abcdef12");
    for (const auto length : {whole.size() - 1, whole.size() - 5, reason.size() + 2, std::size_t{40}}) {
        EXPECT_EQ(compare(entry(whole.substr(0, length)), wanted(reason)).what, kind::unclear) << length;
        EXPECT_EQ(compare(entry(whole.substr(0, length) + "…"), wanted(reason)).what, kind::unclear) << length;
        EXPECT_EQ(compare(entry(whole.substr(0, length), R"("amount":5)"), wanted(reason)).what, kind::other);
    }
    EXPECT_EQ(compare(entry("subscription"), wanted(reason)).what, kind::other) << "short words of somebody else";
    EXPECT_EQ(compare(entry(reason), wanted(reason)).what, kind::other);
}

boost::json::array page(std::initializer_list<base::time_ms> times) {
    boost::json::array out;
    for (const auto t : times) {
        auto o = entry("another");
        o["created_at"] = base::to_iso8601(t);
        out.push_back(std::move(o));
    }
    return out;
}

TEST(WalletPage, EndsTheSearchWhenItReachesBackFarEnough) {
    search_result seen;
    EXPECT_FALSE(read_page(page({now, now - 2h}), wanted(), seen)) << "clocks and zones differ";
    EXPECT_FALSE(seen.complete);
    EXPECT_TRUE(read_page(page({now, now - 26h}), wanted(), seen));
    EXPECT_TRUE(seen.complete);
    EXPECT_FALSE(seen.found);
}

TEST(WalletPage, ThatIsShortIsNotTheLastButAnEmptyOneIs) {
    search_result seen;
    EXPECT_FALSE(read_page(page({now}), wanted(), seen));
    EXPECT_TRUE(read_page({}, wanted(), seen));
    EXPECT_TRUE(seen.complete);
}

TEST(WalletPage, SortedOldestFirstDoesNotEndTheSearch) {
    search_result seen;
    EXPECT_FALSE(read_page(page({now - 90h, now - 80h}), wanted(), seen));
}

TEST(WalletPage, WithoutTimesDoesNotEndTheSearch) {
    auto strange = page({now - 90h, now - 91h});
    for (auto& item : strange) item.as_object()["created_at"] = "yesterday";
    strange.push_back("no object");
    search_result seen;
    EXPECT_FALSE(read_page(strange, wanted(), seen));
}

TEST(WalletPage, WithAnUnclearEntryMakesTheSearchIncompleteUnlessTheChargeItselfIsFound) {
    const boost::json::array unclear{entry("sub (chg_abcdef12)", R"("status":"pending")")};
    search_result seen;
    EXPECT_FALSE(read_page(unclear, wanted(), seen));
    EXPECT_TRUE(read_page({}, wanted(), seen));
    EXPECT_FALSE(seen.complete);
    EXPECT_THAT(seen.trouble, HasSubstr("txn_9"));

    EXPECT_TRUE(read_page({entry("sub (chg_abcdef12)")}, wanted(), seen));
    EXPECT_TRUE(seen.found);
    EXPECT_TRUE(seen.complete);
    EXPECT_EQ(seen.balance_after, 5);
}

}  // namespace
}  // namespace dormouse::jobs::wallet_charge
