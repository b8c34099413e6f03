#pragma once
// The files that people wrote: no build tree, no vendored code, nothing that a package manager fetched.

#include <filesystem>
#include <string>
#include <vector>

namespace dormouse::house {

/// Paths relative to `root`, sorted.
[[nodiscard]] std::vector<std::string> source_files(const std::filesystem::path& root);

}  // namespace dormouse::house
