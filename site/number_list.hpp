#pragma once
// Numbers within the text of a statement: no prepared statement for each size of a list.

#include <cstdint>
#include <span>
#include <string>

namespace dormouse::site {

/// `1, 2, 3`, for `IN (...)`; `0` for none, which no row has.
[[nodiscard]] inline std::string number_list(std::span<const std::int64_t> numbers) {
    std::string out;
    for (const auto n : numbers) out.append(out.empty() ? "" : ", ").append(std::to_string(n));
    return out.empty() ? "0" : out;
}

}  // namespace dormouse::site
