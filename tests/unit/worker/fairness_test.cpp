// Who gets the next slot: slow lanes get little of them, and lanes that wait are served by what they have received.
#include "worker/lanes.hpp"

#include <gtest/gtest.h>

#include <map>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;

void park(lanes& l, const std::string& lane) { l.mark_parked({"q", lane}); }

void attempt(lanes& l, const std::string& lane, pace::duration took) {
    ASSERT_TRUE(l.enter(lane)) << lane;
    l.leave(lane, took);
}

void make_slow(lanes& l, const std::string& lane) {
    attempt(l, lane, 20s);
    attempt(l, lane, 20s);
}

std::vector<std::string> names(const std::vector<lanes::opening>& openings) {
    std::vector<std::string> out;
    for (const auto& o : openings) out.push_back(o.lane.lane);
    return out;
}

TEST(Pace, OneSlowAttemptInTwentyIsNotASlowLane) {
    pace p;
    const pace_rules rules;
    p.start();
    p.end(20s, rules);
    for (int i = 0; i < 19; ++i) {
        p.start();
        p.end(10ms, rules);
    }
    EXPECT_FALSE(p.is_slow());
    p.start();
    p.end(20s, rules);
    EXPECT_FALSE(p.is_slow()) << "the first is forgotten by now";
    p.start();
    p.end(5001ms, rules);
    EXPECT_TRUE(p.is_slow());
    for (int i = 0; i < 19; ++i) {
        p.start();
        p.end(5s, rules);
    }
    EXPECT_FALSE(p.is_slow()) << "5 s are not above 5 s";
}

TEST(Pace, ALanePaysForWhatItHolds) {
    pace p;
    const pace_rules rules;
    p.start();
    p.end(20s, rules);
    EXPECT_DOUBLE_EQ(p.received(), 20);
    p.start();
    p.start();
    EXPECT_DOUBLE_EQ(p.received(), 60) << "charged before it has ended";
    p.end(1s, rules);
    p.end(2s, rules);
    EXPECT_DOUBLE_EQ(p.received(), 23);
}

TEST(SlowLanes, GetOneSlot) {
    lanes l{4, 64};
    make_slow(l, "slow");
    EXPECT_EQ(l.slow_lanes(), 1U);
    EXPECT_EQ(l.places_left("slow"), 1);
    EXPECT_TRUE(l.enter("slow"));
    EXPECT_FALSE(l.enter("slow"));
    EXPECT_EQ(l.places_left("quick"), 4);
}

TEST(SlowLanes, HoldAQuarterOfTheSlotsTogether) {
    lanes l{4, 16};
    std::vector<std::string> slow;
    for (int i = 0; i < 10; ++i) {
        slow.push_back("slow" + std::to_string(i));
        make_slow(l, slow.back());
        park(l, slow.back());
    }
    EXPECT_EQ(l.openings(64).size(), 4U);
    int entered = 0;
    for (const auto& lane : slow) entered += l.enter(lane) ? 1 : 0;
    EXPECT_EQ(entered, 4);
    EXPECT_TRUE(l.openings(64).empty());
    EXPECT_FALSE(l.has_opening());
    park(l, "quick");
    EXPECT_EQ(names(l.openings(64)), std::vector<std::string>{"quick"});
    l.mark_empty({"q", "quick"});
    l.leave("slow0", 20s);
    EXPECT_TRUE(l.has_opening());
    EXPECT_EQ(l.openings(64).size(), 1U) << "any of those that wait";
}

TEST(SlowLanes, WhatRunsWhenALaneTurnsOutSlowCounts) {
    lanes l{4, 16};
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(l.enter("a"));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(l.enter("b"));
    for (const auto* lane : {"a", "b"}) {
        l.leave(lane, 20s);
        l.leave(lane, 20s);
    }
    EXPECT_EQ(l.slow_lanes(), 2U);
    make_slow(l, "c");
    EXPECT_FALSE(l.enter("c")) << "the four of a and b are the whole share";
    l.leave("a", 20s);
    EXPECT_TRUE(l.enter("c"));
}

