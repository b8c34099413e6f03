#include "scheduler/ticks.hpp"

#include "base/utc.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using base::parse_utc;
using base::time_ms;

using times = std::vector<std::string>;

/// What the wall clock shows at the first `count` ticks after `from` (UTC), with the offset in minutes behind it.
times ticks(const char* text, const char* zone_name, const char* from, int count) {
    const auto expression = cron_expression::parse(text).value();
    const auto zone = time_zone::find(zone_name).value();
    times out;
    auto t = parse_utc(from).value();
    for (int i = 0; i < count; ++i) {
        t = next_after(expression, zone, t);
        const auto at = zone.at(std::chrono::floor<std::chrono::seconds>(t));
        const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(at.offset).count();
        out.push_back(base::to_iso8601(t + at.offset).substr(5, 11) + (minutes < 0 ? "" : "+") +
                      std::to_string(minutes));
    }
    return out;
}

TEST(Ticks, AreNamedTimesOfTheZonesClock) {
    EXPECT_EQ(ticks("30 2 * * *", "UTC", "2026-06-01 02:29:59", 2), (times{"06-01T02:30+0", "06-02T02:30+0"}));
    EXPECT_EQ(ticks("30 2 * * *", "Asia/Kathmandu", "2026-06-01 00:00:00", 1), (times{"06-02T02:30+345"}));
    EXPECT_EQ(ticks("30 2 * * *", "-3.5", "2026-06-01 00:00:00", 1), (times{"06-01T02:30-210"}));
    EXPECT_EQ(ticks("*/20 * * * *", "+05:30", "2026-06-01 00:00:00", 2), (times{"06-01T05:40+330", "06-01T06:00+330"}));
}

TEST(Ticks, NextIsAfterAndPreviousAtOrBefore) {
    const auto zone = time_zone::find("Europe/Berlin").value();
    const time_ms tick = parse_utc("2026-06-01 00:30:00").value();
    for (const auto* text : {"30 2 * * *", "30 * * * *"}) {
        const auto expression = cron_expression::parse(text).value();
        EXPECT_EQ(next_after(expression, zone, tick - 1ms), tick);
        EXPECT_GT(next_after(expression, zone, tick), tick);
        EXPECT_GT(next_after(expression, zone, tick + 999ms), tick + 999ms);
        EXPECT_EQ(previous_at_or_before(expression, zone, tick), tick);
        EXPECT_EQ(previous_at_or_before(expression, zone, tick + 1ms), tick);
        EXPECT_LT(previous_at_or_before(expression, zone, tick - 1ms), tick - 1ms);
    }
}

