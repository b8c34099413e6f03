#include "jobs/wallet_charge/args.hpp"

#include "jobs/read_member.hpp"

#include <algorithm>

namespace dormouse::jobs::wallet_charge {

namespace {

constexpr std::size_t longest_project = 64;
constexpr std::size_t longest_reason = 100;
constexpr std::size_t shortest_key = 8;

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_project(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_project &&
           std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; });
}

bool is_key(std::string_view text) noexcept {
    return text.size() >= shortest_key && text.size() <= longest_key && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

bool is_currency(std::string_view text) noexcept {
    return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_reason(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_reason &&
           std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace

base::result<charge_args> read_args(const boost::json::object& args) {
    charge_args out;
    out.project = text_of(args, "project_id");
    if (!is_project(out.project)) return wrong_member("project_id", "1 to 64 characters of A-Z, a-z, 0-9, _ and -");
    out.amount = whole_of(args, "amount").value_or(0);
    if (out.amount <= 0 || out.amount > largest_amount)
        return wrong_member("amount",
                            "a whole number from 1 to 9007199254740991; send kopecks, not a fraction of a rouble");
    out.currency = text_of(args, "currency");
    if (args.contains("currency") && !is_currency(out.currency))
        return wrong_member("currency", "three capital letters, such as RUB");
    out.reason = text_of(args, "reason");
    if (!is_reason(out.reason)) return wrong_member("reason", "a text of 1 to 100 bytes without control characters");
    out.key = text_of(args, "charge_key");
    if (!is_key(out.key))
        return wrong_member(
            "charge_key",
            "8 to 60 characters of a-z, 0-9 and _, made once out of the facts of the charge and the same for "
            "every repetition");
    return out;
}

std::string limit_of(const boost::json::object& args) {
    const auto project = text_of(args, "project_id");
    return is_project(project) ? "wallet:" + std::string{project} : std::string{};
}

}  // namespace dormouse::jobs::wallet_charge
