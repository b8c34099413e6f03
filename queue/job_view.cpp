#include "queue/job_view.hpp"

#include <algorithm>
#include <array>

namespace dormouse::queue {

namespace {
constexpr std::array<std::string_view, 5> names{"ready", "scheduled", "running", "done", "dead"};
}

std::string_view to_string(job_state s) noexcept { return names.at(static_cast<std::size_t>(s)); }

std::optional<job_state> parse_state(std::string_view word) noexcept {
    const auto* const it = std::find(names.begin(), names.end(), word);
    if (it == names.end()) return std::nullopt;
    return static_cast<job_state>(it - names.begin());
}

}  // namespace dormouse::queue
