#pragma once
// What the scheduler's own duties left behind, for `/metrics`. Names: docs/metrics.md.

#include "admin/families.hpp"
#include "base/clock.hpp"
#include "scheduler/housekeeping.hpp"
#include "scheduler/outbox_relay.hpp"

namespace dormouse::admin {

/// `dormouse_outbox_depth`, `dormouse_outbox_oldest_seconds` and `dormouse_outbox_stuck`, once a run has looked;
/// `dormouse_outbox_moved_total`, `dormouse_outbox_failures_total`.
[[nodiscard]] families outbox_families(const scheduler::outbox_relay::standing& relay, base::time_ms now);

/// `dormouse_rows_removed_total`, by sort of rows.
[[nodiscard]] families housekeeping_families(const scheduler::housekeeping::counts& removed);

}  // namespace dormouse::admin
