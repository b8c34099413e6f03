#pragma once
// The args of a reminder-email job: a row of the ledger, or a test letter. No address: who gets it is read when the
// job runs. Pure.

#include "base/error.hpp"
#include "site/reminder.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::jobs::reminder_email {

/// A letter of a level as it is stored now, to the user who asks for it. Not in the ledger.
struct test_letter {
    std::int64_t user_id = 0;
    std::int64_t term_id = 0;
    site::letter_stage stage = site::letter_stage::first;
};

struct letter_args {
    std::int64_t reminder = 0;  ///< Row of the ledger; 0 for a test letter.
    std::optional<test_letter> test;
    std::string domain;                   ///< Of the recipient, for its pace; empty = the producer does not say.
    std::vector<site::opening> openings;  ///< In which it may go; none = at any time.
};

/// `{"reminder": 7, "domain": "school.example", "openings": [[1795420800000, 1795460400000]]}`, all but the first
/// optional, or `{"test": {"user_id": 1, "term_id": 7, "stage": "1"}}`.
[[nodiscard]] base::result<letter_args> read_args(const boost::json::object& args);

}  // namespace dormouse::jobs::reminder_email
