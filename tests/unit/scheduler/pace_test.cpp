#include "scheduler/reminders/pace.hpp"

#include "tests/unit/scheduler/letters.hpp"

#include <gtest/gtest.h>

namespace dormouse::scheduler {
namespace {

time_zone zone(const char* name) { return time_zone::find(name).value(); }

constexpr sending_window office{9h, 20h};

TEST(Pace, TheWindowIsOfTheSitesClock) {
    const auto moscow = zone("Europe/Moscow");  // UTC+3
    EXPECT_FALSE(pace_of(office, moscow, 0, at(0, 5), {}).has_room());
    EXPECT_TRUE(pace_of(office, moscow, 0, at(0, 6), {}).has_room());
    EXPECT_EQ(pace_of(office, moscow, 0, at(0, 6), {}).end, at(0, 17));
    EXPECT_TRUE(pace_of(office, moscow, 0, at(0, 17) - 1ms, {}).has_room());
    EXPECT_FALSE(pace_of(office, moscow, 0, at(0, 17), {}).has_room());
}

TEST(Pace, AWholeDayIsAlwaysOpen) {
    for (int hour = 0; hour < 48; ++hour)
        EXPECT_TRUE(pace_of({}, zone("Europe/Berlin"), 0, at(-8, hour), {}).has_room()) << hour;
}

TEST(Pace, ARateSpreadsLettersAndStopsAtTheWindowsEnd) {
    auto p = pace_of(office, zone("UTC"), 60, at(0, 19) + 57min, {});
    EXPECT_EQ(p.take(), at(0, 19) + 57min);
    EXPECT_EQ(p.take(), at(0, 19) + 58min);
    EXPECT_EQ(p.take(), at(0, 19) + 59min);
    EXPECT_FALSE(p.has_room());
}

TEST(Pace, LettersThatWaitPushTheNextOnesBack) {
    EXPECT_EQ(pace_of(office, zone("UTC"), 60, at(0), at(0) + 10min).take(), at(0) + 11min);
    EXPECT_EQ(pace_of(office, zone("UTC"), 60, at(0), at(-1)).take(), at(0));
    EXPECT_FALSE(pace_of(office, zone("UTC"), 60, at(0), at(0, 20)).has_room());
}

TEST(Pace, TheNextOpeningIsNowTodayOrTomorrow) {
    EXPECT_EQ(next_opening(office, zone("UTC"), at(0, 12)), at(0, 12));
    EXPECT_EQ(next_opening(office, zone("UTC"), at(0, 3)), at(0, 9));
    EXPECT_EQ(next_opening(office, zone("UTC"), at(0, 20)), at(1, 9));
    EXPECT_EQ(next_opening(office, zone("Europe/Moscow"), at(0, 18)), at(1, 6));
    EXPECT_EQ(next_opening(office, zone("UTC+05:30"), at(0, 0)), at(0, 3) + 30min);
}

TEST(Pace, OpeningsBeginWithTheOneUnderWayAndFollowTheSitesClock) {
    EXPECT_EQ(openings_from(office, zone("UTC"), at(0, 12), 2),
              (std::vector<site::opening>{{at(0, 12), at(0, 20)}, {at(1, 9), at(1, 20)}}));
    EXPECT_EQ(openings_from(office, zone("Europe/Moscow"), at(0, 20), 1),
              (std::vector<site::opening>{{at(1, 6), at(1, 17)}}));
    EXPECT_TRUE(openings_from({}, zone("UTC"), at(0, 12), 4).empty()) << "always open";
    const base::time_ms saturday{std::chrono::sys_days{std::chrono::year{2027} / 3 / 27}};  // summer time is tomorrow
    EXPECT_EQ(openings_from(office, zone("Europe/Berlin"), saturday, 2),
              (std::vector<site::opening>{{saturday + 8h, saturday + 19h}, {saturday + 31h, saturday + 42h}}));
}

TEST(Pace, AWindowThatTheClockJumpsOverOpensAtTheJump) {
    const auto berlin = zone("Europe/Berlin");
    const base::time_ms jump{std::chrono::sys_days{std::chrono::year{2027} / 3 / 28} + 1h};  // 02:00 becomes 03:00
    EXPECT_EQ(next_opening({2h, 4h}, berlin, jump - 3h), jump);
    const base::time_ms back{std::chrono::sys_days{std::chrono::year{2027} / 10 / 31} + 1h};  // 03:00 becomes 02:00
    EXPECT_TRUE(pace_of({2h, 3h}, berlin, 0, back - 30min, {}).has_room());
    EXPECT_TRUE(pace_of({2h, 3h}, berlin, 0, back + 30min, {}).has_room());
    EXPECT_FALSE(pace_of({2h, 3h}, berlin, 0, back + 60min, {}).has_room());
}

}  // namespace
}  // namespace dormouse::scheduler
