#include "worker/by_label.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::worker {
namespace {

using testing::ElementsAre;
using testing::Pair;

by_label<int> zeros() {
    return by_label<int>{[](const std::string&) { return 0; }};
}

TEST(ByLabel, ChildrenBeyondTheBoundShareOther) {
    auto l = zeros();
    for (std::size_t i = 0; i < most_label_values; ++i) l["kind-" + std::to_string(i)] += 1;
    l["one-more"] += 1;
    l["and-another"] += 1;
    l["kind-3"] += 1;
    EXPECT_EQ(std::distance(l.begin(), l.end()), most_label_values + 1);
    EXPECT_EQ(l["other"], 2);
    EXPECT_EQ(l["kind-3"], 2);
}

TEST(ByLabel, OddValuesGoToOther) {
    auto l = zeros();
    for (const auto* odd : {"", "with space", "line\nbreak", "quote\"", "\xff\xfe", "päckchen"}) l[odd] += 1;
    l[std::string(65, 'a')] += 1;
    EXPECT_THAT(std::vector(l.begin(), l.end()), ElementsAre(Pair("other", 7)));
}

TEST(ByLabel, AChildIsMadeOnceWithItsValue) {
    std::vector<std::string> made;
    by_label<int> l{[&](const std::string& value) {
        made.push_back(value);
        return 0;
    }};
    for (int i = 0; i < 3; ++i) l["webhook"] += 1;
    EXPECT_THAT(made, ElementsAre("webhook"));
}

TEST(ByLabel, ReferencesStayValidWhileOthersAreAdded) {
    auto l = zeros();
    int& first = l["first"];
    for (int i = 0; i < 100; ++i) l["k" + std::to_string(i)] = i;
    first = 42;
    EXPECT_EQ(l["first"], 42);
}

}  // namespace
}  // namespace dormouse::worker
