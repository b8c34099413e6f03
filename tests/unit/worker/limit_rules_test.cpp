#include "worker/limit_rules.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>

namespace dormouse::worker {
namespace {

using queue::limit;
using testing::ElementsAre;
using testing::IsEmpty;

boost::json::object args(const char* text) { return boost::json::parse(text).as_object(); }

TEST(LimitRules, MembersOfTheArgsNameTheLimitWhetherTextOrNumber) {
    const limit_rules rules{{{"wallet:{project_id}", "", 2, 0}}};
    EXPECT_THAT(rules.of("any", args(R"({"project_id":"p1"})"), {}), ElementsAre(limit{"wallet:p1", 2, {}}));
    EXPECT_THAT(rules.of("any", args(R"({"project_id":17})"), {}), ElementsAre(limit{"wallet:17", 2, {}}));
    EXPECT_THAT(rules.of("any", args(R"({"project_id":18446744073709551615})"), {}),
                ElementsAre(limit{"wallet:18446744073709551615", 2, {}}));
}

TEST(LimitRules, WhatHasNotTheMembersIsNotCounted) {
    const limit_rules rules{{{"x:{a}:{b}", "", 1, 0}}};
    for (const auto* other : {R"({})", R"({"a":1})", R"({"a":1,"b":null})", R"({"a":1,"b":[1]})", R"({"a":1,"b":""})",
                              R"({"a":1.5,"b":1})"})
        EXPECT_THAT(rules.of("any", args(other), {}), IsEmpty()) << other;
    EXPECT_THAT(rules.of("any", args(R"({"a":1,"b":2})"), {}), ElementsAre(limit{"x:1:2", 1, {}}));
}

TEST(LimitRules, ARuleWithAKindCountsThatKindOnly) {
    const limit_rules rules{{{"bank", "wallet-charge", 3, 60}}};
    EXPECT_THAT(rules.of("grant", args("{}"), {}), IsEmpty());
    EXPECT_THAT(rules.of("wallet-charge", args("{}"), {}), ElementsAre(limit{"bank", 3, 60}));
}

TEST(LimitRules, TheKindsOwnLimitsComeFirstAndKeepTheirOrder) {
    const limit_rules rules{{{"all", "", 9, 0}}};
    EXPECT_THAT(rules.of("k", args("{}"), {{"site", 2, {}}, {"user:7", 1, {}}}),
                ElementsAre(limit{"site", 2, {}}, limit{"user:7", 1, {}}, limit{"all", 9, {}}));
}

TEST(LimitRules, OfTwoLimitsWithOneNameTheStricterPlacesAndTheStricterRateHold) {
    const limit_rules rules{{{"w:{p}", "", 5, 100}, {"w:{p}", "", 3, 200}}};
    EXPECT_THAT(rules.of("k", args(R"({"p":"x"})"), {{"w:x", 4, {}}}), ElementsAre(limit{"w:x", 3, 100}));
    EXPECT_THAT(rules.of("k", args(R"({"p":"x"})"), {{"w:x", 1, 10}}), ElementsAre(limit{"w:x", 1, 10}));
}

TEST(LimitRules, AValueThatCouldNotStandInAKeyIsHashed) {
    const limit_rules rules{{{"u:{name}", "", 1, 0}}};
    const auto name_for = [&](const std::string& value) { return rules.of("k", {{"name", value}}, {}).at(0).name; };
    EXPECT_EQ(name_for(std::string(100, 'x')), "u:" + std::string(100, 'x'));
    for (const auto& odd :
         {std::string(101, 'x'), std::string{"two words"}, std::string{"a\nb"}, std::string{"\x7f"}}) {
        EXPECT_EQ(name_for(odd).size(), std::string{"u:sha256:"}.size() + 32) << odd;
        EXPECT_EQ(name_for(odd).find(' '), std::string::npos);
        EXPECT_EQ(name_for(odd), name_for(odd));
    }
    EXPECT_NE(name_for("two words"), name_for("two  words"));
    EXPECT_EQ(name_for("Ёж"), "u:Ёж") << "other letters are fine";
}

TEST(LimitRules, AHandlersOddNamesAreMadePlainToo) {
    const limit_rules rules{{}};
    const auto made = rules.of("k", {}, {{"a b", 0, {}}});
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].name.find(' '), std::string::npos);
    EXPECT_EQ(made[0].most, 1) << "less than one place would be a trap";
}

}  // namespace
}  // namespace dormouse::worker
