// Random levels, lapses, edits, outages and ends of letters, day by day, against what the rules say in plain words.
#include "scheduler/reminders/planner.hpp"

#include "tests/unit/scheduler/letters.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace dormouse::scheduler {
namespace {

constexpr std::int64_t me = 42;

/// One student with two levels. Time goes in steps of six hours.
struct world {
    explicit world(unsigned seed) : random{seed} {
        for (const std::int64_t id : {7, 8}) levels[id] = any_level(id);
        lapses = {{7, below(10)}, {8, below(10)}};
    }

    int below(int n) { return std::uniform_int_distribution<>{0, n - 1}(random); }
    int maybe(int n) { return below(4) == 0 ? -1 : below(n); }
    site::level_settings any_level(std::int64_t id) {
        return level_with(maybe(20), maybe(40), maybe(60), maybe(10), id);
    }

    [[nodiscard]] bool settled(std::int64_t level) const {
        return std::ranges::all_of(rows, [&](const auto& r) {
            return r.what.term_id != level || !of_cycle(r) || r.what.stage == letter_stage::admin ||
                   site::is_final(r.state);
        });
    }
    [[nodiscard]] bool of_cycle(const site::reminder& r) const {
        return r.what.lapse == site::to_text(day_number(lapses.at(r.what.term_id)));
    }
    [[nodiscard]] bool has(std::int64_t level, int stage) const {
        return std::ranges::any_of(rows, [&](const auto& r) {
            return r.what.term_id == level && of_cycle(r) && static_cast<int>(r.what.stage) == stage;
        });
    }
    [[nodiscard]] bool may_write(std::int64_t level, int stage, int hours) const {
        const auto& letter = levels.at(level).letters.at(static_cast<std::size_t>(stage) - 1);
        const int days = hours / 24 - lapses.at(level);
        const int own = letter_days(levels.at(level)).at(static_cast<std::size_t>(stage) - 1).value_or(1'000);
        return letter.is_on() && days >= letter.days && days >= own && days <= (own > 90 ? own + 90 : 90);
    }
    [[nodiscard]] bool person_waits(base::time_ms now) const {
        return std::ranges::any_of(rows, [&](const auto& r) {
            if (r.what.stage == letter_stage::admin) return false;
            return r.sent_at ? now - *r.sent_at < 20h : !site::is_final(r.state);
        });
    }

    void check(const site::planned_letter& l, int hours) {
        const auto level = l.what.term_id;
        const int stage = static_cast<int>(l.what.stage);
        EXPECT_FALSE(has(level, stage)) << "a letter is written once";
        EXPECT_TRUE(settled(level)) << "never before the last one is final";
        if (l.what.stage == letter_stage::admin) return;
        EXPECT_TRUE(may_write(level, stage, hours)) << "not before its day, not long after it, and not when off";
        if (l.state != letter_state::planned) return;
        EXPECT_FALSE(person_waits(at(0, hours))) << "20 hours";
    }

    void step(int hours) {
        const auto now = at(0, hours);
        std::vector<sleep_cycle> sleepers;
        for (const auto& [level, lapse] : lapses)
            if (hours / 24 >= lapse) sleepers.push_back({me, level, day_number(lapse)});
        auto p = any_time(now);
        const auto letters = plan_letters(sleepers, rows, levels, {}, now, p);
        int to_student = 0;
        for (const auto& l : letters) {
            check(l, hours);
            to_student += l.state == letter_state::planned && l.what.stage != letter_stage::admin ? 1 : 0;
        }
        EXPECT_LE(to_student, 1) << "one letter a person at once";
        for (const auto& l : letters) {
            site::reminder r;
            r.what = l.what;
            r.state = l.state;
            r.created_at = r.updated_at = now;
            rows.push_back(r);
        }
        if (to_student == 0 && !person_waits(now)) expect_nothing_left(hours);
        for (const auto& l : letters)
            if (l.state == letter_state::planned && l.what.stage != letter_stage::admin) expect_order(l);
    }
    void expect_nothing_left(int hours) {
        for (const auto& [level, lapse] : lapses) {
            if (!settled(level)) continue;
            for (int stage = 1; stage <= 3; ++stage)
                EXPECT_TRUE(!may_write(level, stage, hours) || has(level, stage))
                    << "letter " << stage << " was missed";
        }
    }
    /// Of two that are due the later one goes; all before it have gone or never will.
    void expect_order(const site::planned_letter& l) {
        const auto days = letter_days(levels.at(l.what.term_id));
        const auto own = days.at(static_cast<std::size_t>(l.what.stage) - 1);
        for (int stage = 1; stage < static_cast<int>(l.what.stage); ++stage)
            if (const auto day = days.at(static_cast<std::size_t>(stage) - 1); day && (*day > 90 || *own <= 90))
                EXPECT_TRUE(has(l.what.term_id, stage)) << stage << " before " << to_string(l.what.stage);
    }

    /// What the worker, the operator and the student do meanwhile.
    void live(int hours) {
        for (auto& r : rows)
            if (!site::is_final(r.state) && below(3) != 0) end(r, at(0, hours + 1));
        if (below(60) == 0) levels[7] = any_level(7);
        if (below(80) == 0) lapses[8] = hours / 24 + below(5);  // renewed, and will lapse again
    }
    void end(site::reminder& r, base::time_ms now) {
        static constexpr std::array ends{letter_state::sent,     letter_state::sent,   letter_state::retry,
                                         letter_state::in_doubt, letter_state::failed, letter_state::skipped};
        r.state = ends.at(static_cast<std::size_t>(below(6)));
        const bool out = r.state == letter_state::sent || r.state == letter_state::in_doubt;
        r.sent_at = out ? std::optional{now} : std::nullopt;
        r.updated_at = now;
    }

    std::mt19937 random;
    level_map levels;
    std::map<std::int64_t, int> lapses;  ///< Day of each level's lapse.
    std::vector<site::reminder> rows;
};

TEST(PlannerProperty, AnyCourseOfEventsKeepsTheRules) {
    int letters = 0;
    for (unsigned seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        world w{seed};
        for (int hours = 0; hours < 24 * 120; hours += 6) {
            if (w.below(10) == 0) hours += 24 * w.below(12);  // the scheduler was away
            w.step(hours);
            w.live(hours);
            if (testing::Test::HasFailure()) FAIL() << "at hour " << hours;
        }
        letters += static_cast<int>(w.rows.size());
    }
    EXPECT_GT(letters, 200) << "something happened";
}

TEST(PlannerProperty, AnUndisturbedCycleWritesEachLetterOnItsVeryDay) {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random{seed};
        const auto more = [&] { return std::uniform_int_distribution<>{2, 20}(random); };
        const int one = more();
        const int two = one + more();
        const int three = two + more();
        const int after = more();
        const auto levels = levels_of({level_with(one, two, three, after)});
        std::vector<site::reminder> rows;
        std::map<int, std::string> went;
        for (int hours = 0; hours < 24 * 90; hours += 1) {
            const auto now = at(0, hours);
            auto p = any_time(now);
            const std::vector<sleep_cycle> sleepers{{me, term, day_number(0)}};
            for (const auto& l : plan_letters(sleepers, rows, levels, {}, now, p)) {
                rows.push_back(row_of(l.what.stage, letter_state::sent, now));
                went[hours / 24] += to_string(l.what.stage);
            }
        }
        const std::map<int, std::string> expected{{one, "1"}, {two, "2"}, {three, "3"}, {three + after, "admin"}};
        EXPECT_EQ(went, expected);
    }
}

}  // namespace
}  // namespace dormouse::scheduler
