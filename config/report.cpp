#include "config/report.hpp"

#include <algorithm>
#include <tuple>

namespace dormouse::config {

void report::add(place where, const std::string& path, std::string text) {
    blamed_.insert(path);
    problem found{file_, where.line, where.column, path, std::move(text)};
    const auto is_before = [](const problem& a, const problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    };
    problems_.insert(std::upper_bound(problems_.begin(), problems_.end(), found, is_before), std::move(found));
}

void report::complain(std::initializer_list<std::string> paths, std::string text) {
    if (!std::all_of(paths.begin(), paths.end(), [&](const auto& path) { return is_sound(path); })) return;
    const auto given = std::find_if(paths.begin(), paths.end(), [&](const auto& path) { return is_given(path); });
    add(given == paths.end() ? place{} : where(*given), *paths.begin(), std::move(text));
}

place report::where(const std::string& path) const {
    const auto found = places_.find(path);
    return found == places_.end() ? place{} : found->second;
}

}  // namespace dormouse::config
