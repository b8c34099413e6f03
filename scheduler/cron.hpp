#pragma once
// A cron expression on a calendar: which minutes of a wall clock it names. Zones and changes of the clock are
// ticks.hpp's.

#include "scheduler/cron_fields.hpp"

#include <chrono>
#include <string>

namespace dormouse::scheduler {

/// Five fields or a name such as `@daily` (docs/schedules.md). Immutable; names at least one minute in any 40 years.
class cron_expression {
public:
    /// The errors are those of `parse_cron_fields`.
    [[nodiscard]] static base::result<cron_expression> parse(std::string_view text);

    /// As it was written.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// Whether it allows all 24 hours, however that is written. Such an expression follows real time through a
    /// change of the clock (ticks.hpp).
    [[nodiscard]] bool every_hour() const noexcept;

    /// Whether the minute that `t` lies in is named.
    [[nodiscard]] bool names(std::chrono::local_seconds t) const;

    /// The first named minute that begins at or after `t`; the last that begins at or before it. Years 1900 to 3000.
    /// Bounded: a step per month, at most 492.
    [[nodiscard]] std::chrono::local_seconds first_from(std::chrono::local_seconds t) const;
    [[nodiscard]] std::chrono::local_seconds last_until(std::chrono::local_seconds t) const;

private:
    cron_expression(std::string text, const cron_fields& fields) : text_{std::move(text)}, fields_{fields} {}

    [[nodiscard]] std::uint32_t days_of(std::chrono::year_month month) const;
    [[nodiscard]] bool names_day(std::chrono::local_days day) const;
    [[nodiscard]] std::chrono::local_days first_day_from(std::chrono::local_days day) const;
    [[nodiscard]] std::chrono::local_days last_day_until(std::chrono::local_days day) const;

    std::string text_;
    cron_fields fields_;
};

}  // namespace dormouse::scheduler
