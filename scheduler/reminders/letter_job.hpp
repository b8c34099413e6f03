#pragma once
// The job that sends one letter of the ledger. Pure.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"
#include "queue/job.hpp"
#include "site/reminder.hpp"

#include <span>
#include <string>

namespace dormouse::scheduler {

/// Kind `reminder-email`, args `{"reminder": <id>, "openings": [[<ms>, <ms>], ...]}`, not before the letter is due and
/// only in these openings (none: at any time). Its id is a function of the site and the row, so that enqueueing it
/// again is harmless while the queue remembers it.
[[nodiscard]] queue::job job_of(const config::settings& s, const site::reminder& letter, base::time_ms now,
                                std::span<const site::opening> openings = {});

/// Its envelope in the form of `job_of`, signed by the first of queue.signing_keys that may; errc::invalid_argument if
/// none may. `id` not empty: in place of the letter's own, for one whose own job has ended.
[[nodiscard]] base::result<std::string> envelope_of(const config::settings& s, const site::reminder& letter,
                                                    base::time_ms now, std::span<const site::opening> openings,
                                                    std::string id = {});

}  // namespace dormouse::scheduler
