#include "queue/redis/reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace dormouse::queue::redis {

namespace {
constexpr detail::node nil_node{};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) noexcept {
    return std::find(words.begin(), words.end(), word) != words.end();
}
}  // namespace

std::string_view to_string(reply_type t) noexcept {
    switch (t) {
        case reply_type::nil: return "nil";
        case reply_type::status: return "status";
        case reply_type::error: return "error";
        case reply_type::integer: return "integer";
        case reply_type::bulk: return "bulk";
        case reply_type::array: return "array";
    }
    return "unknown";
}

reply_view::reply_view() noexcept : at_{&nil_node} {}

std::optional<std::int64_t> reply_view::number() const noexcept {
    if (is_integer()) return at_->value;
    const auto t = text();
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(t.data(), t.data() + t.size(), value);
    if (t.empty() || code != std::errc{} || end != t.data() + t.size()) return std::nullopt;
    return value;
}

std::string_view reply_view::error_code() const noexcept {
    return is_error() ? text().substr(0, text().find(' ')) : std::string_view{};
}

reply_view reply_view::operator[](std::size_t i) const noexcept {
    if (i >= size()) return {};
    const bool flat = at_->value == std::int64_t{at_->size} + 1;
    if (flat) return {at_ + 1 + i, text_};
    auto element = begin();
    while (i-- > 0) ++element;
    return *element;
}

bool is_connection_fatal(reply_view r) noexcept {
    static constexpr std::array<std::string_view, 7> words{"READONLY", "LOADING",   "MASTERDOWN", "NOAUTH",
                                                           "MOVED",    "WRONGPASS", "UNBLOCKED"};
    return r.is_error() && is_one_of(r.error_code(), words);
}

base::error to_error(reply_view r) {
    static constexpr std::array<std::string_view, 10> later{"READONLY", "LOADING",     "MASTERDOWN", "UNBLOCKED",
                                                            "BUSY",     "CLUSTERDOWN", "TRYAGAIN",   "NOREPLICAS",
                                                            "MOVED",    "ASK"};
    static constexpr std::array<std::string_view, 3> denied{"NOAUTH", "WRONGPASS", "NOPERM"};
    const auto word = r.error_code();
    auto code = base::errc::server_error;
    if (is_one_of(word, later)) code = base::errc::unavailable;
    if (is_one_of(word, denied)) code = base::errc::denied;
    return {code, "redis: " + std::string{r.text()}};
}

base::result<reply> accept(base::result<reply> r) {
    if (r && r->is_error()) return to_error(*r);
    return r;
}

}  // namespace dormouse::queue::redis
