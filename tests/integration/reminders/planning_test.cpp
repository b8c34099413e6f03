// A run of the planner over a site: what it writes, hands over, and leaves for the next run.
#include "tests/integration/reminders/letter_world.hpp"

namespace dormouse::scheduler {
namespace {

using testing::HasSubstr;

class Planning : public letter_world {};

TEST_F(Planning, WithoutAScanThereIsNothingToSay) {
    school.load();
    EXPECT_EQ(to_line(plan(at(0)).value()), "no scan has ended yet, again=0");
}

TEST_F(Planning, EveryDueLetterIsHandedOverOnce) {
    level(7, 7, 14);
    level(8, 0);
    student(1, 7, 0);
    student(2, 7, 3);
    student(3, 8, 5);
    student(4, 7, 30);
    school.load();
    scan(8);
    EXPECT_EQ(to_line(plan(at(8)).value()), "run=1 sleepers=3 planned=2 again=0");
    EXPECT_EQ(words(given), "1/7 1; 3/8 1");
    EXPECT_EQ(given[0].what.lapse, date(0));
    EXPECT_EQ(plan(at(8, 13)).value().planned, 0);
    EXPECT_EQ(words(given), "1/7 1; 3/8 1") << "they wait since an hour: handed over again";
}

TEST_F(Planning, ALetterOfWhichNothingIsHeardIsHandedOverAgain) {
    level(7, 7);
    student(1, 7, 0);
    school.load();
    scan(7);
    (void)plan(at(7)).value();
    const auto first = given;
    (void)plan(at(7) + 9min).value();
    EXPECT_EQ(words(given), "") << "its job is on the way";
    EXPECT_EQ(plan(at(7) + 10min).value().again, 1);
    ASSERT_EQ(given.size(), 1U);
    EXPECT_EQ(given[0].id, first[0].id);
    send(given, at(7, 13));
    EXPECT_EQ(plan(at(7, 15)).value().again, 0);
}

TEST_F(Planning, AtNightWhatWaitsForTheMorningIsNotHandedOverAgainAndAgain) {
    level(7, 7);
    student(1, 7, 0);
    school.load();
    scan(7);
    (void)plan(at(7)).value();
    EXPECT_EQ(plan(at(7, 17)).value().again, 0) << "20:00 in Moscow";
    EXPECT_EQ(plan(at(8, 6) - 1ms).value().again, 0);
    EXPECT_EQ(plan(at(8, 6)).value().again, 1) << "09:00";
}

TEST_F(Planning, WhatRedisDidNotTakeIsNotLost) {
    level(7, 7);
    student(1, 7, 0);
    school.load();
    scan(7);
    accepting = false;
    EXPECT_EQ(plan(at(7)).error(), base::errc::unavailable);
    accepting = true;
    (void)plan(at(7, 13)).value();
    EXPECT_EQ(words(given), "1/7 1");
}

TEST_F(Planning, NothingIsPlannedOutsideTheHoursOfTheSitesClock) {
    level(7, 7);
    student(1, 7, 0);
    school.load();
    scan(7);
    EXPECT_TRUE(plan(at(7, 5)).value().closed) << "08:00 in Moscow";
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_reminder"), "0");
    EXPECT_EQ(plan(at(7, 6)).value().planned, 1);
    settings.zone = "America/New_York";
    student(2, 7, 0);
    school.load();
    scan(7);
    EXPECT_TRUE(plan(at(7, 12)).value().closed) << "07:00 there";
}

TEST_F(Planning, ARateSpreadsLettersOverTheHours) {
    level(7, 7);
    for (int u = 1; u <= 5; ++u) student(u, 7, 0);
    school.load();
    scan(7);
    settings.reminders.per_hour = 60;
    EXPECT_EQ(plan(at(7, 16) + 57min).value().planned, 3) << "20:00 in Moscow is the end";
    EXPECT_EQ(given[2].due_at, at(7, 16) + 59min);
    scan(8);
    EXPECT_EQ(plan(at(8)).value().planned, 2);
}

TEST_F(Planning, LettersOfManyPagesAreAllWritten) {
    level(7, 7);
    school.sql("INSERT INTO wp_users (ID) SELECT seq FROM seq_1_to_1300");
    school.sql("INSERT INTO " + school.keys() +
               " (user_id, term_id, status, date_start, date_end) SELECT seq, 7, "
               "'used', '2026-10-01', '2026-11-01' FROM seq_1_to_1300");
    school.load();
    scan(7);
    const auto report = plan(at(7)).value();
    EXPECT_EQ(report.planned, 1'300);
    EXPECT_EQ(report.sleepers, 1'300);
    EXPECT_EQ(given.size(), 1'300U);
}

TEST_F(Planning, ARunThatIsCutOffIsTakenUpByTheNext) {
    level(7, 7);
    student(1, 7, 0);
    school.load();
    scan(7);
    const auto late = plan(at(7), base::deadline::after(0ns));
    EXPECT_TRUE(late.has_error() || !late->whole);
    EXPECT_EQ(plan(at(7)).value().planned, 1);
}

TEST_F(Planning, OneOfTwoLevelsHoldsTheOtherForTwentyHours) {
    level(7, 7);
    level(8, 7);
    student(1, 7, 0);
    school.key(1, 8, date(-30), date(0));
    school.load();
    scan(7);
    (void)plan(at(7, 7)).value();
    EXPECT_EQ(words(given), "1/7 1");
    (void)plan(at(7, 7) + 5min).value();
    EXPECT_EQ(words(given), "") << "the first one is under way";
    const auto first = run(site::reminders{*db}.list({}, {})).value();
    send(first, at(7, 8));
    scan(8);
    (void)plan(at(8, 7)).value();
    EXPECT_EQ(words(given), "1/8 1");
}

TEST_F(Planning, ADigestNamesTheStudentsOfItsDay) {
    settings.reminders.school = config::school_letters::digest;
    level(7, -1, -1, -1, 5);
    for (int u = 1; u <= 3; ++u) student(u, 7, u);
    school.load();
    scan(7);
    (void)plan(at(7)).value();
    ASSERT_EQ(words(given), "0/7 admin");
    const auto members = run(site::reminders{*db}.digest_members(given[0].what, {})).value();
    EXPECT_EQ(words(members), "1/7 admin; 2/7 admin");
    send(given, at(7, 13));
    scan(8);
    (void)plan(at(8)).value();
    ASSERT_EQ(words(given), "0/7 admin");
    EXPECT_EQ(words(run(site::reminders{*db}.digest_members(given[0].what, {})).value()), "3/7 admin");
}

TEST_F(Planning, AMissingOptionsTableIsNamed) {
    level(7, 7);
    student(1, 7, 0);
    school.sql("DROP TABLE wp_options");
    school.load();
    scan(7);
    const auto r = plan(at(7));
    ASSERT_TRUE(r.has_error());
    EXPECT_THAT(r.error().detail, HasSubstr("wp_options"));
}

}  // namespace
}  // namespace dormouse::scheduler
