#pragma once
// Ids within the text of a statement: no prepared statement for each size of a list.

#include <cstdint>
#include <span>
#include <string>

namespace dormouse::site {

/// `1,2,3`, for `IN (...)`; of an empty list an empty text.
[[nodiscard]] inline std::string id_list(std::span<const std::int64_t> ids) {
    std::string out;
    for (const auto id : ids) out.append(out.empty() ? "" : ",").append(std::to_string(id));
    return out;
}

}  // namespace dormouse::site
