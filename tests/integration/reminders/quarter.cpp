#include "tests/integration/reminders/quarter.hpp"

#include <algorithm>

namespace dormouse::scheduler {

namespace {
constexpr int look_back = 90;
constexpr int admin_stage = 4;
}  // namespace

bool model_school::sleeps(std::int64_t user, std::int64_t level, int today) const {
    if (!levels.at(level).on || blocked.contains(user) || certified.contains({user, level})) return false;
    const auto& mine = ends.at(user);
    const auto end = mine.find(level);
    return end != mine.end() && end->second <= today;
}

int model_school::due_day(std::int64_t level, int stage) const {
    const auto& days = levels.at(level).days;
    if (days.at(static_cast<std::size_t>(stage - 1)) < 0) return -1;
    int latest = 0;
    for (int s = 1; s <= stage; ++s) latest = std::max(latest, days.at(static_cast<std::size_t>(s - 1)));
    return latest;
}

bool model_school::may_go(const model_letter& l, int today) const {
    const int due = due_day(l.level, l.stage);
    const int asleep = today - l.lapse;
    return due >= 0 && asleep >= due && asleep <= look_back;
}

std::string model_school::objection(const model_letter& l, int today, const model_ledger& ledger) const {
    if (!sleeps(l.user, l.level, today)) return "does not sleep";
    if (ends.at(l.user).at(l.level) != l.lapse) return "another lapse";
    if (l.stage == admin_stage) return admin_objection(l, today, ledger);
    if (!may_go(l, today)) return "not its time";
    for (int s = 1; s <= 3; ++s) {
        const model_letter other{l.user, l.level, l.lapse, s};
        if (s < l.stage && may_go(other, today) && !ledger.contains(other)) return "one before it was left out";
        if (s > l.stage && may_go(other, today) && due_day(l.level, s) > due_day(l.level, l.stage))
            return "a later one is due";
        if (const auto row = ledger.find(other); s > l.stage && row != ledger.end()) return "a later one has gone";
    }
    for (const auto& [other, row] : ledger)
        if (other.user == l.user && other.stage != admin_stage && other != l && row.sent == today)
            return "a second letter on one day";
    return {};
}

std::string model_school::admin_objection(const model_letter& l, int today, const model_ledger& ledger) const {
    int from = l.lapse;
    for (int s = 3; s >= 1; --s) {
        if (due_day(l.level, s) < 0) continue;
        const auto row = ledger.find({l.user, l.level, l.lapse, s});
        if (row == ledger.end()) return "the student's letters come first";
        from = row->second.sent.value_or(row->second.ended);
        break;
    }
    const int after = levels.at(l.level).admin;
    return after >= 0 && today >= from + after ? "" : "not its time";
}

std::vector<model_letter> model_school::missing(int today, const model_ledger& ledger) const {
    std::set<std::int64_t> busy;  // got a row today: what else is due has to wait a day
    for (const auto& [l, row] : ledger)
        if (row.created == today && l.stage != admin_stage) busy.insert(l.user);
    std::vector<model_letter> out;
    for (const auto& [user, mine] : ends) {
        if (busy.contains(user)) continue;
        for (const auto& [level, end] : mine) {
            if (!sleeps(user, level, today)) continue;
            for (int s = 1; s <= 3; ++s)
                if (const model_letter l{user, level, end, s}; may_go(l, today) && !ledger.contains(l))
                    out.push_back(l);
            const model_letter school{user, level, end, admin_stage};
            if (levels.at(level).admin >= 0 && today - end <= look_back && !ledger.contains(school) &&
                admin_objection(school, today, ledger).empty())
                out.push_back(school);
        }
    }
    return out;
}

}  // namespace dormouse::scheduler
