#pragma once
// The period of a subscription as the licence server wants it, out of the ways shops write it. Pure.

#include "base/clock.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::licence {

struct billing_period {
    std::string unit;           ///< day, week, month or year.
    std::int64_t interval = 0;  ///< 1 to 1000 units.
    base::time_ms next{};       ///< Next payment.

    friend bool operator==(const billing_period&, const billing_period&) = default;
};

/// `M`, `m`, `Month` → `month`; empty for what is no unit.
[[nodiscard]] std::string_view unit_of(std::string_view text) noexcept;

/// Reads the three, `date` as `2026-12-21 10:00:00` or `2026-12-21T10:00:00Z`, UTC. errc::invalid_argument names the
/// one that is wrong and what is expected.
[[nodiscard]] base::result<billing_period> read_period(std::string_view unit, std::optional<std::int64_t> interval,
                                                       std::string_view date);

/// A next payment before 2000 or more than ten years from `now` is a mistake of whoever made it (spec 3-jobs B3).
[[nodiscard]] base::result<void> check_window(const billing_period& p, base::time_ms now);

/// `2026-12-21T10:00:00Z`
[[nodiscard]] std::string to_seconds(base::time_ms t);

}  // namespace dormouse::jobs::licence
