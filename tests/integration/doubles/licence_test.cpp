#include "tests/integration/doubles/caller.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

constexpr auto provision = R"({"subscription_id":"wc_sub_7","email":"a@school.example","status":"active"})";

std::string period(const std::string& date) {
    return R"({"subscription_id":"wc_sub_7","next_payment_date_gmt":")" + date +
           R"(","billing_period":"month","billing_interval":1})";
}

struct licence_world {
    net::exchange post(const std::string& path, const std::string& body, const std::string& secret = "licence-secret") {
        return call.post(licence.url() + path, {{"X-WC-Secret", secret}}, body);
    }
    std::int64_t updated(const std::string& date) {
        return answer_of(post("/wc/subscription_period", period(date))).at("updated").as_int64();
    }

    licence_double licence;
    caller call;
};

TEST(LicenceDouble, APeriodBeforeTheProvisionChangesNoRow) {
    licence_world w;
    EXPECT_EQ(w.updated("2027-01-01T00:00:00Z"), 0);
    EXPECT_TRUE(w.licence.rows().empty());
}

TEST(LicenceDouble, AfterTheProvisionThePeriodMovesTheDate) {
    licence_world w;
    EXPECT_EQ(w.post("/wc/provision", provision).response.status, 200);
    EXPECT_EQ(w.updated("2027-01-01T00:00:00Z"), 1);
    const auto rows = w.licence.rows();
    EXPECT_EQ(rows.at("wc_sub_7").at("next_payment_date_gmt"), "2027-01-01T00:00:00Z");
    EXPECT_EQ(rows.at("wc_sub_7").at("email"), "a@school.example");
}

TEST(LicenceDouble, ARowThatIsNotActiveStaysAsItIs) {
    licence_world w;
    w.licence.set_row("wc_sub_7", {{"status", "cancelled"}});
    EXPECT_EQ(w.updated("2027-01-01T00:00:00Z"), 0);
    w.licence.set_row("wc_sub_7", {{"status", "active"}});
    EXPECT_EQ(w.updated("2027-01-01T00:00:00Z"), 1);
}

TEST(LicenceDouble, RefusesWhatItsContractDoesNotKnow) {
    licence_world w;
    w.licence.set_row("wc_sub_7", {{"status", "active"}});
    EXPECT_EQ(w.post("/wc/subscription_period", period("2027-01-01 00:00:00")).response.status, 400);
    EXPECT_EQ(w.post("/wc/subscription_period", R"({"subscription_id":"7"})").response.status, 400);
    EXPECT_EQ(w.post("/wc/provision", R"({"subscription_id":"wc_sub_7"})").response.status, 400);
    EXPECT_EQ(w.post("/wc/provision", "{").response.status, 400);
}

TEST(LicenceDouble, AcceptsOneSecretAndTheOneItIsToldTo) {
    licence_world w;
    EXPECT_EQ(w.post("/wc/provision", provision, "guess").response.status, 401);
    w.licence.accept_only("previous");
    EXPECT_EQ(w.post("/wc/provision", provision).response.status, 401);
    EXPECT_EQ(w.post("/wc/provision", provision, "previous").response.status, 200);
    EXPECT_EQ(w.licence.requests("/wc/provision").size(), 3U);
}

TEST(LicenceDouble, FaultsWorkAsWithTheWallet) {
    licence_world w;
    w.licence.fail({{"drop", "after_commit"}});
    EXPECT_EQ(w.post("/wc/provision", provision).response.status, 0);
    EXPECT_TRUE(w.licence.rows().contains("wc_sub_7"));
}

}  // namespace
}  // namespace dormouse::test
