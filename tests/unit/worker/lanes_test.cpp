#include "worker/lanes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dormouse::worker {
namespace {

TEST(LaneLimits, HoldSoManyAndNoMore) {
    lanes l{2};
    EXPECT_TRUE(l.enter("a"));
    EXPECT_TRUE(l.enter("a"));
    EXPECT_FALSE(l.enter("a"));
    EXPECT_TRUE(l.enter("b"));
    l.leave("a");
    EXPECT_TRUE(l.enter("a"));
}

TEST(LaneLimits, TheEmptyLaneIsUnlimited) {
    lanes l{1};
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(l.enter(""));
}

TEST(LaneLimits, AStrainedEndpointGetsFewerPlacesUntilItRecovers) {
    lanes l{4};
    l.set_limit("a", 2);
    EXPECT_TRUE(l.enter("a"));
    EXPECT_TRUE(l.enter("a"));
    EXPECT_FALSE(l.enter("a"));
    l.set_limit("a", 4);
    EXPECT_EQ(l.places_left("a"), 2);
    l.set_limit("a", 0);
    l.leave("a");
    l.leave("a");
    EXPECT_EQ(l.places_left("a"), 1) << "one place always stays, or nobody would notice that it is well again";
}

TEST(ParkedLanes, OpenWhereAPlaceIsFree) {
    lanes l{1};
    l.mark_parked({"q", "a"});
    l.mark_parked({"q", "b"});
    ASSERT_TRUE(l.enter("a"));
    const auto open = l.openings(10);
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open.front().lane.lane, "b");
    EXPECT_EQ(open.front().places, 1);
    l.mark_empty({"q", "b"});
    EXPECT_TRUE(l.openings(10).empty());
    EXPECT_TRUE(l.is_parked("q", "a"));
}

TEST(ParkedLanes, AnAnswerOlderThanTheParkingDoesNotHideIt) {
    lanes l{1};
    l.mark_parked({"q", "a"}, 7);
    l.mark_empty({"q", "a"}, 7);
    EXPECT_TRUE(l.is_parked("q", "a"));
    l.mark_empty({"q", "a"}, 8);
    EXPECT_FALSE(l.is_parked("q", "a"));
}

TEST(ParkedLanes, AllGetTheirTurnHoweverFewFitIntoOneCall) {
    lanes l{1};
    for (int i = 0; i < 50; ++i) l.mark_parked({"q", "lane" + std::to_string(i)});
    std::set<std::string> asked;
    for (int call = 0; call < 10; ++call)
        for (const auto& o : l.openings(5)) asked.insert(o.lane.lane);
    EXPECT_EQ(asked.size(), 50U);
}

}  // namespace
}  // namespace dormouse::worker
