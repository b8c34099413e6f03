#include "queue/limit_text.hpp"

#include <sstream>

namespace dormouse::queue {

std::string limit_text(std::string_view queue, const std::vector<limit>& limits) {
    std::string out{queue};
    for (const auto& l : limits)
        out.append(" ")
            .append(l.name)
            .append(" ")
            .append(std::to_string(l.most))
            .append(" ")
            .append(std::to_string(l.per_minute.value_or(0)));
    return out;
}

std::optional<limit_record> read_limit_text(std::string_view text) {
    std::istringstream words{std::string{text}};
    limit_record out;
    words >> out.queue;
    for (limit l; words >> l.name;) {
        int per_minute = 0;
        if (!(words >> l.most >> per_minute)) return std::nullopt;
        l.per_minute = per_minute > 0 ? std::optional{per_minute} : std::nullopt;
        out.limits.push_back(l);
    }
    if (out.limits.empty()) return std::nullopt;
    return out;
}

}  // namespace dormouse::queue
