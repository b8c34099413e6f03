#include "scheduler/cron.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::local_seconds;
using ::testing::HasSubstr;

constexpr local_days new_year{2026y / 1 / 1};  // a Thursday

/// The first `count` minutes from the start of 2026, as month-day hour:minute.
std::vector<std::string> first_of_2026(const char* text, int count) {
    const auto expression = cron_expression::parse(text).value();
    std::vector<std::string> out;
    local_seconds t = new_year;
    for (int i = 0; i < count; ++i, t += 1s) {
        t = expression.first_from(t);
        const auto day = std::chrono::floor<std::chrono::days>(t);
        const std::chrono::year_month_day date{day};
        const std::chrono::hh_mm_ss time{t - day};
        std::array<char, 32> printed{};
        std::snprintf(printed.data(), printed.size(), "%02u-%02u %02d:%02d", static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                      static_cast<int>(time.minutes().count()));
        out.emplace_back(printed.data());
    }
    return out;
}

using times = std::vector<std::string>;

TEST(Cron, NumbersListsRangesAndSteps) {
    EXPECT_EQ(first_of_2026("30 4 1 2 *", 1), (times{"02-01 04:30"}));
    EXPECT_EQ(first_of_2026("0,59 8 * * *", 3), (times{"01-01 08:00", "01-01 08:59", "01-02 08:00"}));
    EXPECT_EQ(first_of_2026("0 22-23 * * *", 3), (times{"01-01 22:00", "01-01 23:00", "01-02 22:00"}));
    EXPECT_EQ(first_of_2026("*/25 0 * * *", 4), (times{"01-01 00:00", "01-01 00:25", "01-01 00:50", "01-02 00:00"}));
    EXPECT_EQ(first_of_2026("0 9-17/4 * * *", 4), (times{"01-01 09:00", "01-01 13:00", "01-01 17:00", "01-02 09:00"}));
    EXPECT_EQ(first_of_2026("10-12,40 0 5 1,3 *", 5),
              (times{"01-05 00:10", "01-05 00:11", "01-05 00:12", "01-05 00:40", "03-05 00:10"}));
    EXPECT_EQ(first_of_2026(" 5\t0  01 *  * ", 2), (times{"01-01 00:05", "02-01 00:05"}));
}