TEST(SlowLanes, AreOrdinaryAgainWhenTheyAnswerQuickly) {
    lanes l{4, 64};
    make_slow(l, "a");
    for (int i = 0; i < 19; ++i) attempt(l, "a", 10ms);
    EXPECT_EQ(l.slow_lanes(), 0U);
    EXPECT_EQ(l.places_left("a"), 4);
}

TEST(SlowLanes, OneAtLeastMayRunHoweverFewSlotsThereAre) {
    lanes l{4, 2};
    make_slow(l, "a");
    EXPECT_TRUE(l.enter("a"));
}

TEST(LaneOrder, ThoseThatReceivedLeastAreAskedFirst) {
    lanes l{1, 64};
    attempt(l, "a", 3s);
    attempt(l, "b", 1s);
    attempt(l, "c", 2s);
    for (const auto* lane : {"a", "b", "c"}) park(l, lane);
    EXPECT_EQ(names(l.openings(64)), (std::vector<std::string>{"b", "c", "a"}));
}

TEST(LaneOrder, SlotsTimeIsSharedEvenlyBetweenQuickAndLongAttempts) {
    lanes l{1, 64};
    const std::map<std::string, pace::duration> takes{{"quick", 10ms}, {"long", 1s}};
    for (const auto& [lane, took] : takes) park(l, lane);
    std::map<std::string, int> served;
    std::map<std::string, pace::duration> received;
    for (int i = 0; i < 1'000; ++i) {
        const auto lane = l.openings(1).front().lane.lane;
        attempt(l, lane, takes.at(lane));
        ++served[lane];
        received[lane] += takes.at(lane);
    }
    EXPECT_GT(served["quick"], 90 * served["long"]);
    EXPECT_LE(std::chrono::abs(received["quick"] - received["long"]), 1s);
}

TEST(LaneOrder, NobodySavesUpTimeWhileIdle) {
    lanes l{1, 64};
    park(l, "busy");
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(names(l.openings(1)), std::vector<std::string>{"busy"});
        attempt(l, "busy", 1s);
    }
    park(l, "newcomer");
    std::map<std::string, int> served;
    for (int i = 0; i < 20; ++i) {
        const auto lane = l.openings(1).front().lane.lane;
        attempt(l, lane, 1s);
        ++served[lane];
    }
    EXPECT_NEAR(served["newcomer"], served["busy"], 2);
}

TEST(CappedLanes, AreNotAskedUntilTheCapIsLifted) {
    lanes l{4, 64};
    park(l, "a");
    l.cap("a", 0);
    EXPECT_FALSE(l.enter("a"));
    EXPECT_FALSE(l.has_opening());
    EXPECT_TRUE(l.openings(64).empty());
    l.cap("a", 1);
    ASSERT_EQ(l.openings(64).size(), 1U);
    EXPECT_EQ(l.openings(64).front().places, 1);
    EXPECT_TRUE(l.enter("a"));
    EXPECT_FALSE(l.enter("a")) << "the cap is used up";
    l.leave("a");
    EXPECT_FALSE(l.enter("a")) << "an end gives nothing back of it";
    l.cap("a", lanes::unlimited);
    EXPECT_EQ(l.openings(64).front().places, 4);
}

TEST(WaitingRooms, AreBoundedByTheSlotsAlone) {
    lanes l{4, 64};
    const auto room = waiting_room_of("wallet");
    EXPECT_EQ(target_of_waiting_room(room), "wallet");
    EXPECT_EQ(target_of_waiting_room("hook:7"), "");
    park(l, room);
    EXPECT_EQ(l.openings(64).front().places, 64);
    l.cap(room, 0);
    EXPECT_TRUE(l.openings(64).empty());
}

TEST(LaneMemory, IsBoundedForLanesWithNothingToDo) {
    lanes l{4, 64};
    park(l, "parked");
    make_slow(l, "slow");
    l.cap("capped", 0);
    for (std::size_t i = 0; i < 3 * lanes::most_idle; ++i) attempt(l, "lane" + std::to_string(i), 1ms);
    EXPECT_TRUE(l.is_parked("q", "parked"));
    EXPECT_EQ(l.slow_lanes(), 1U);
    EXPECT_EQ(l.places_left("slow"), 1);
    EXPECT_EQ(l.places_left("capped"), 0);
}

}  // namespace
}  // namespace dormouse::worker
