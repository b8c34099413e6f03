#pragma once
// What the end of a dialogue with the mail server means, for the letter's job and for its row in the ledger (spec
// 3-jobs B5). Pure.
//
//     connect, TLS, greeting, EHLO fail; 421; lost before the dot   deferred 1-5 min, no attempt spent; relay's breaker
//     STARTTLS missing, bad certificate, AUTH 535 534 538 …         the kind is held, alert
//     AUTH 4xx                                                      retry
//     MAIL FROM 5xx (not of the size)                               the kind is held, alert
//     RCPT 550 551 553 with 5.1.x                                   dead, failed, the address gets nothing any more
//     552, x.2.2, 4xx                                               retry, up to 3 days
//     552 or 5.3.4 to MAIL FROM, 5.3.4 later                        dead, `too_big`
//     5.7.x, 554 and every other 5xx                                dead, failed, alert
//     250 to the final dot                                          done, sent
//     no answer to the final dot                                    dead, in_doubt: a person decides

#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/kind_settings.hpp"
#include "net/mail_sender.hpp"
#include "queue/outcome.hpp"
#include "site/reminders.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::reminder_email {

/// A letter that could not be handed over for so long is given up (RFC 5321 4.5.4.1: 4 to 5 days; a reminder is of no
/// use by then).
inline constexpr base::ms longest_trying = std::chrono::days{3};

/// 5, 15 and 30 minutes, 1, 2 and then every 4 hours, each spread by a quarter.
[[nodiscard]] base::ms retry_delay(int failed, base::random_source& random);

/// Where the job is.
struct course {
    base::time_ms now;
    int attempt = 1;  ///< Number of this attempt of the job.
    std::optional<base::time_ms> first_failure{};
};

/// A dialogue that has ended.
struct ended_dialogue {
    const net::mail_answer& said;
    course at;
    std::string refused_because{};  ///< Why `commit` said no: `taken_over`, `ledger_unavailable`, `too_late`.
    config::doubt_rule doubt = config::doubt_rule::none;
};

struct verdict {
    queue::outcome outcome;
    site::letter_end end;    ///< For `reminders::settle`;
    bool untried = false;    ///< or, if nothing was committed, `reminders::release`: it was not this letter's fault.
    bool hold_kind = false;  ///< No letter can go until a person has mended something.
    bool suppress = false;   ///< The address does not exist.
    bool slow_down = false;  ///< The recipient's domain asks for less (421, 450 4.7.x).
    std::optional<std::string> alert{};  ///< A person must look.
};

[[nodiscard]] verdict judge(const ended_dialogue& d, base::random_source& random);

/// The ledger says that there is nothing to do (`letter_claim::end::settled`).
[[nodiscard]] queue::outcome standing(const site::reminder& row);

/// `text` if it is a word that may be a reason, else `otherwise`: people write into the ledger, too.
[[nodiscard]] std::string word_or(std::string_view text, std::string_view otherwise);

/// The letter's texts could not be had: again as after a 4xx. Nothing was sent.
[[nodiscard]] verdict unrendered(const course& at, std::string reason, std::string detail, base::random_source& random);

/// It is no letter: dead, failed.
[[nodiscard]] verdict unfit(std::string reason, std::string detail);

}  // namespace dormouse::jobs::reminder_email
