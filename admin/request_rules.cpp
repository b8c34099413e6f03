#include "admin/request_rules.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace dormouse::admin {

namespace {

bool is_port(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

reply text_reply(int status, std::string text) { return {status, std::move(text) + "\n", "text/plain; charset=utf-8"}; }

}  // namespace

bool is_own_host(std::string_view host) noexcept {
    constexpr std::array<std::string_view, 3> own{"localhost", "127.0.0.1", "[::1]"};
    return std::any_of(own.begin(), own.end(), [&](std::string_view name) {
        if (!base::same_but_for_case(host.substr(0, name.size()), name)) return false;
        const auto rest = host.substr(name.size());
        return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    });
}

std::string_view path_of(std::string_view target) noexcept { return target.substr(0, target.find('?')); }

std::optional<reply> refusal(const request_head& head) {
    if (head.has_body) return text_reply(413, "A request here has no body.");
    if (!head.target.starts_with('/')) return text_reply(400, "The request target must start with a slash.");
    if (head.hosts > 1) return text_reply(400, "There is more than one Host header.");
    if (head.hosts == 0 && head.is_http_1_1) return text_reply(400, "The Host header is missing.");
    if (head.over_network && head.hosts == 1 && !is_own_host(head.host))
        return text_reply(421, "This server answers only to localhost, 127.0.0.1 and [::1].");
    if (head.method != "GET" && head.method != "HEAD") return text_reply(405, "Only GET and HEAD are served here.");
    return std::nullopt;
}

}  // namespace dormouse::admin
