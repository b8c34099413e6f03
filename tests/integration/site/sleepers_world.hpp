#pragma once
// The two ways to a sleeper, which must agree: the scan's sums and pages, and the rows of one student.

#include "site/sleeper_pages.hpp"
#include "site/sleepers.hpp"
#include "tests/integration/site/site_database.hpp"
#include "tests/support/sleeping_school.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dormouse::site {

class sleepers_world : public site_database {
protected:
    using school = test::sleeping_school;

    [[nodiscard]] static day on(const std::string& text) { return parse_day(text).value(); }

    /// Sleepers as the scan finds them, in pages of two.
    std::vector<sleeper_row> scan(pool& db, const sleeper_options& o = {}, std::optional<std::int64_t> level = {}) {
        sleeper_pages pages{db, o};
        std::vector<sleeper_row> out;
        const auto ground = run(pages.prepare(level, {})).value();
        for (std::size_t l = 0; l < ground->levels.size(); ++l) {
            const auto part = run(pages.read_part(ground, l, today, 0, {})).value();
            EXPECT_TRUE(part->is_last);
            for (std::size_t from = 0; from < part->lapsed.size(); from += 2)
                for (auto& row : run(pages.judge_page(ground, l, part, from, 2, today, {})).value().sleepers)
                    out.push_back(std::move(row));
        }
        return out;
    }

    /// `7:42 2026-11-01`, of the scan; each is checked against the student's own facts, and so is everybody else of
    /// the users and levels given.
    std::vector<std::string> sleepers(pool& db, const std::vector<std::int64_t>& users,
                                      const std::vector<std::int64_t>& levels, const sleeper_options& o = {}) {
        std::vector<std::string> found;
        for (const auto& r : scan(db, o))
            found.push_back(line(r.term_id, r.user_id, to_text(r.lapse), r.days, r.key_id, r.flags));
        std::vector<std::string> alone;
        std::vector<std::string> out;
        for (const auto level : levels)
            for (const auto user : users) {
                const auto v = judge(run(read_facts(db, user, level, {})).value(), o, today);
                if (!v.is_sleeper) continue;
                alone.push_back(line(level, user, v.lapse, v.days, v.key_id, v.flags));
                out.push_back(std::to_string(level) + ":" + std::to_string(user) + " " + v.lapse);
            }
        EXPECT_EQ(found, alone) << "the scan and the students' own rows differ";
        return out;
    }

    /// Why not, of one student.
    rule decided(pool& db, std::int64_t user, std::int64_t level, const sleeper_options& o = {}) {
        return judge(run(read_facts(db, user, level, {})).value(), o, today).decided_by;
    }

    const day today = on("2026-11-21");

private:
    static std::string line(std::int64_t level, std::int64_t user, const std::string& lapse, int days, std::int64_t key,
                            const std::string& flags) {
        return std::to_string(level) + ":" + std::to_string(user) + " " + lapse + " " + std::to_string(days) + " key " +
               std::to_string(key) + " " + flags;
    }
};

}  // namespace dormouse::site
