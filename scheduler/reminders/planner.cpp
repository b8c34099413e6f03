#include "scheduler/reminders/planner.hpp"

#include <algorithm>
#include <set>

namespace dormouse::scheduler {

namespace {

using site::letter_stage;
using site::letter_state;
using site::reminder;
using site::to_text;

constexpr int stages = 3;

letter_stage stage_of(int number) { return static_cast<letter_stage>(number); }

bool within(int days, int due_day, int look_back) { return days - (due_day > look_back ? due_day : 0) <= look_back; }

int days_since(site::day d, base::time_ms now) { return static_cast<int>((day_of(now) - d).count()); }

/// What the ledger says about one cycle.
struct standing {
    std::array<const reminder*, stages + 1> rows{};  ///< By stage; the last is the school's.
    int highest = 0;                                 ///< Number of the highest student's letter that has a row.
    bool unsettled = false;                          ///< One that is not final.

    [[nodiscard]] const reminder* row(letter_stage s) const { return rows.at(static_cast<std::size_t>(s) - 1); }
};

standing standing_of(const sleep_cycle& c, std::span<const reminder> rows) {
    standing out;
    const auto lapse = to_text(c.lapse);
    for (const auto& r : rows) {
        if (r.what.user_id != c.user_id || r.what.term_id != c.term_id || r.what.lapse != lapse) continue;
        out.rows.at(static_cast<std::size_t>(r.what.stage) - 1) = &r;
        if (r.what.stage == letter_stage::admin) continue;
        out.highest = std::max(out.highest, static_cast<int>(r.what.stage));
        out.unsettled |= !site::is_final(r.state);
    }
    return out;
}

/// Students' letters of a cycle that are due and have no row: those that are too late, and the one that goes.
struct due_letters {
    std::vector<int> late;
    std::optional<int> next;
};

due_letters due_of(const standing& s, int days, const site::level_settings& level, const reminder_options& o) {
    due_letters out;
    const auto when = letter_days(level);
    int latest = -1;
    const auto is_due = [&](int number) {
        const auto day = when.at(static_cast<std::size_t>(number) - 1);
        return day && *day <= days && within(days, *day, o.look_back) && s.row(stage_of(number)) == nullptr;
    };
    for (int number = s.highest + 1; number <= stages; ++number)
        if (is_due(number)) latest = std::max(latest, *when.at(static_cast<std::size_t>(number) - 1));
    for (int number = 1; number <= stages; ++number) {
        if (!is_due(number)) continue;
        const bool passed = number < s.highest || *when.at(static_cast<std::size_t>(number) - 1) < latest;
        if (passed)
            out.late.push_back(number);
        else if (!out.next)
            out.next = number;
    }
    return out;
}

/// On which day the school's letter is due; empty: it is off, has a row, or a student's letter comes first.
std::optional<site::day> admin_day(const sleep_cycle& c, const standing& s, const site::level_settings& level) {
    if (!level.admin.is_on() || s.row(letter_stage::admin) != nullptr) return std::nullopt;
    const auto when = letter_days(level);
    auto from = c.lapse;
    for (int number = stages; number >= 1; --number) {
        if (!when.at(static_cast<std::size_t>(number) - 1)) continue;
        const auto* const last = s.row(stage_of(number));
        if (last == nullptr || !site::is_final(last->state)) return std::nullopt;
        from = day_of(last->sent_at.value_or(last->updated_at));
        break;
    }
    return from + std::chrono::days{level.admin.days_after_last};
}

bool admin_is_due(const sleep_cycle& c, site::day due, const reminder_options& o, base::time_ms now) {
    const int after_lapse = static_cast<int>((due - c.lapse).count());
    return due <= day_of(now) && within(days_since(c.lapse, now), after_lapse, o.look_back);
}

/// One person, over all levels: whether a letter may be planned now.
bool person_is_free(std::int64_t user, std::span<const reminder> rows, base::time_ms now) {
    return std::ranges::none_of(rows, [&](const reminder& r) {
        if (r.what.user_id != user || r.what.stage == letter_stage::admin) return false;
        if (r.state == letter_state::sent || r.state == letter_state::in_doubt)
            return r.sent_at && now - *r.sent_at < site::letter_pause;
        return !site::is_final(r.state);
    });
}

/// Goes through the sleepers of one call.
class planning {
public:
    planning(std::span<const reminder> rows, const level_map& levels, const reminder_options& o, base::time_ms now,
             pace& p)
        : levels_{levels}, options_{o}, now_{now}, pace_{p} {
        for (const auto& r : rows) of_user_[r.what.user_id].push_back(r);
        for (const auto& r : of_user_[0])
            digests_[r.what.term_id] = r.state == letter_state::planned && r.attempts == 0;
    }

