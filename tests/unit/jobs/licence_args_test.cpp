#include "jobs/licence/args.hpp"
#include "jobs/licence/period.hpp"
#include "jobs/licence/request.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace dormouse::jobs::licence {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

boost::json::object object(const std::string& json) { return boost::json::parse(json).as_object(); }

constexpr auto with_period = R"({"subscription_id":12,"version":3,"billing_period":"M","billing_interval":"2",)"
                             R"("next_payment_date_gmt":"2026-12-21 10:00:00"})";

std::string complaint(const std::string& json) {
    const auto read = read_args(object(json), licence_step::period);
    return read ? std::string{} : read.error().detail;
}

const base::time_ms december = std::chrono::sys_days{2026y / 12 / 21} + 10h;

TEST(LicenceArgs, NameASubscriptionAndItsVersion) {
    for (const auto* json : {R"({"subscription_id":12,"version":3})", R"({"subscription_id":"12","version":"3"})"}) {
        const auto a = read_args(object(json), licence_step::period).value();
        EXPECT_EQ(a.subscription_id, 12);
        EXPECT_EQ(a.version, 3);
        EXPECT_FALSE(a.period);
        EXPECT_EQ(limit_of(object(json)), "subscription:12");
    }
    EXPECT_EQ(limit_of(object("{}")), "");
}

TEST(LicenceArgs, APeriodPushMayCarryItsPeriod) {
    const auto a = read_args(object(with_period), licence_step::period).value();
    EXPECT_EQ(a.period, (billing_period{"month", 2, december}));
    EXPECT_FALSE(read_args(object(with_period), licence_step::provision).value().period);
}

TEST(LicenceArgs, TheMemberThatIsWrongIsNamed) {
    for (const auto* id : {R"("x")", "0", "-1", "1.5", "null"})
        EXPECT_THAT(complaint(R"({"version":3,"subscription_id":)" + std::string{id} + "}"),
                    HasSubstr("args.subscription_id: expected"));
    for (const auto* version : {"0", R"("")", "true"})
        EXPECT_THAT(complaint(R"({"subscription_id":1,"version":)" + std::string{version} + "}"),
                    HasSubstr("args.version: expected"));
    EXPECT_THAT(complaint(R"({"subscription_id":1,"version":1,"billing_period":"M"})"), HasSubstr("or none of them"));
    const struct {
        const char* member;
        std::vector<const char*> values;
    } rows[] = {
        {"billing_period", {R"("")", R"("days")", R"("Q")", "7"}},
        {"billing_interval", {"0", "-1", "1001", "1.5", R"("x")"}},
        {"next_payment_date_gmt",
         {R"("")", R"("soon")", R"("2026-02-30 10:00:00")", R"("2026-12-21")", R"("2026-12-21T10:00:00+03:00")"}}};
    for (const auto& r : rows)
        for (const auto* value : r.values) {
            auto args = object(with_period);
            args[r.member] = boost::json::parse(value);
            const auto read = read_args(args, licence_step::period);
            ASSERT_FALSE(read) << value;
            EXPECT_THAT(read.error().detail, HasSubstr("args." + std::string{r.member} + ": expected")) << value;
        }
}

TEST(BillingPeriod, UnitsAreReadInEverySpelling) {
    for (const auto* text : {"D", "d", "day", "DAY", "Day"}) EXPECT_EQ(unit_of(text), "day");
    for (const auto* text : {"W", "w", "week", "WEEK"}) EXPECT_EQ(unit_of(text), "week");
    for (const auto* text : {"M", "m", "month", "Month"}) EXPECT_EQ(unit_of(text), "month");
    for (const auto* text : {"Y", "y", "year", "yeaR"}) EXPECT_EQ(unit_of(text), "year");
    for (const auto* text : {"", "days", "q", "mo", " day", "monthx"}) EXPECT_EQ(unit_of(text), "") << text;
}

TEST(BillingPeriod, ItsDateLiesBetweenTheYear2000AndTenYearsFromNow) {
    const base::time_ms now = std::chrono::sys_days{2026y / 11 / 21};
    const auto at = [](base::time_ms t) { return billing_period{"month", 1, t}; };
    EXPECT_TRUE(check_window(at(december), now));
    EXPECT_TRUE(check_window(at(std::chrono::sys_days{2000y / 1 / 1}), now));
    EXPECT_FALSE(check_window(at(std::chrono::sys_days{1999y / 12 / 31}), now));
    EXPECT_TRUE(check_window(at(std::chrono::sys_days{2036y / 11 / 20}), now));
    const auto far = check_window(at(std::chrono::sys_days{2036y / 11 / 22}), now);
    ASSERT_FALSE(far);
    EXPECT_THAT(far.error().detail, HasSubstr("2036-11-22T00:00:00Z"));
}

TEST(LicenceRequest, SaysThePeriodInTheServersWords) {
    EXPECT_EQ(period_body(12, {"month", 2, december}),
              R"({"subscription_id":"wc_sub_12","next_payment_date_gmt":"2026-12-21T10:00:00Z",)"
              R"("billing_period":"month","billing_interval":2})");
    EXPECT_EQ(path_of(licence_step::period), "/wc/subscription_period");
    EXPECT_EQ(key_of(licence_step::period, "main", {12, 3, {}}), "period:main:12:3");
}

TEST(LicenceRequest, SaysWhoTheProvisionIsFor) {
    subscription s;
    s.email = "anna@example.com";
    s.name = "Anna Ivanova";
    s.order_id = 41;
    s.product_ids = {9, 10};
    EXPECT_EQ(provision_body(12, s, "main"),
              R"({"subscription_id":"wc_sub_12","email":"anna@example.com","name":"Anna Ivanova","status":"active",)"
              R"("order_id":"41","product_ids":[9,10],"site":"main"})");
    EXPECT_EQ(path_of(licence_step::provision), "/wc/provision");
    EXPECT_EQ(key_of(licence_step::provision, "main", {12, 3, {}}), "provision:main:12:3");
}

}  // namespace
}  // namespace dormouse::jobs::licence
