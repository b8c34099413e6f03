#include "worker/measures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;

constexpr std::array<histogram::duration, 3> bounds{1ms, 10ms, 1s};

std::vector<std::uint64_t> cumulative(const histogram& h) {
    std::vector<std::uint64_t> out;
    for (const auto& b : h.collect().histogram.bucket) out.push_back(b.cumulative_count);
    return out;
}

TEST(Histogram, ABoundBelongsToItsBucket) {
    histogram h{bounds};
    h.observe(1ms);
    h.observe(1ms + 1ns);
    h.observe(10ms);
    h.observe(1s);
    EXPECT_EQ(cumulative(h), (std::vector<std::uint64_t>{1, 3, 4, 4}));
}

TEST(Histogram, WhatIsAboveAllBoundsIsInTheLastBucketAndTheSum) {
    histogram h{bounds};
    h.observe(90min);
    h.observe(500ms);
    EXPECT_EQ(cumulative(h), (std::vector<std::uint64_t>{0, 0, 1, 2}));
    const auto shown = h.collect().histogram;
    EXPECT_DOUBLE_EQ(shown.sample_sum, 5400.5);
    EXPECT_EQ(shown.sample_count, 2U);
    EXPECT_EQ(shown.bucket.back().upper_bound, std::numeric_limits<double>::infinity());
}

TEST(Histogram, NegativeDurationsOfClocksThatDisagreeCountAsZero) {
    histogram h{bounds};
    h.observe(-5s);
    EXPECT_EQ(cumulative(h), (std::vector<std::uint64_t>{1, 1, 1, 1}));
    EXPECT_EQ(h.collect().histogram.sample_sum, 0.0);
}

TEST(Histogram, TheSumOfAHugeBacklogDoesNotOverflow) {
    histogram h{bounds};
    for (int i = 0; i < 1000; ++i) h.observe(std::chrono::hours{24 * 365 * 100});
    EXPECT_GT(h.collect().histogram.sample_sum, 3e12);
}

std::map<std::string, int> children(const by_label<int>& l) {
    std::map<std::string, int> out;
    l.each([&](std::string_view value, int child) { out.emplace(value, child); });
    return out;
}

TEST(ByLabel, ChildrenBeyondTheBoundShareOther) {
    by_label<int> l;
    for (std::size_t i = 0; i < most_label_values; ++i) l["kind-" + std::to_string(i)] += 1;
    l["one-more"] += 1;
    l["and-another"] += 1;
    l["kind-3"] += 1;
    const auto seen = children(l);
    EXPECT_EQ(seen.size(), most_label_values + 1);
    EXPECT_EQ(seen.at("other"), 2);
    EXPECT_EQ(seen.at("kind-3"), 2);
}

TEST(ByLabel, OddValuesGoToOther) {
    by_label<int> l;
    for (const auto* odd : {"", "with space", "line\nbreak", "quote\"", "\xff\xfe", "päckchen"}) l[odd] += 1;
    l[std::string(65, 'a')] += 1;
    EXPECT_THAT(children(l), testing::ElementsAre(testing::Pair("other", 7)));
}

TEST(ByLabel, OtherIsNotShownBeforeItIsNeeded) {
    by_label<int> l;
    l["webhook-delivery"] = 1;
    EXPECT_THAT(children(l), testing::ElementsAre(testing::Pair("webhook-delivery", 1)));
}

TEST(ByLabel, ReferencesStayValidWhileOthersAreAdded) {
    by_label<int> l;
    int& first = l["first"];
    for (int i = 0; i < 100; ++i) l["k" + std::to_string(i)] = i;
    first = 42;
    EXPECT_EQ(l["first"], 42);
}

}  // namespace
}  // namespace dormouse::worker