    void add(const sleep_cycle& c) {
        const auto level = levels_.find(c.term_id);
        if (level == levels_.end() || !level->second.enabled || !level->second.exists) return;
        if (!pace_.has_room()) return;
        const auto& rows = of_user_[c.user_id];
        const auto s = standing_of(c, rows);
        if (s.unsettled) return;
        const auto due = due_of(s, days_since(c.lapse, now_), level->second, options_);
        if (due.next && (!person_is_free(c.user_id, rows, now_) || !busy_.insert(c.user_id).second)) return;
        for (const int number : due.late) write(c, stage_of(number), letter_state::skipped, std::string{skipped_late});
        if (due.next) return write(c, stage_of(*due.next), letter_state::planned, {}, pace_.take());
        if (const auto day = admin_day(c, s, level->second); day && admin_is_due(c, *day, options_, now_)) add_admin(c);
    }

    [[nodiscard]] std::vector<site::planned_letter> take() && { return std::move(out_); }

private:
    void write(const sleep_cycle& c, letter_stage stage, letter_state state, std::string reason,
               std::optional<base::time_ms> due = {}) {
        out_.push_back({{c.user_id, c.term_id, to_text(c.lapse), stage}, state, std::move(reason), due.value_or(now_)});
    }

    /// A digest that may be under way already takes nobody any more: they wait for the next day's.
    void add_admin(const sleep_cycle& c) {
        if (!options_.digest) return write(c, letter_stage::admin, letter_state::planned, {}, pace_.take());
        const auto today = to_text(day_of(now_));
        const auto [digest, is_new] = digests_.emplace(c.term_id, true);
        if (!digest->second) return;
        if (is_new)
            out_.push_back(
                {{0, c.term_id, today, letter_stage::admin}, letter_state::planned, {}, pace_.take() + digest_delay});
        write(c, letter_stage::admin, letter_state::skipped, site::digest_reason(today));
    }

    const level_map& levels_;
    const reminder_options& options_;
    base::time_ms now_;
    pace& pace_;
    std::map<std::int64_t, std::vector<reminder>> of_user_;
    std::map<std::int64_t, bool> digests_;  ///< Of today, by level: whether it takes more.
    std::set<std::int64_t> busy_;           ///< Got a letter in this call.
    std::vector<site::planned_letter> out_;
};

}  // namespace

std::array<std::optional<int>, 3> letter_days(const site::level_settings& level) {
    std::array<std::optional<int>, 3> out;
    int before = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (!level.letters.at(i).is_on()) continue;
        before = std::max(before, level.letters.at(i).days);
        out.at(i) = before;
    }
    return out;
}

std::vector<site::planned_letter> plan_letters(std::span<const sleep_cycle> sleepers, std::span<const reminder> rows,
                                               const level_map& levels, const reminder_options& o, base::time_ms now,
                                               pace& p) {
    planning all{rows, levels, o, now, p};
    for (const auto& c : sleepers) all.add(c);
    return std::move(all).take();
}

bool may_be_due(site::day lapse, const site::level_settings& level, const reminder_options& o, base::time_ms now) {
    if (!level.exists || !level.enabled) return false;
    const int days = days_since(lapse, now);
    int last = 0;
    for (const auto& day : letter_days(level)) {
        if (!day) continue;
        if (*day <= days && within(days, *day, o.look_back)) return true;
        last = *day;
    }
    // The school's letter counts from an end that only the ledger knows: this far behind it there is none any more.
    constexpr int longest_retry = 30;
    return level.admin.is_on() && days <= last + longest_retry + level.admin.days_after_last + 2 * o.look_back;
}

std::optional<upcoming_letter> next_letter(const sleep_cycle& c, std::span<const reminder> rows,
                                           const site::level_settings& level, const reminder_options& o,
                                           base::time_ms now) {
    const auto s = standing_of(c, rows);
    if (!level.exists || !level.enabled || s.unsettled) return std::nullopt;
    const int days = days_since(c.lapse, now);
    const auto when = letter_days(level);
    if (const auto due = due_of(s, days, level, o); due.next)
        return upcoming_letter{stage_of(*due.next),
                               c.lapse + std::chrono::days{*when.at(static_cast<std::size_t>(*due.next) - 1)}};
    for (int number = s.highest + 1; number <= stages; ++number)
        if (const auto day = when.at(static_cast<std::size_t>(number) - 1); day && *day > days)
            return upcoming_letter{stage_of(number), c.lapse + std::chrono::days{*day}};
    const auto admin = admin_day(c, s, level);
    if (!admin || (*admin <= day_of(now) && !admin_is_due(c, *admin, o, now))) return std::nullopt;
    return upcoming_letter{letter_stage::admin, *admin};
}

}  // namespace dormouse::scheduler
