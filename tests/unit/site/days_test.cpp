#include "site/days.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {

using namespace std::chrono_literals;

TEST(Days, ADateAndTheDateOfADatetimeAreRead) {
    EXPECT_EQ(parse_day("2026-11-21"), day{2026y / 11 / 21});
    EXPECT_EQ(parse_day("2026-11-21 23:59:59"), day{2026y / 11 / 21});
    EXPECT_EQ(parse_day("2026-11-21T00:00:00"), day{2026y / 11 / 21});
    EXPECT_EQ(parse_day("2024-02-29"), day{2024y / 2 / 29});
    EXPECT_EQ(parse_day("1970-01-02"), day{1970y / 1 / 2});
    EXPECT_EQ(parse_day("9999-12-31"), day{9999y / 12 / 31});
}

TEST(Days, WhatIsNoRealDateIsNothing) {
    for (const auto* text :
         {"", "0000-00-00", "0000-00-00 00:00:00", "2026-00-10", "2026-10-00", "2026-02-30", "1970-01-01", "1969-12-31",
          "2026-11-2", "2026/11/21", "21-11-2026", "2026-11-21x", "+026-11-21", "30-11--0001", "NULL"})
        EXPECT_FALSE(parse_day(text)) << text;
}

TEST(Days, AreWrittenAsTheyAreRead) {
    for (const auto* text : {"2026-11-21", "1999-01-02", "2036-12-31"})
        EXPECT_EQ(to_text(parse_day(text).value()), text);
}

}  // namespace
}  // namespace dormouse::site
