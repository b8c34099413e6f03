#include "jobs/wallet_charge/args.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace dormouse::jobs::wallet_charge {
namespace {

using testing::HasSubstr;

boost::json::object with(const std::string& member, const std::string& json) {
    auto args = boost::json::parse(R"({"project_id":"p-1","amount":990,"currency":"RUB","reason":"subscription:start",)"
                                   R"("charge_key":"chg_0123456789"})")
                    .as_object();
    if (json.empty())
        args.erase(member);
    else
        args[member] = boost::json::parse(json);
    return args;
}

std::string complaint(const std::string& member, const std::string& json) {
    const auto read = read_args(with(member, json));
    return read ? std::string{} : read.error().detail;
}

TEST(ChargeArgs, WholeNumbersAreTakenAsTheyAre) {
    const auto read = read_args(with("amount", "9007199254740991")).value();
    EXPECT_EQ(read.amount, largest_amount);
    EXPECT_EQ(read.project, "p-1");
    EXPECT_EQ(read.currency, "RUB");
    EXPECT_EQ(read.reason, "subscription:start");
    EXPECT_EQ(read.key, "chg_0123456789");
    EXPECT_EQ(read_args(with("amount", R"("990")")).value().amount, 990);
}

TEST(ChargeArgs, AnAmountThatIsNotAWholePositiveNumberIsRefused) {
    for (const auto* amount : {"", "0", "-1", "990.5", "990.0", "9.9e2", "9007199254740992", R"("990.00")", R"("9 9")",
                               R"("")", "null", "true", "18446744073709551615"})
        EXPECT_THAT(complaint("amount", amount), HasSubstr("args.amount: expected a whole number")) << amount;
}

TEST(ChargeArgs, WithoutAStableKeyNothingIsCharged) {
    for (const auto* key : {"", R"("")", R"("short")", R"("chg_UPPER")", R"("chg:colon1")", R"("chg 12345678")", "7"})
        EXPECT_THAT(complaint("charge_key", key), HasSubstr("args.charge_key: expected")) << key;
    EXPECT_THAT(complaint("charge_key", '"' + std::string(61, 'a') + '"'), HasSubstr("args.charge_key"));
    EXPECT_EQ(complaint("charge_key", '"' + std::string(60, 'a') + '"'), "");
}

TEST(ChargeArgs, TheMemberThatIsWrongIsNamed) {
    EXPECT_THAT(complaint("project_id", R"("a/b")"), HasSubstr("args.project_id"));
    EXPECT_THAT(complaint("project_id", ""), HasSubstr("args.project_id"));
    EXPECT_THAT(complaint("currency", R"("rub")"), HasSubstr("args.currency"));
    EXPECT_EQ(complaint("currency", ""), "") << "the configured one is used";
    EXPECT_THAT(complaint("reason", R"("a\nb")"), HasSubstr("args.reason"));
    EXPECT_THAT(complaint("reason", ""), HasSubstr("args.reason"));
    EXPECT_EQ(complaint("reason", R"("продление")"), "");
}

TEST(ChargeArgs, ProjectsShareNoLimit) {
    EXPECT_EQ(limit_of(with("amount", "1")), "wallet:p-1");
    EXPECT_EQ(limit_of(with("project_id", R"("p 2")")), "");
}

}  // namespace
}  // namespace dormouse::jobs::wallet_charge
