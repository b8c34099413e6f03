#pragma once
// What is kept of a schedule, as data, and how it is written. Pure.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::queue {

/// The run of a duty that has begun and not ended.
struct schedule_run {
    std::string id;  ///< Not empty.
    base::time_ms tick{};
    base::time_ms begun{};
    std::string owner;      ///< The scheduler that does it now.
    base::time_ms lease{};  ///< Until then, unless renewed.
    int tries = 1;          ///< Schedulers that have begun it.
    bool by_operator = false;

    friend bool operator==(const schedule_run&, const schedule_run&) = default;
};

struct schedule_record {
    std::string definition;  ///< Empty if it was never seen.
    base::time_ms settled{};
    std::optional<base::time_ms> paused{};  ///< Since when.
    std::optional<base::time_ms> wanted{};  ///< An operator wants it to run, since then.
    std::optional<base::time_ms> fired{};   ///< The last tick that was fired.
    std::string job;                        ///< That it made; empty = none.
    bool job_open = false;                  ///< That job has neither ended nor died.
    std::optional<schedule_run> run{};
};

/// A line of a schedule's log.
struct schedule_event {
    enum class outcome {
        enqueued,    ///< A job.
        skipped,     ///< `note` says why.
        done,        ///< A duty's run; `note` is what it says.
        failed,      ///< A duty's run; `note` is the error.
        unfinished,  ///< A duty's run was cut off: the scheduler was told to stop.
        lost,        ///< Every scheduler that ran it died.
    };
    outcome what = outcome::enqueued;
    base::time_ms tick{};
    base::time_ms at{};                    ///< When it was enqueued or skipped; when the run ended.
    std::optional<base::time_ms> begun{};  ///< Of a run.
    std::string note{};
    std::string job{};
    std::string owner{};  ///< The scheduler.
    bool by_operator = false;
    int tries = 1;

    friend bool operator==(const schedule_event&, const schedule_event&) = default;
};

[[nodiscard]] std::string_view to_string(schedule_event::outcome o) noexcept;

/// JSON on one line; notes are redacted and cut at 500 bytes.
[[nodiscard]] std::string to_json(const schedule_event& e);
/// Nothing for what `to_json` did not write.
[[nodiscard]] std::optional<schedule_event> read_schedule_event(std::string_view text);

/// Fields of the hash. Texts, not views: they are few.
using schedule_fields = std::vector<std::pair<std::string, std::string>>;

/// The fields by which a change sees that the record is as it was read.
[[nodiscard]] schedule_fields identity_of(const schedule_record& r);
[[nodiscard]] schedule_fields fields_of(const schedule_run& run);
/// The fields of a run that has ended.
[[nodiscard]] schedule_fields no_run();

/// Without `job_open`, which other keys tell.
[[nodiscard]] schedule_record read_schedule_record(const schedule_fields& fields);

}  // namespace dormouse::queue
