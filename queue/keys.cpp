#include "queue/keys.hpp"

#include <charconv>

namespace dormouse::queue {

std::string later_member(int priority, std::string_view id) { return std::to_string(priority) + ":" + std::string{id}; }

std::string lane_member(std::string_view queue, std::string_view lane) {
    return std::string{queue} + " " + std::string{lane};
}

lane_name split_lane_member(std::string_view member) {
    const auto space = member.find(' ');
    if (space == std::string_view::npos) return {std::string{member}, {}};
    return {std::string{member.substr(0, space)}, std::string{member.substr(space + 1)}};
}

std::string key_value(std::string_view id, base::time_ms until) {
    return std::string{id} + " " + std::to_string(base::to_epoch_ms(until));
}

std::optional<key_holder> read_key_value(std::string_view value) {
    const auto space = value.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    std::int64_t until = 0;
    const auto* const end = value.data() + value.size();
    const auto [stop, code] = std::from_chars(value.data() + space + 1, end, until);
    if (code != std::errc{} || stop != end) return std::nullopt;
    return key_holder{std::string{value.substr(0, space)}, base::from_epoch_ms(until)};
}

}  // namespace dormouse::queue
