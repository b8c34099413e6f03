#pragma once
// The job that follows another one's success (`then` of the envelope). Pure.

#include "queue/job.hpp"

#include <string>
#include <string_view>

namespace dormouse::queue {

/// Id of the follower of `parent` (a ULID): a function of it, so that an end that is recorded twice makes one follower.
/// The time in it is the parent's.
[[nodiscard]] std::string follower_id(std::string_view parent);

/// `parent.then`, which must be there, as a job of its own: with id, site, trace of the parent, issued at `now`.
[[nodiscard]] job follower_of(const job& parent, base::time_ms now);

}  // namespace dormouse::queue
