#pragma once
// Who may include whom, in one table (include_rules.cpp). Reads the product's rooms; tests may include anything.

#include <filesystem>
#include <string>
#include <vector>

namespace dormouse::house {

/// One sentence for each include or text that the rules forbid below `root`, as "path:line: why", sorted. Reads
/// `*.hpp` and `*.cpp` in the rooms and throws std::filesystem::filesystem_error when `root` cannot be read.
[[nodiscard]] std::vector<std::string> broken_rules(const std::filesystem::path& root);

/// Number of files that broken_rules would read: so that an empty answer can be told from an empty tree.
[[nodiscard]] std::size_t files_in_rooms(const std::filesystem::path& root);

}  // namespace dormouse::house
