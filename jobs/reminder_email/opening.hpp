#pragma once
// When a letter may go, as its producer says: one that was planned for the evening and is held up waits for the
// morning. Pure.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "site/reminder.hpp"

#include <optional>
#include <span>

namespace dormouse::jobs::reminder_email {

/// The opening that a letter has to wait for at `now`; nothing: it may go. `all` in their order, none = any time; after
/// the last of them, the same hours of each day that follows.
[[nodiscard]] std::optional<site::opening> opening_ahead(std::span<const site::opening> all, base::time_ms now);

/// When a letter comes that had to wait for this opening: in its first hour, or half of a shorter one, so that a
/// night's letters do not come all at once.
[[nodiscard]] base::time_ms turn_in(const site::opening& next, base::random_source& random);

}  // namespace dormouse::jobs::reminder_email
