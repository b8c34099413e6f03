#pragma once
// Reading rows of `{prefix}dormouse_reminder`; for the files of this room that speak with the table.

#include "site/connection.hpp"
#include "site/reminder.hpp"

#include <string>
#include <vector>

namespace dormouse::site {

inline constexpr auto reminder_table = "dormouse_reminder";

/// `SELECT <all columns> FROM <table> `, for `reminders_of`.
[[nodiscard]] std::string select_reminders(const std::string& table);

/// errc::protocol (thrown) for a stage or state that this program does not know.
[[nodiscard]] std::vector<reminder> reminders_of(const std::vector<row>& rows);

/// `'planned', 'retry'` for SQL.
[[nodiscard]] std::string in_states(std::initializer_list<letter_state> states);

}  // namespace dormouse::site
