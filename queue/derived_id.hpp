#pragma once
// Ids of jobs that somebody may make twice: functions of what they are made from, so that the second is the first.

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace dormouse::queue {

/// A ULID whose time is `made` and whose other characters are a digest of `text`, which names its maker and what it is
/// for. Pure. Two texts give the same id once in 2^80.
[[nodiscard]] std::string derived_id(base::time_ms made, std::string_view text);

}  // namespace dormouse::queue
