// Each rule of planner.hpp as a table of one student's cases: the lapse is on day 0.
#include "scheduler/reminders/planner.hpp"

#include "tests/unit/scheduler/letters.hpp"

#include <gtest/gtest.h>

namespace dormouse::scheduler {
namespace {

using enum letter_stage;
using enum letter_state;
using rows = std::vector<site::reminder>;

constexpr std::int64_t me = 42;

std::string plan(const site::level_settings& level, const rows& known, base::time_ms now, reminder_options o = {}) {
    auto p = any_time(now);
    const std::vector<sleep_cycle> sleepers{{me, level.term_id, day_number(0)}};
    return words(plan_letters(sleepers, known, levels_of({level}), o, now, p));
}

struct letter_case {
    const char* what;
    site::level_settings level;
    rows known;
    base::time_ms now;
    std::string planned;
};

void check(const std::vector<letter_case>& cases) {
    for (const auto& c : cases) EXPECT_EQ(plan(c.level, c.known, c.now), c.planned) << c.what;
}

TEST(Planner, ALetterIsDueFromItsDayOn) {
    const auto level = level_with(7, 14, 30);
    check({{"the day before", level, {}, at(6, 23), ""},
           {"its day, from its first hour", level, {}, at(7, 0), "42/7 1"},
           {"days later, if no run came between", level, {}, at(9), "42/7 1"},
           {"day 0 is the day of the lapse", level_with(0), {}, at(0, 0), "42/7 1"}});
}

TEST(Planner, WhatIsInTheLedgerIsNeverPlannedAgain) {
    const auto level = level_with(7);
    for (const auto s : {planned, claimed, streaming, in_doubt, sent, retry, failed, suppressed, skipped})
        EXPECT_EQ(plan(level, {row_of(first, s, at(7))}, at(20)), "") << to_string(s);
}

TEST(Planner, TheNextOneWaitsForTheOneBeforeToBeFinal) {
    const auto level = level_with(7, 14);
    for (const auto s : {planned, claimed, streaming, in_doubt, retry})
        EXPECT_EQ(plan(level, {row_of(first, s, at(7))}, at(20)), "") << to_string(s);
    for (const auto s : {sent, failed, suppressed, skipped})
        EXPECT_EQ(plan(level, {row_of(first, s, at(7))}, at(20)), "42/7 2") << to_string(s);
}

TEST(Planner, AfterDowntimeOnlyTheLatestDueLetterGoes) {
    const auto level = level_with(7, 14, 30);
    check({{"two were missed", level, {}, at(15), "42/7 1 skipped_late; 42/7 2"},
           {"three were missed", level, {}, at(31), "42/7 1 skipped_late; 42/7 2 skipped_late; 42/7 3"},
           {"one went before", level, {row_of(first, sent, at(7))}, at(31), "42/7 2 skipped_late; 42/7 3"},
           {"letter 2 is off", level_with(7, -1, 30), {}, at(31), "42/7 1 skipped_late; 42/7 3"}});
}

TEST(Planner, LettersGoByTheirNumbersWhateverTheirDaysSay) {
    const auto level = level_with(10, 5);
    check({{"the second waits for the first", level, {}, at(6), ""},
           {"then the first goes, on time", level, {}, at(10), "42/7 1"},
           {"and the second on the day after", level, {row_of(first, sent, at(10))}, at(11), "42/7 2"},
           {"same days: one after the other", level_with(7, 7), {}, at(7), "42/7 1"},
           {"a third one is later, so those two are late",
            level_with(10, 5, 20),
            {},
            at(20),
            "42/7 1 skipped_late; 42/7 2 skipped_late; 42/7 3"}});
}

TEST(Planner, ALetterThatTurnsUpBelowOneThatWentIsTooLate) {
    const auto level = level_with(7, 14, 30);
    check(
        {{"letter 1 was switched on afterwards", level, {row_of(second, sent, at(14))}, at(16), "42/7 1 skipped_late"},
         {"and the next goes all the same",
          level,
          {row_of(second, sent, at(14))},
          at(30),
          "42/7 1 skipped_late; 42/7 3"}});
}

TEST(Planner, ALetterWithoutSubjectOrBodyDoesNotExist) {
    auto level = level_with(0, 14);
    level.letters[0].subject.clear();
    EXPECT_EQ(plan(level, {}, at(14)), "42/7 2") << "letter 1 is no letter before it";
    level.letters[1].body = " \n";
    EXPECT_EQ(plan(level, {}, at(14)), "");
}

TEST(Planner, ALevelThatIsOffOrGoneWritesNothing) {
    auto off = level_with(7);
    off.enabled = false;
    EXPECT_EQ(plan(off, {}, at(7)), "");
    auto gone = level_with(7);
    gone.exists = false;
    EXPECT_EQ(plan(gone, {}, at(7)), "");
    auto p = any_time(at(7));
    const std::vector<sleep_cycle> elsewhere{{me, 99, day_number(0)}};
    EXPECT_EQ(words(plan_letters(elsewhere, {}, levels_of({level_with(7)}), {}, at(7), p)), "");
}

TEST(Planner, TwentyHoursLieBetweenTwoLettersOfAPerson) {
    const auto level = level_with(7);
    const auto other = [](letter_state s, base::time_ms when) { return rows{row_of(first, s, when, me, 8)}; };
    check(
        {{"19 hours after one of another level", level, other(sent, at(7, 0)), at(7, 19), ""},
         {"20 hours after it", level, other(sent, at(7, 0)), at(7, 20), "42/7 1"},
         {"a doubt may have arrived", level, other(in_doubt, at(7, 0)), at(7, 19), ""},
         {"one that failed did not", level, other(failed, at(7, 0)), at(7, 1), "42/7 1"},
         {"another is under way", level, other(planned, at(2)), at(7), ""},
         {"another is being retried", level, other(retry, at(2)), at(7), ""},
         {"what went to the school does not count", level, {row_of(admin, sent, at(7, 0), me, 8)}, at(7, 1), "42/7 1"},
         {"nor does somebody else's", level, {row_of(first, sent, at(7, 0), 43)}, at(7, 1), "42/7 1"}});
}

TEST(Planner, OfTwoLevelsOnlyOneWritesInOneCall) {
    auto p = any_time(at(7));
    const std::vector<sleep_cycle> sleepers{{me, 7, day_number(0)}, {me, 8, day_number(0)}, {43, 8, day_number(0)}};
    const auto levels = levels_of({level_with(7), level_with(7, -1, -1, -1, 8)});
    EXPECT_EQ(words(plan_letters(sleepers, {}, levels, {}, at(7), p)), "42/7 1; 43/8 1");
}

TEST(Planner, NothingGoesForALapseOfLongAgo) {
    const auto level = level_with(7, 14, 30);
    check({{"the last day", level, {}, at(90), "42/7 1 skipped_late; 42/7 2 skipped_late; 42/7 3"},
           {"the day after: not even a row", level, {}, at(91), ""},
           {"a cycle that had begun ends, too", level, {row_of(first, sent, at(7))}, at(91), ""},
           {"a letter of day 100 counts from its own day", level_with(100), {}, at(100), "42/7 1"},
           {"", level_with(100), {}, at(190), "42/7 1"},
           {"", level_with(100), {}, at(191), ""},
           {"earlier ones are left out", level_with(7, 100), {}, at(100), "42/7 2"}});
    EXPECT_EQ(plan(level, {}, at(31), {.look_back = 30}), "");
}

TEST(Planner, ANewLapseIsANewCycle) {
    const auto level = level_with(7);
    EXPECT_EQ(plan(level, {row_of(first, sent, at(-30), me, term, -40)}, at(7)), "42/7 1");
    EXPECT_EQ(plan(level, {row_of(first, sent, at(6, 22), me, term, -40)}, at(7, 10)), "") << "but 20 hours are";
    EXPECT_EQ(plan(level, {row_of(first, in_doubt, at(-30), me, term, -40)}, at(7)), "42/7 1")
        << "what is in doubt there is over";
}

// --- the school's letter ----------------------------------------------------------------------------------------

TEST(Planner, TheSchoolIsToldItsDaysAfterTheLastLetter) {
    const auto level = level_with(7, 14, -1, 5);
    const auto one = row_of(first, sent, at(7));
    check({{"letter 2 comes first", level, {one}, at(13), ""},
           {"not yet final", level, {one, row_of(second, retry, at(14))}, at(30), ""},
           {"four days after it", level, {one, row_of(second, sent, at(15))}, at(19), ""},
           {"five days after it", level, {one, row_of(second, sent, at(15))}, at(20, 0), "42/7 admin"},
           {"after a failed one", level, {one, row_of(second, failed, at(15))}, at(20), "42/7 admin"},
           {"once", level, {one, row_of(second, sent, at(15)), row_of(admin, sent, at(20))}, at(25), ""},
           {"the student's 20 hours are not the school's",
            level_with(7, -1, -1, 0),
            {row_of(first, sent, at(7, 0))},
            at(7, 1),
            "42/7 admin"},
           {"no letters to students: after the lapse", level_with(-1, -1, -1, 5), {}, at(5), "42/7 admin"},
           {"not for a lapse of long ago", level_with(-1, -1, -1, 5), {}, at(91), ""},
           {"nor long after its day", level, {one, row_of(second, sent, at(15))}, at(91), ""}});
}

TEST(Planner, ADigestTakesTheStudentsOfALevelAndDay) {
    const reminder_options digest{.digest = true};
    const auto level = level_with(-1, -1, -1, 5);
    auto p = any_time(at(5));
    const std::vector<sleep_cycle> sleepers{{42, 7, day_number(0)}, {43, 7, day_number(0)}};
    const auto letters = plan_letters(sleepers, {}, levels_of({level}), digest, at(5), p);
    EXPECT_EQ(words(letters), "0/7 admin; 42/7 admin digest:2026-11-06; 43/7 admin digest:2026-11-06");
    EXPECT_EQ(letters[0].what.lapse, "2026-11-06");
    EXPECT_EQ(letters[0].due_at, at(5) + digest_delay) << "the run has to end first";
}

TEST(Planner, ADigestThatMayBeUnderWayTakesNobodyAnyMore) {
    const reminder_options digest{.digest = true};
    const auto level = level_with(-1, -1, -1, 5);
    auto open = row_of(admin, planned, at(5), 0, term, 5);
    EXPECT_EQ(plan(level, {open}, at(5), digest), "42/7 admin digest:2026-11-06") << "no second digest";
    for (const auto s : {claimed, streaming, in_doubt, sent, retry, failed, skipped})
        EXPECT_EQ(plan(level, {row_of(admin, s, at(5), 0, term, 5)}, at(5), digest), "") << to_string(s);
    open.attempts = 1;
    EXPECT_EQ(plan(level, {open}, at(5), digest), "") << "it was released";
}

// --- for people and for speed -----------------------------------------------------------------------------------

TEST(Planner, TheNextLetterIsToldWithItsDay) {
    const auto next = [](const site::level_settings& level, const rows& known, base::time_ms now) -> std::string {
        const auto n = next_letter({me, term, day_number(0)}, known, level, {}, now);
        return n ? std::string{to_string(n->stage)} + " " + site::to_text(n->due) : "none";
    };
    const auto level = level_with(7, 14, -1, 5);
    EXPECT_EQ(next(level, {}, at(3)), "1 2026-11-08");
    EXPECT_EQ(next(level, {}, at(16)), "2 2026-11-15");
    EXPECT_EQ(next(level, {row_of(first, sent, at(7))}, at(8)), "2 2026-11-15");
    EXPECT_EQ(next(level, {row_of(first, in_doubt, at(7))}, at(8)), "none") << "a doubt is in the way";
    EXPECT_EQ(next(level, {row_of(first, sent, at(7)), row_of(second, sent, at(14))}, at(15)), "admin 2026-11-20");
    EXPECT_EQ(next(level, {}, at(100)), "none");
    EXPECT_EQ(next(level_with(-1), {}, at(1)), "none");
}

TEST(Planner, WhoCanHaveNoLetterNeedNotBeReadAndOthersMust) {
    const auto level = level_with(7, 14);
    EXPECT_FALSE(may_be_due(day_number(0), level, {}, at(6)));
    EXPECT_TRUE(may_be_due(day_number(0), level, {}, at(7)));
    EXPECT_TRUE(may_be_due(day_number(0), level, {}, at(90)));
    EXPECT_FALSE(may_be_due(day_number(0), level, {}, at(91)));
    EXPECT_TRUE(may_be_due(day_number(0), level_with(7, -1, -1, 60), {}, at(120))) << "the school's";
    EXPECT_FALSE(may_be_due(day_number(0), level_with(7, -1, -1, 60), {}, at(1'000)));
}

}  // namespace
}  // namespace dormouse::scheduler
