#include "worker/source_order.hpp"

#include <gtest/gtest.h>

#include <map>

namespace dormouse::worker {
namespace {

TEST(SourceOrder, EachQueueIsFirstAsOftenAsItsWeightSays) {
    source_order order{{{"webhook", 4}, {"default", 2}, {"mail", 1}}};
    std::map<std::string, int> first;
    for (int i = 0; i < 700; ++i) ++first[order.next().front()];
    EXPECT_EQ(first["webhook"], 400);
    EXPECT_EQ(first["default"], 200);
    EXPECT_EQ(first["mail"], 100);
}

TEST(SourceOrder, NobodyIsLeftOutOfACall) {
    source_order order{{{"a", 100}, {"b", 1}}};
    for (int i = 0; i < 50; ++i) EXPECT_EQ(order.next().size(), 2U);
}

TEST(SourceOrder, SpreadsTheHeavyOneEvenly) {
    source_order order{{{"a", 2}, {"b", 1}}};
    std::string seen;
    for (int i = 0; i < 6; ++i) seen += order.next().front();
    EXPECT_EQ(seen, "abaaba");
}

}  // namespace
}  // namespace dormouse::worker
