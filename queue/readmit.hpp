#pragma once
// Whether a dead job may become ready again. Pure.
//
// A worker believes every envelope it claims, because admission judged it. Dead jobs include envelopes that admission
// refused, so those are judged again: by the keys of today, since a missing key may have been the whole trouble.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "queue/envelope.hpp"
#include "queue/job.hpp"

#include <string>
#include <string_view>

namespace dormouse::queue {

/// The job with its id set; or errc::conflict and why not: unreadable, refused again, expired.
[[nodiscard]] base::result<job> readmit(const std::string& id, std::string_view envelope, const history& past,
                                        const keyring& keys, const admission_rules& rules, base::time_ms now);

}  // namespace dormouse::queue
