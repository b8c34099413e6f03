#pragma once
// A school as a test remembers it, and what may and must happen in it, in the plainest words: no rule of the product is
// called here. Days are numbers from 2026-11-01.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace dormouse::scheduler {

/// One row of the ledger, or one letter that went. Stage 4 is the school's.
struct model_letter {
    std::int64_t user = 0;
    std::int64_t level = 0;
    int lapse = 0;
    int stage = 0;

    friend auto operator<=>(const model_letter&, const model_letter&) = default;
};

struct model_row {
    std::string state;
    std::string reason;
    int created = 0;            ///< Day.
    int ended = 0;              ///< Day of its last change.
    std::optional<int> sent{};  ///< Day.
};

using model_ledger = std::map<model_letter, model_row>;

struct model_level {
    bool on = true;
    std::array<int, 3> days{-1, -1, -1};  ///< -1 = off.
    int admin = -1;
};

struct model_school {
    std::map<std::int64_t, model_level> levels;
    std::map<std::int64_t, std::map<std::int64_t, int>> ends;  ///< User, level: the last day's number of any key.
    std::set<std::pair<std::int64_t, std::int64_t>> certified;
    std::set<std::int64_t> blocked;

    [[nodiscard]] bool sleeps(std::int64_t user, std::int64_t level, int today) const;

    /// Why this letter may not go on that day, by what the school is like then; empty = it may.
    [[nodiscard]] std::string objection(const model_letter& l, int today, const model_ledger& ledger) const;

    /// Letters that should have a row at the end of a day on which the planner ran, and have none.
    [[nodiscard]] std::vector<model_letter> missing(int today, const model_ledger& ledger) const;

    /// From which day after the lapse the stage may go: never before those of lower numbers. -1 = it is off.
    [[nodiscard]] int due_day(std::int64_t level, int stage) const;
    [[nodiscard]] bool may_go(const model_letter& l, int today) const;

private:
    [[nodiscard]] std::string admin_objection(const model_letter& l, int today, const model_ledger& ledger) const;
};

}  // namespace dormouse::scheduler
