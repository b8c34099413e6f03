#pragma once
// What each answer of the licence server means: the table of spec 3-jobs B3 as pure functions. The operator's form of
// the table is docs/kinds/period-push.md.

#include "base/random.hpp"
#include "jobs/api/rows.hpp"
#include "jobs/licence/args.hpp"

#include <cstdint>
#include <optional>

namespace dormouse::jobs::licence {

using namespace std::chrono_literals;

/// How long a server that fails is tried.
inline constexpr base::ms longest_trying = 7 * 24h;
/// A licence that is not there may be on its way: asked for three times at short pauses, then at long ones.
inline constexpr int short_pauses = 3;
inline constexpr base::ms short_pause = 1min;
inline constexpr base::ms long_pause = 30min;
inline constexpr base::ms longest_missing = 24h;
/// A period waits for a provision that was last tried no longer ago: its own backoff is shorter.
inline constexpr base::ms provision_patience = 45min;

/// Rows that the server says it has changed; empty if it does not count.
[[nodiscard]] std::optional<std::int64_t> updated_rows(const api::answer& said) noexcept;

/// A done verdict has no result yet. `past` takes up what the next attempt must know; put it into the outcome's state.
[[nodiscard]] api::verdict decide(const api::ended_call& call, licence_step step, api::memory& past,
                                  base::random_source& random);

/// Drop, if a newer job of the same step is known. Empty = this is the newest.
[[nodiscard]] std::optional<queue::outcome> superseded(const site::subscription_standing& known, licence_step step,
                                                       const licence_args& args);

/// Until when a period must wait for a provision under way; empty = it need not. A soft order: a provision that has
/// died without a word holds it up for `provision_patience` at most, and zero changed rows are tried again anyway.
[[nodiscard]] std::optional<base::time_ms> wait_for_provision(const site::subscription_standing& known,
                                                              base::time_ms now, base::random_source& random);

}  // namespace dormouse::jobs::licence
