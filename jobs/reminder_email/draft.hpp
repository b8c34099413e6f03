#pragma once
// What a letter is made of: read in the transaction that claims it, so that the check and the text belong together
// (spec 4-scheduler, "Eligibility is checked again").

#include "base/error.hpp"
#include "config/scheduler_settings.hpp"
#include "jobs/reminder_email/args.hpp"
#include "site/days.hpp"
#include "site/recipients.hpp"
#include "site/reminders.hpp"
#include "site/sleeper_rules.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dormouse::site {
class connection;
class pool;
}  // namespace dormouse::site

namespace dormouse::jobs::reminder_email {

/// A student a letter speaks of.
struct student {
    site::person who;
    std::string lapse;  ///< YYYY-MM-DD
};

/// Templates and facts of one letter.
struct draft {
    std::int64_t term_id = 0;
    site::letter_stage stage = site::letter_stage::first;
    std::string course;  ///< The level's name, as text.
    std::string subject;
    std::string body;
    std::string to;
    std::string to_name;
    std::string date_format;
    std::vector<student> about;  ///< One; of a digest those who still sleep.
};

/// Where drafts come from. Copied into calls on the pool's threads.
struct draft_sources {
    site::tables tables;
    std::string options;      ///< Name of the table.
    std::string suppression;  ///< Likewise.
    site::sleeper_options rules;
};

[[nodiscard]] draft_sources sources_of(site::pool& p, const config::sleepers_settings& rules);

/// The draft of a row of the ledger, or why it must not go any more; `members` are the rows that a digest speaks of.
/// Throws as `connection` does.
struct looked {
    draft letter;
    std::optional<site::letter_refusal> no;
};
[[nodiscard]] looked look_again(site::connection& c, const draft_sources& s, const site::reminder& row,
                                const std::vector<site::reminder>& members, site::day today);

/// The draft of a test letter: to the user's own address, whatever the rules say. The refusal is `level_gone`,
/// `user_gone` or `letter_off`. Throws as `connection` does.
[[nodiscard]] looked look_at_test(site::connection& c, const draft_sources& s, const test_letter& t, site::day today);

/// What a verdict on the student means for a letter about the lapse; empty = it may go. Pure.
[[nodiscard]] std::optional<site::letter_refusal> refusal_of(const site::sleeper_verdict& v, const std::string& lapse);

}  // namespace dormouse::jobs::reminder_email
