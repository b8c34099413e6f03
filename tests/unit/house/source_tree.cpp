#include "tests/unit/house/source_tree.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dormouse::house {

namespace fs = std::filesystem;

std::vector<std::string> source_files(const fs::path& root) {
    static constexpr std::array<std::string_view, 6> others{".git",         "build",       "vendor",
                                                            "node_modules", "__pycache__", ".cache"};
    std::vector<std::string> out;
    for (auto it = fs::recursive_directory_iterator{root}; it != fs::recursive_directory_iterator{}; ++it) {
        const auto name = it->path().filename().string();
        if (it->is_directory() && std::ranges::find(others, name) != others.end())
            it.disable_recursion_pending();
        else if (it->is_regular_file())
            out.push_back(it->path().lexically_relative(root).string());
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace dormouse::house