TEST(Cron, NamesInAnyCase) {
    EXPECT_EQ(first_of_2026("0 0 1 FEB,Apr-jun *", 5),
              (times{"02-01 00:00", "04-01 00:00", "05-01 00:00", "06-01 00:00", "02-01 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 * * sAt", 2), (times{"01-03 00:00", "01-10 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 * * Mon-WED/2", 3), (times{"01-05 00:00", "01-07 00:00", "01-12 00:00"}));
}

TEST(Cron, SundayIsZeroAndSevenAndEndsAWeek) {
    const times sundays{"01-04 03:00", "01-11 03:00"};
    for (const auto* text : {"0 3 * * 0", "0 3 * * 7", "0 3 * * sun", "0 3 * * 0,7"})
        EXPECT_EQ(first_of_2026(text, 2), sundays) << text;
    const times weekends{"01-03 03:00", "01-04 03:00", "01-10 03:00"};
    for (const auto* text : {"0 3 * * 6-7", "0 3 * * sat-sun", "0 3 * * sat,sun", "0 3 * * 6,0"})
        EXPECT_EQ(first_of_2026(text, 3), weekends) << text;
    EXPECT_EQ(first_of_2026("0 3 * * sun-mon", 3), (times{"01-04 03:00", "01-05 03:00", "01-11 03:00"}));
}

TEST(Cron, NicknamesInAnyCase) {
    EXPECT_EQ(first_of_2026("@hourly", 2), (times{"01-01 00:00", "01-01 01:00"}));
    EXPECT_EQ(first_of_2026("@Daily", 2), (times{"01-01 00:00", "01-02 00:00"}));
    EXPECT_EQ(first_of_2026("@midnight", 2), (times{"01-01 00:00", "01-02 00:00"}));
    EXPECT_EQ(first_of_2026("@weekly", 2), (times{"01-04 00:00", "01-11 00:00"}));
    EXPECT_EQ(first_of_2026("@MONTHLY", 2), (times{"01-01 00:00", "02-01 00:00"}));
    for (const auto* text : {"@yearly", "@annually"})
        EXPECT_EQ(cron_expression::parse(text).value().first_from(new_year + 1s), local_days{2027y / 1 / 1}) << text;
}

TEST(Cron, DateAndWeekdayBothRestrictedMeanEither) {
    EXPECT_EQ(first_of_2026("0 0 13 * fri", 4), (times{"01-02 00:00", "01-09 00:00", "01-13 00:00", "01-16 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 31 2 mon", 2), (times{"02-02 00:00", "02-09 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 1-31 * mon", 2), (times{"01-01 00:00", "01-02 00:00"}));
}

TEST(Cron, AStarInOneOfThemMeansBoth) {
    EXPECT_EQ(first_of_2026("0 0 * * mon", 2), (times{"01-05 00:00", "01-12 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 */2 * mon", 3), (times{"01-05 00:00", "01-19 00:00", "02-09 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 13 * */5", 2), (times{"02-13 00:00", "03-13 00:00"}));
}

TEST(Cron, LIsTheLastDayOfItsMonth) {
    EXPECT_EQ(first_of_2026("0 0 L * *", 3), (times{"01-31 00:00", "02-28 00:00", "03-31 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 15,l 2 *", 2), (times{"02-15 00:00", "02-28 00:00"}));
    EXPECT_EQ(first_of_2026("0 0 L 2 sat", 3), (times{"02-07 00:00", "02-14 00:00", "02-21 00:00"}));
    EXPECT_EQ(cron_expression::parse("0 0 L 2 *").value().first_from(local_days{2028y / 1 / 1}),
              local_days{2028y / 2 / 29});
}

TEST(Cron, LeapDaysSkipTheCenturiesThatHaveNone) {
    const auto leap_day = cron_expression::parse("0 0 29 2 *").value();
    EXPECT_EQ(leap_day.first_from(new_year), local_days{2028y / 2 / 29});
    EXPECT_EQ(leap_day.first_from(local_days{2096y / 3 / 1}), local_days{2104y / 2 / 29});
    EXPECT_EQ(leap_day.last_until(local_days{2104y / 2 / 28}), local_days{2096y / 2 / 29});
    // The longest wait that the calendar knows: 40 years from one leap day on a Sunday to the next.
    const auto on_sunday = cron_expression::parse("0 0 29 2 */7").value();
    EXPECT_EQ(on_sunday.first_from(local_days{2032y / 3 / 1}), local_days{2060y / 2 / 29});
    EXPECT_EQ(on_sunday.first_from(local_days{2088y / 3 / 1}), local_days{2128y / 2 / 29});
    EXPECT_EQ(on_sunday.last_until(local_days{2128y / 2 / 28}), local_days{2088y / 2 / 29});
}

TEST(Cron, EveryHourHoweverWritten) {
    for (const auto* text :
         {"* * * * *", "*/15 * 1 * *", "0 */1 * * *", "0 0-23 * * *", "0 0-11,12-23 * * *", "@hourly"})
        EXPECT_TRUE(cron_expression::parse(text).value().every_hour()) << text;
    for (const auto* text : {"* */2 * * *", "0 0 * * *", "0 1-23 * * *", "@daily"})
        EXPECT_FALSE(cron_expression::parse(text).value().every_hour()) << text;
}

struct bad {
    const char* text;
    const char* said;
};

TEST(Cron, WhatIsWrongIsNamedWithItsFieldAndWhatIsAllowed) {
    const std::vector<bad> table{
        {"60 * * * *", R"(minute: "60" is not allowed; 0 to 59)"},
        {"0 24 * * *", R"(hour: "24" is not allowed; 0 to 23)"},
        {"0 0 0 * *", R"(day of month: "0" is not allowed; 1 to 31 and L)"},
        {"0 0 * 13 *", R"(month: "13" is not allowed; 1 to 12 and jan to dec)"},
        {"0 0 * * 8", R"(weekday: "8" is not allowed; 0 to 7 (0 and 7 are Sunday) and sun to sat)"},
        {"0 0 * mon *", R"(month: "mon" is not allowed)"},
        {"0 0 * * L", R"(weekday: "l" is not allowed)"},
        {"-1 * * * *", R"(minute: "-1" is not allowed)"},
        {"+1 * * * *", R"(minute: "+1" is not allowed)"},
        {"1.5 * * * *", R"(minute: "1.5" is not allowed)"},
        {"00000 * * * *", R"(minute: "00000" is not allowed)"},
        {"1,,2 * * * *", R"(minute: "" is not allowed)"},
        {"1, * * * *", R"(minute: "" is not allowed)"},
        {"5- * * * *", R"(minute: "5-" is not allowed)"},
        {"1-2-3 * * * *", R"(minute: "1-2-3" is not allowed)"},
        {"** * * * *", R"(minute: "**" is not allowed)"},
        {"? * * * *", R"(minute: "?" is not allowed)"},
        {"0 22-2 * * *", R"(hour: "22-2" runs backwards; write it as two ranges (0 to 23))"},
        {"0 0 * * sat-mon", R"(weekday: "sat-mon" runs backwards)"},
        {"5/15 * * * *", R"(minute: "5/15" has a step but no range; write 5-59/N)"},
        {"*/0 * * * *", R"(minute: "*/0" has a step that is not allowed; 1 to 59 are)"},
        {"*/90 * * * *", R"(minute: "*/90" has a step that is not allowed; 1 to 59 are)"},
        {"*/ * * * *", R"(minute: "*/" has a step that is not allowed)"},
        {"0 0 31 2 *", R"(day of month: "31" never comes in month "2"; allowed are days it has)"},
        {"0 0 30-31 feb *", R"(day of month: "30-31" never comes in month "feb")"},
        {"0 0 31 4,6,9,11 *", R"(day of month: "31" never comes in month "4,6,9,11")"},
        {"0 0 31 2 */2", R"(day of month: "31" never comes in month "2")"},
        {"", "0 fields; five are wanted: minute hour day-of-month month weekday"},
        {"  ", "0 fields; five are wanted"},
        {"* * * *", "4 fields; five are wanted"},
        {"0 0 3 * * *", "6 fields; five are wanted"},
        {"@reboot", "unknown name; allowed are @hourly @daily @midnight @weekly @monthly @yearly @annually"},
        {"@daily ", "unknown name"}};
    for (const auto& [text, said] : table) {
        const auto refused = cron_expression::parse(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error(), base::errc::invalid_argument);
        EXPECT_THAT(refused.error().detail, HasSubstr(said)) << text;
        EXPECT_THAT(refused.error().detail, HasSubstr("cron expression \"" + std::string{text} + "\": "));
    }
}

TEST(Cron, OverlongTextIsRefusedWithoutBeingRepeated) {
    const auto refused = cron_expression::parse(std::string(10'000, '*'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "cron expression of 10000 characters; at most 256 are allowed");
}

}  // namespace
}  // namespace dormouse::scheduler
