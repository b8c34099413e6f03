// When a letter may go that was held up past the hours it was planned in.
#include "jobs/reminder_email/opening.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace dormouse::jobs::reminder_email {
namespace {

using namespace std::chrono_literals;

constexpr base::time_ms at(int day, int hour) {
    return std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + std::chrono::days{day} + std::chrono::hours{hour};
}

const std::vector<site::opening> two_days{{at(0, 9), at(0, 20)}, {at(1, 9), at(1, 20)}};

TEST(MailOpening, WithinThemOrWithoutAnyALetterWaitsForNothing) {
    EXPECT_FALSE(opening_ahead(two_days, at(0, 9)));
    EXPECT_FALSE(opening_ahead(two_days, at(0, 20) - 1ms));
    EXPECT_FALSE(opening_ahead(two_days, at(1, 12)));
    EXPECT_FALSE(opening_ahead({}, at(0, 3)));
}

TEST(MailOpening, OutsideItWaitsForTheNext) {
    EXPECT_EQ(opening_ahead(two_days, at(0, 3)), two_days[0]);
    EXPECT_EQ(opening_ahead(two_days, at(0, 20)), two_days[1]);
    EXPECT_EQ(opening_ahead(two_days, at(1, 9) - 1ms), two_days[1]);
}

TEST(MailOpening, AfterTheLastTheyComeAgainEachDay) {
    EXPECT_EQ(opening_ahead(two_days, at(1, 20)), (site::opening{at(2, 9), at(2, 20)}));
    EXPECT_EQ(opening_ahead(two_days, at(9, 8)), (site::opening{at(9, 9), at(9, 20)}));
    EXPECT_FALSE(opening_ahead(two_days, at(9, 9)));
    EXPECT_FALSE(opening_ahead(two_days, at(9, 20) - 1ms));
    EXPECT_EQ(opening_ahead(two_days, at(9, 20)), (site::opening{at(10, 9), at(10, 20)}));
}

TEST(MailOpening, ANightsLettersAreSpreadOverTheFirstHourOrHalfOfShorterOnes) {
    base::random_engine random{7};
    const site::opening brief{at(0, 9), at(0, 9) + 20min};
    auto latest = at(0, 0);
    for (int i = 0; i < 1'000; ++i) {
        const auto turn = turn_in(two_days[0], random);
        latest = std::max(latest, turn);
        EXPECT_GE(turn, at(0, 9));
        EXPECT_LT(turn, at(0, 10));
        EXPECT_LT(turn_in(brief, random), at(0, 9) + 10min);
    }
    EXPECT_GT(latest, at(0, 9) + 50min);
}

}  // namespace
}  // namespace dormouse::jobs::reminder_email
