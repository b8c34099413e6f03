#include "jobs/grant/args.hpp"
#include "jobs/grant/request.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace dormouse::jobs::grant {
namespace {

using config::grant_api;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

boost::json::object with(const std::string& member, const std::string& json) {
    auto args = boost::json::parse(R"({"email":"anna@example.com","first_name":"Анна","last_name":"Ivanova",)"
                                   R"("term_id":15,"duration":6,"units":"month","external_id":"lead_789",)"
                                   R"("source":"amo_crm"})")
                    .as_object();
    if (json.empty())
        args.erase(member);
    else if (!member.empty())
        args[member] = boost::json::parse(json);
    return args;
}

grant_args good(const std::string& member = {}, const std::string& json = "0") {
    return read_args(with(member, json)).value();
}

std::string complaint(const std::string& member, const std::string& json) {
    const auto read = read_args(with(member, json));
    return read ? std::string{} : read.error().detail;
}

TEST(GrantArgs, SayWhoGetsWhat) {
    const auto a = good();
    EXPECT_EQ(a.email, "anna@example.com");
    EXPECT_EQ(a.first_name, "Анна");
    EXPECT_EQ(a.term_id, 15);
    EXPECT_EQ(a.duration, 6);
    EXPECT_EQ(a.units, "months");
    EXPECT_FALSE(a.unlimited);
    EXPECT_EQ(a.external_id, "lead_789");
    EXPECT_EQ(a.source, "amo_crm");
    EXPECT_FALSE(a.via);
    EXPECT_EQ(good("term_id", R"("15")").term_id, 15);
    EXPECT_EQ(good("via", R"("order")").via, grant_api::order);
    EXPECT_EQ(good("units", R"("day")").units, "days");
}

TEST(GrantArgs, WithoutALimitNeedNoDuration) {
    auto args = with("is_unlimited", "true");
    args.erase("duration");
    args.erase("units");
    const auto a = read_args(args).value();
    EXPECT_TRUE(a.unlimited);
    EXPECT_EQ(a.duration, 0);
    EXPECT_THAT(complaint("duration", ""), HasSubstr("args.duration: expected"));
    EXPECT_THAT(complaint("units", ""), HasSubstr("args.units: expected"));
}

TEST(GrantArgs, TheMemberThatIsWrongIsNamed) {
    const struct {
        const char* member;
        std::vector<std::string> values;
    } rows[] = {
        {"email",
         {"", "7", R"("")", R"("anna")", R"("@example.com")", R"("anna@")", R"("a@b@c")", R"("a b@c")", R"("a\n@c")",
          '"' + std::string(65, 'a') + R"(@example.com")"}},
        {"first_name", {"7", R"("a\u0000")", '"' + std::string(401, 'a') + '"'}},
        {"last_name", {"[]", R"("a\r\nb")"}},
        {"term_id", {"", "0", "-1", "1.5", R"("x")", "null", "true"}},
        {"duration", {"0", "-6", "1.5", "36501", R"("six")", "null"}},
        {"units", {R"("year")", R"("Months")", "7", "null"}},
        {"is_unlimited", {"1", R"("yes")"}},
        {"external_id", {R"("")", "7", R"("a b")", R"("a/b")", '"' + std::string(101, 'a') + '"'}},
        {"source", {R"("")", R"("Amo")", "7", '"' + std::string(51, 'a') + '"'}},
        {"via", {R"("mail")", "7", R"("")"}},
    };
    for (const auto& r : rows)
        for (const auto& value : r.values)
            EXPECT_THAT(complaint(r.member, value), HasSubstr("args." + std::string{r.member} + ": expected")) << value;
}

TEST(GrantArgs, WithoutAnExternalIdTheContentIsTheId) {
    const auto a = good("external_id", "");
    // sha256 of {"email":"anna@example.com","term_id":15,"duration":6,"units":"month","is_unlimited":false}, as the
    // plugin's helper makes it.
    EXPECT_EQ(a.external_id, "sha256:d3f5138c7281a6f1d9ff90a4331824c968ec6add642fa518334a6930ed1f657d");
    auto other_words = with("external_id", "");
    other_words["email"] = "ANNA@example.com";
    other_words["units"] = "months";
    other_words["first_name"] = "A.";
    EXPECT_EQ(read_args(other_words).value().external_id, a.external_id);
    other_words["duration"] = 7;
    EXPECT_NE(read_args(other_words).value().external_id, a.external_id);
}

TEST(GrantLimits, AreTheSiteThePersonAndTheReasonAndShowNoAddress) {
    const auto limits = limits_of(with("", "0"), 2);
    ASSERT_EQ(limits.size(), 3U);
    EXPECT_EQ(limits[0], (queue::limit{.name = "grant", .most = 2}));
    EXPECT_THAT(limits[1].name, HasSubstr("grant:email:"));
    EXPECT_THAT(limits[1].name, Not(HasSubstr("anna")));
    EXPECT_EQ(limits[1].most, 1);
    EXPECT_EQ(limits[2], (queue::limit{.name = "grant:id:lead_789", .most = 1}));
    EXPECT_EQ(limits_of(with("email", R"("ANNA@EXAMPLE.COM")"), 2)[1], limits[1]) << "one person, however written";
    EXPECT_NE(limits_of(with("email", R"("ann@example.com")"), 2)[1], limits[1]);
    EXPECT_THAT(limits_of(with("email", ""), 2), ElementsAre());
}

TEST(GrantRequest, IsAFunctionOfTheJobAlone) {
    config::grant_settings s;
    s.url = "https://school.example/wp-json/mlgb/v1/grant";
    s.key = base::secret{"a key of the site"};
    const auto r = request_of(good(), "main", s);
    EXPECT_EQ(r.url, s.url);
    EXPECT_EQ(r.body, R"({"user":{"email":"anna@example.com","first_name":"Анна","last_name":"Ivanova"},)"
                      R"("grant":{"term_id":15,"duration":6,"units":"months"},)"
                      R"("external_id":"lead_789","source":"amo_crm"})");
    EXPECT_THAT(r.headers, ElementsAre(testing::Pair("X-API-Key", "a key of the site"),
                                       testing::Pair("Idempotency-Key", "grant:main:lead_789")));
    EXPECT_EQ(request_of(good(), "main", s).body, r.body);
}

TEST(GrantRequest, GoesToTheOrderApiWhereTheJobOrTheConfigurationSaysSo) {
    config::grant_settings s;
    s.url = "https://school.example/wp-json/mlgb/v1/grant";
    s.order_url = "https://school.example/wp-json/mbl/v1/order/";
    s.order_token = base::secret{"a token of the site"};
    const auto order = request_of(good("via", R"("order")"), "main", s);
    EXPECT_EQ(order.url, s.order_url);
    EXPECT_EQ(order.headers.front(), (std::pair<std::string, std::string>{"Authorization", "a token of the site"}));
    EXPECT_EQ(order.body, R"({"customer":{"email":"anna@example.com","first_name":"Анна","last_name":"Ivanova"},)"
                          R"("product":{"term_id":15,"duration":6,"units":"months"},)"
                          R"("meta":{"order_id":"lead_789","source":"amo_crm"}})");
    s.via = grant_api::order;
    EXPECT_EQ(request_of(good(), "main", s).url, s.order_url);
    EXPECT_EQ(request_of(good("via", R"("bridge")"), "main", s).url, s.url);
}

TEST(GrantRequest, SaysSoIfAccessIsUnlimited) {
    const auto args = read_args([] {
                          auto a = with("is_unlimited", "true");
                          a.erase("duration");
                          return a;
                      }())
                          .value();
    EXPECT_THAT(body_of(args, grant_api::bridge),
                HasSubstr(R"("grant":{"term_id":15,"units":"months","is_unlimited":true})"));
}

}  // namespace
}  // namespace dormouse::jobs::grant
