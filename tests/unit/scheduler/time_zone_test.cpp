#include "scheduler/time_zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using ::testing::HasSubstr;

const sys_seconds summer = sys_days{2026y / 7 / 1};
const sys_seconds winter = sys_days{2026y / 1 / 1};

std::chrono::seconds offset(std::string_view zone, sys_seconds t) { return time_zone::find(zone).value().at(t).offset; }

TEST(TimeZone, KnowsSummerAndWinter) {
    EXPECT_EQ(offset("Europe/Berlin", summer), 2h);
    EXPECT_EQ(offset("Europe/Berlin", winter), 1h);
    EXPECT_EQ(offset("Europe/Dublin", summer), 1h);
    EXPECT_EQ(offset("Australia/Lord_Howe", winter), 11h);
    EXPECT_EQ(offset("Australia/Lord_Howe", summer), 10h + 30min);
    EXPECT_EQ(offset("Pacific/Chatham", winter), 13h + 45min);
    EXPECT_EQ(offset("Asia/Kathmandu", summer), 5h + 45min);
    EXPECT_EQ(offset("UTC", summer), 0h);
}

// Tables that leave later years to a rule (`zic -b slim`) would be read as if there were no summer time any more.
TEST(TimeZone, TheSystemsTableReachesFarEnough) {
    EXPECT_EQ(offset("Europe/Berlin", sys_days{2037y / 7 / 1}), 2h);
    EXPECT_EQ(offset("America/New_York", sys_days{2037y / 7 / 1}), -4h);
}

TEST(TimeZone, AStretchEndsWhereTheClockChanges) {
    const auto berlin = time_zone::find("Europe/Berlin").value();
    const auto in_summer = berlin.at(summer);
    EXPECT_EQ(in_summer.begin, sys_days{2026y / 3 / 29} + 1h);
    EXPECT_EQ(in_summer.end, sys_days{2026y / 10 / 25} + 1h);
    EXPECT_EQ(in_summer.local_begin(), std::chrono::local_days{2026y / 3 / 29} + 3h);
    EXPECT_EQ(in_summer.local_end(), std::chrono::local_days{2026y / 10 / 25} + 3h);
    EXPECT_EQ(in_summer.local(summer), std::chrono::local_days{2026y / 7 / 1} + 2h);
    EXPECT_EQ(in_summer.instant(in_summer.local(summer)), summer);
    EXPECT_EQ(berlin.at(in_summer.end).begin, in_summer.end);
    EXPECT_EQ(berlin.at(in_summer.begin - 1s).end, in_summer.begin);
}

TEST(TimeZone, OffsetsInTheFormsOfWordPress) {
    struct row {
        const char* text;
        std::chrono::minutes offset;
        const char* name;
    };
    for (const auto& [text, expected, name] :
         {row{"+05:30", 330min, "UTC+05:30"}, row{"-03:30", -210min, "UTC-03:30"}, row{"-3.5", -210min, "UTC-03:30"},
          row{"5.75", 345min, "UTC+05:45"}, row{"+3", 180min, "UTC+03:00"}, row{"3", 180min, "UTC+03:00"},
          row{"0", 0min, "UTC"}, row{"+00:00", 0min, "UTC"}, row{"-0.5", -30min, "UTC-00:30"},
          row{"14", 840min, "UTC+14:00"}, row{"-12", -720min, "UTC-12:00"}, row{"UTC+3", 180min, "UTC+03:00"},
          row{"UTC-03:30", -210min, "UTC-03:30"}}) {
        const auto zone = time_zone::find(text);
        ASSERT_TRUE(zone) << text;
        EXPECT_EQ(zone->at(summer).offset, expected) << text;
        EXPECT_EQ(zone->at(winter).offset, expected) << text;
        EXPECT_EQ(zone->name(), name) << text;
        EXPECT_EQ(time_zone::find(zone->name()).value().at(summer).offset, expected) << text;
    }
}

TEST(TimeZone, UnknownOnesAreRefusedWithWhatIsAllowed) {
    for (const auto* name : {"",
                             "Europe/Belrin",
                             "Europe",
                             "../UTC",
                             "/etc/localtime",
                             "right/UTC",
                             "posix/UTC",
                             "zone.tab",
                             "localtime",
                             "+",
                             "-",
                             "UTC+",
                             "+5:3",
                             "+05:60",
                             "+15",
                             "-12:30",
                             "1.234",
                             "5.33",
                             "+05:30:00",
                             "--3",
                             "+-3",
                             "3.",
                             "3:",
                             "CEST"}) {
        const auto zone = time_zone::find(name);
        ASSERT_FALSE(zone) << name;
        EXPECT_EQ(zone.error(), base::errc::invalid_argument) << name;
        EXPECT_THAT(zone.error().detail, HasSubstr("unknown time zone \"" + std::string{name} +
                                                   "\": allowed are IANA names "
                                                   "such as Europe/Berlin and offsets such as +05:30 or -3.5"));
    }
    EXPECT_THAT(time_zone::find(std::string(5'000, 'x')).error().detail, ::testing::SizeIs(::testing::Lt(200)));
}

TEST(TimeZone, WrongCaseIsToldTheRightOne) {
    EXPECT_EQ(time_zone::find("europe/berlin").error().detail,
              "unknown time zone \"europe/berlin\": it is written Europe/Berlin");
}

TEST(TimeZone, TheSitesNameGoesBeforeItsOffset) {
    EXPECT_EQ(time_zone::of_site("Europe/Moscow", "5").value().name(), "Europe/Moscow");
    EXPECT_EQ(time_zone::of_site("", "5.5").value().name(), "UTC+05:30");
    EXPECT_EQ(time_zone::of_site("", "").value().name(), "UTC");
    EXPECT_FALSE(time_zone::of_site("Mars/Olympus", "5"));
}

}  // namespace
}  // namespace dormouse::scheduler
