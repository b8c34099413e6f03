#pragma once
// Which letters are due: a pure function of who sleeps, what the ledger says, the levels' settings and the time
// (spec 4-scheduler, "The letters"). The duty, `simulate` and `explain` all ask it. Days are UTC days since the lapse.
//
//   * A letter is due from its day on, once: the ledger has no row of it. One without subject or body does not exist.
//   * Letters go in the order of their numbers. One whose day is before that of a lower number waits for that one; of
//     two with the same day the second goes a day later.
//   * Nothing goes while a letter of the cycle is not final (planned, under way, in retry, in doubt).
//   * Of several that are due only those of the latest day go; earlier ones are written down as `skipped_late`. So is
//     one that turns up, by an edit, below a number that has gone.
//   * 20 hours between two letters to a person, over all levels; none while another one of theirs is under way.
//   * Nothing goes for a lapse more than `look_back` days ago; for a letter that is due only after that, so many days
//     after its own day.
//   * The school's letter goes its days after the last of the student's letters has become final (after the lapse, if
//     the level has none), while the student still sleeps: one for each, or one a level and day (`digest`).
//   * A renewal and a new lapse are another cycle; what happened in the one before counts for the 20 hours alone.

#include "scheduler/reminders/pace.hpp"
#include "site/days.hpp"
#include "site/level_letters.hpp"
#include "site/reminders.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace dormouse::scheduler {

struct reminder_options {
    int look_back = 90;   ///< Days.
    bool digest = false;  ///< The school's letters: one a level and day.

    friend bool operator==(const reminder_options&, const reminder_options&) = default;
};

/// A student's sleep: of a level, since a day.
struct sleep_cycle {
    std::int64_t user_id = 0;
    std::int64_t term_id = 0;
    site::day lapse;
};

using level_map = std::map<std::int64_t, site::level_settings>;

/// A digest goes so long after it was begun, so that one run of the planner gets all of its students into it.
inline constexpr auto digest_delay = std::chrono::minutes{10};

/// `why` of a row that is skipped because a later letter is due already.
inline constexpr std::string_view skipped_late = "skipped_late";

/// From which day of the cycle each of the three letters may go; empty = the letter is off.
[[nodiscard]] std::array<std::optional<int>, 3> letter_days(const site::level_settings& level);

/// What is to be written for these sleepers, in their order. `rows`: all rows of their users, and today's digests
/// (site::reminders::plan). `p` gives each letter its time; where it has no room left nothing more is planned.
[[nodiscard]] std::vector<site::planned_letter> plan_letters(std::span<const sleep_cycle> sleepers,
                                                             std::span<const site::reminder> rows,
                                                             const level_map& levels, const reminder_options& o,
                                                             base::time_ms now, pace& p);

/// Whether any letter can be due for such a lapse today: for leaving whole histories unread.
[[nodiscard]] bool may_be_due(site::day lapse, const site::level_settings& level, const reminder_options& o,
                              base::time_ms now);

/// The next letter of a cycle as things are, for people: its stage, and the day on which it becomes due (today or
/// before: it is due). Empty: none any more, or one that is not final is in the way.
struct upcoming_letter {
    site::letter_stage stage = site::letter_stage::first;
    site::day due;
};
[[nodiscard]] std::optional<upcoming_letter> next_letter(const sleep_cycle& c, std::span<const site::reminder> rows,
                                                         const site::level_settings& level, const reminder_options& o,
                                                         base::time_ms now);

/// `2026-11-21T10:00Z` is of the UTC day 2026-11-21.
[[nodiscard]] inline site::day day_of(base::time_ms t) { return std::chrono::floor<std::chrono::days>(t); }

}  // namespace dormouse::scheduler
