#pragma once
// Levels, cycles and ledgers in few words, for tests of the planner.

#include "scheduler/reminders/planner.hpp"

#include <string>
#include <vector>

namespace dormouse::scheduler {

using namespace std::chrono_literals;
using site::letter_stage;
using site::letter_state;

/// 2026-11-01 and so many days, at `hour` UTC.
inline site::day day_number(int days) {
    return std::chrono::sys_days{std::chrono::year{2026} / 11 / 1} + std::chrono::days{days};
}
inline base::time_ms at(int days, int hour = 12) { return base::time_ms{day_number(days)} + std::chrono::hours{hour}; }

inline constexpr std::int64_t term = 7;

/// A level whose letters are due after these days; -1 = off.
inline site::level_settings level_with(int first, int second = -1, int third = -1, int admin = -1,
                                       std::int64_t id = term) {
    site::level_settings l;
    l.term_id = id;
    l.exists = true;
    l.enabled = true;
    const std::array days{first, second, third};
    for (std::size_t i = 0; i < days.size(); ++i)
        if (days.at(i) >= 0) l.letters.at(i) = {days.at(i), "subject", "body"};
    if (admin >= 0) l.admin = {admin, "", "subject", "body"};
    return l;
}

inline level_map levels_of(std::vector<site::level_settings> all) {
    level_map out;
    for (auto& l : all) out[l.term_id] = std::move(l);
    return out;
}

/// A row of the ledger for a lapse on day 0; `when` is the time of its last change, and of its sending.
inline site::reminder row_of(letter_stage stage, letter_state state, base::time_ms when, std::int64_t user = 42,
                             std::int64_t of_term = term, int lapse = 0) {
    site::reminder r;
    r.what = {user, of_term, site::to_text(day_number(lapse)), stage};
    r.state = state;
    if (state == letter_state::sent || state == letter_state::in_doubt) r.sent_at = when;
    r.created_at = r.updated_at = r.due_at = when;
    return r;
}

/// All day, as many as there are.
inline pace any_time(base::time_ms now) { return {now, 0ms, now + 24h}; }

/// "42/7/2026-11-01 1" for a planned letter, with its reason for a skipped one, joined by spaces and semicolons.
inline std::string words(const std::vector<site::planned_letter>& letters) {
    std::string out;
    for (const auto& l : letters) {
        if (!out.empty()) out += "; ";
        out += std::to_string(l.what.user_id) + "/" + std::to_string(l.what.term_id) + " " +
               std::string{site::to_string(l.what.stage)};
        if (l.state != letter_state::planned) out += " " + l.reason;
    }
    return out;
}

}  // namespace dormouse::scheduler