// Berlin, 29 March 2026: 01:59 +60 is followed by 03:00 +120.
TEST(Ticks, AnHourThatDoesNotExistRunsOnceAtTheNextThatDoes) {
    EXPECT_EQ(ticks("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 2),
              (times{"03-29T03:00+120", "03-30T02:30+120"}));
    EXPECT_EQ(ticks("*/15 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 2),
              (times{"03-29T03:00+120", "03-30T02:00+120"}));
    EXPECT_EQ(ticks("0 2,3 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 2),
              (times{"03-29T03:00+120", "03-30T02:00+120"}));
    EXPECT_EQ(ticks("30 */2 * * *", "Europe/Berlin", "2026-03-28 22:00:00", 3),
              (times{"03-29T00:30+60", "03-29T03:00+120", "03-29T04:30+120"}));
    EXPECT_EQ(ticks("30 2 29 3 *", "Europe/Berlin", "2026-01-01 00:00:00", 2),
              (times{"03-29T03:00+120", "03-29T02:30+120"}));
}

// Berlin, 25 October 2026: 02:59 +120 is followed by 02:00 +60.
TEST(Ticks, AnHourThatComesTwiceRunsOnceTheFirstTime) {
    EXPECT_EQ(ticks("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 2),
              (times{"10-25T02:30+120", "10-26T02:30+60"}));
    EXPECT_EQ(ticks("*/30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 3),
              (times{"10-25T02:00+120", "10-25T02:30+120", "10-26T02:00+60"}));
    EXPECT_EQ(ticks("0 2,3 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 3),
              (times{"10-25T02:00+120", "10-25T03:00+60", "10-26T02:00+60"}));
    // Asked in the second pass, it is the next night.
    EXPECT_EQ(ticks("30 2 * * *", "Europe/Berlin", "2026-10-25 01:10:00", 1), (times{"10-26T02:30+60"}));
}

TEST(Ticks, EveryHourFollowsRealTimeThroughAChange) {
    EXPECT_EQ(ticks("*/30 * * * *", "Europe/Berlin", "2026-03-29 00:29:00", 4),
              (times{"03-29T01:30+60", "03-29T03:00+120", "03-29T03:30+120", "03-29T04:00+120"}));
    EXPECT_EQ(ticks("*/30 * * * *", "Europe/Berlin", "2026-10-25 00:00:00", 5),
              (times{"10-25T02:30+120", "10-25T02:00+60", "10-25T02:30+60", "10-25T03:00+60", "10-25T03:30+60"}));
    EXPECT_EQ(ticks("30 * 29 3 *", "Europe/Berlin", "2026-03-29 00:00:00", 2),
              (times{"03-29T01:30+60", "03-29T03:30+120"}));
}

// The second pass of an hour belongs to a day that had ended: Sao Paulo, 17 February 2018, 23:59 -120 to 23:00 -180.
TEST(Ticks, EveryHourOfADayIncludesTheOneThatComesBack) {
    EXPECT_EQ(ticks("30 * 17 2 *", "America/Sao_Paulo", "2018-02-18 01:00:00", 3),
              (times{"02-17T23:30-120", "02-17T23:30-180", "02-17T00:30-180"}));
}

TEST(Ticks, MidnightThatDoesNotExistIsTheDaysFirstMoment) {
    // 4 November 2018: 23:59 -180 is followed by 01:00 -120.
    EXPECT_EQ(ticks("@daily", "America/Sao_Paulo", "2018-11-03 12:00:00", 2),
              (times{"11-04T01:00-120", "11-05T00:00-120"}));
    EXPECT_EQ(ticks("@hourly", "America/Sao_Paulo", "2018-11-04 01:30:00", 2),
              (times{"11-03T23:00-180", "11-04T01:00-120"}));
}

TEST(Ticks, ADayThatDoesNotExistRunsWhenTheNextBegins) {
    // Apia went from 29 December 2011 straight to the 31st.
    EXPECT_EQ(ticks("0 3 * * *", "Pacific/Apia", "2011-12-29 00:00:00", 4),
              (times{"12-29T03:00-600", "12-31T00:00+840", "12-31T03:00+840", "01-01T03:00+840"}));
    EXPECT_EQ(ticks("0 3 30 12 *", "Pacific/Apia", "2011-12-01 00:00:00", 2),
              (times{"12-31T00:00+840", "12-30T03:00+840"}));
    EXPECT_EQ(ticks("@hourly", "Pacific/Apia", "2011-12-30 08:30:00", 3),
              (times{"12-29T23:00-600", "12-31T00:00+840", "12-31T01:00+840"}));
}

TEST(Ticks, HalfAnHourOfSummer) {
    // Lord Howe, 4 October 2026: 01:59 +630 is followed by 02:30 +660; 5 April: 01:59 +660 by 01:30 +630.
    EXPECT_EQ(ticks("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00:00", 2),
              (times{"10-04T02:30+660", "10-05T02:15+660"}));
    EXPECT_EQ(ticks("45 1 * * *", "Australia/Lord_Howe", "2026-04-04 00:00:00", 2),
              (times{"04-05T01:45+660", "04-06T01:45+630"}));
}

TEST(Ticks, LastTickIsFoundThroughAChange) {
    const auto zone = time_zone::find("Europe/Berlin").value();
    const auto nightly = cron_expression::parse("30 2 * * *").value();
    const auto previous = [&](const char* t) {
        return base::to_iso8601(previous_at_or_before(nightly, zone, parse_utc(t).value()));
    };
    EXPECT_EQ(previous("2026-03-29 00:59:59"), "2026-03-28T01:30:00.000Z");
    EXPECT_EQ(previous("2026-03-29 01:00:00"), "2026-03-29T01:00:00.000Z");
    EXPECT_EQ(previous("2026-10-25 01:45:00"), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(previous("2026-10-26 01:29:59"), "2026-10-25T00:30:00.000Z");
}

TEST(Ticks, InstantsThatNoClockEverShowsAreABrokenInvariant) {
    const auto zone = time_zone::find("UTC").value();
    const auto daily = cron_expression::parse("@daily").value();
    for (const auto t : {base::from_epoch_ms(-1), time_ms::max(), time_ms::min()}) {
        EXPECT_THROW((void)next_after(daily, zone, t), std::out_of_range);
        EXPECT_THROW((void)previous_at_or_before(daily, zone, t), std::out_of_range);
    }
    EXPECT_EQ(previous_at_or_before(daily, zone, base::from_epoch_ms(0)), base::from_epoch_ms(0));
}

}  // namespace
}  // namespace dormouse::scheduler
