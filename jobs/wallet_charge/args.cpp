#include "jobs/wallet_charge/args.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dormouse::jobs::wallet_charge {

namespace {

constexpr std::size_t longest_project = 64;
constexpr std::size_t longest_reason = 100;
constexpr std::size_t shortest_key = 8;

base::error wrong(std::string_view member, std::string_view expected) {
    return {base::errc::invalid_argument, "args." + std::string{member} + ": expected " + std::string{expected}};
}

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string_view text_of(const boost::json::object& args, std::string_view member) noexcept {
    const auto* value = args.if_contains(member);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
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

// A number, or its decimal digits as a text: PHP on 32 bits and some databases write the latter.
std::optional<std::int64_t> amount_of(const boost::json::object& args) noexcept {
    const auto* value = args.if_contains("amount");
    if (value == nullptr) return std::nullopt;
    std::int64_t amount = 0;
    if (value->is_int64()) {
        amount = value->get_int64();
    } else {
        const auto digits = text_of(args, "amount");
        const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
        if (digits.empty() || bad != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    }
    return amount > 0 && amount <= largest_amount ? std::optional{amount} : std::nullopt;
}

}  // namespace

base::result<charge_args> read_args(const boost::json::object& args) {
    charge_args out;
    out.project = text_of(args, "project_id");
    if (!is_project(out.project)) return wrong("project_id", "1 to 64 characters of A-Z, a-z, 0-9, _ and -");
    const auto amount = amount_of(args);
    if (!amount)
        return wrong("amount", "a whole number from 1 to 9007199254740991; send kopecks, not a fraction of a rouble");
    out.amount = *amount;
    out.currency = text_of(args, "currency");
    if (args.contains("currency") && !is_currency(out.currency))
        return wrong("currency", "three capital letters, such as RUB");
    out.reason = text_of(args, "reason");
    if (!is_reason(out.reason)) return wrong("reason", "a text of 1 to 100 bytes without control characters");
    out.key = text_of(args, "charge_key");
    if (!is_key(out.key))
        return wrong("charge_key",
                     "8 to 60 characters of a-z, 0-9 and _, made once out of the facts of the charge and the same for "
                     "every repetition");
    return out;
}

std::string limit_of(const boost::json::object& args) {
    const auto project = text_of(args, "project_id");
    return is_project(project) ? "wallet:" + std::string{project} : std::string{};
}

}  // namespace dormouse::jobs::wallet_charge
