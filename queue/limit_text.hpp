#pragma once
// The record of a job that waits or runs under limits, as the scripts read it (queue/lua/limits.lua). Pure.

#include "queue/limit.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::queue {

struct limit_record {
    std::string queue;
    std::vector<limit> limits;  ///< The job waits in line for the first of them.
};

/// `queue name most per_minute name most per_minute …`. Names as `limit` wants them.
[[nodiscard]] std::string limit_text(std::string_view queue, const std::vector<limit>& limits);

/// Nothing for what `limit_text` did not write.
[[nodiscard]] std::optional<limit_record> read_limit_text(std::string_view text);

}  // namespace dormouse::queue
