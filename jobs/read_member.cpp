#include "jobs/read_member.hpp"

#include <charconv>
#include <string>

namespace dormouse::jobs {

base::error wrong_member(std::string_view member, std::string_view expected) {
    return {base::errc::invalid_argument, "args." + std::string{member} + ": expected " + std::string{expected}};
}

std::string_view text_of(const boost::json::object& args, std::string_view member) noexcept {
    const auto* value = args.if_contains(member);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

std::optional<std::int64_t> whole_of(const boost::json::object& args, std::string_view member) noexcept {
    const auto* value = args.if_contains(member);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    const auto digits = text_of(args, member);
    std::int64_t number = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || bad != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

}  // namespace dormouse::jobs
