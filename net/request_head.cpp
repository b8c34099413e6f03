#include "net/request_head.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace dormouse::net {

namespace {

constexpr std::array<std::string_view, 12> reserved_names{
    "host",    "connection", "keep-alive", "te",         "trailer",         "transfer-encoding",
    "upgrade", "expect",     "cookie",     "user-agent", "accept-encoding", "http2-settings"};
constexpr std::array<std::string_view, 2> reserved_prefixes{"content-", "proxy-"};

base::error bad(std::string why) { return {base::errc::invalid_argument, std::move(why)}; }

// A name that is not a token is not repeated: it may be an attempt to smuggle a line into a log as well.
base::result<void> check(const std::string& name, const std::string& value) {
    if (!is_header_name(name)) return bad("a header's name is not a token");
    if (is_reserved_header(name)) return bad("header '" + name + "' is written by the client itself");
    if (!is_header_value(value)) return bad("header '" + name + "' has a value outside printable ASCII");
    if (name.size() + value.size() > max_header_line_bytes)
        return bad("header '" + name + "' is longer than 4096 bytes");
    return {};
}

void add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool is_header_name(std::string_view name) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view value) noexcept {
    if (value.starts_with(' ') || value.ends_with(' ')) return false;
    return std::ranges::all_of(value, [](char c) { return c >= 0x20 && c <= 0x7E; });
}

bool is_reserved_header(std::string_view name) {
    const auto lower = base::ascii_lower(name);
    return std::ranges::find(reserved_names, lower) != reserved_names.end() ||
           std::ranges::any_of(reserved_prefixes, [&](auto prefix) { return lower.starts_with(prefix); });
}

bool is_allowed_extra_header(std::string_view name) {
    return is_header_name(name) && !is_reserved_header(name) && !base::ascii_lower(name).starts_with("webhook-");
}

base::result<std::string> request_head(const request& r, const url& u, std::string_view user_agent) {
    if (!is_header_name(r.method)) return bad("the request's method is not a token");
    if (!is_header_value(user_agent) || !is_header_value(r.content_type))
        return bad("the user agent or the content type is outside printable ASCII");
    if (r.headers.size() > max_request_headers) return bad("the request has more than 40 headers");
    std::string out = r.method + " " + u.target + " HTTP/1.1\r\n";
    add(out, "Host", u.host_header());
    if (!user_agent.empty()) add(out, "User-Agent", user_agent);
    add(out, "Accept-Encoding", "identity");
    const bool bodiless = r.body.empty() && (r.method == "GET" || r.method == "HEAD" || r.method == "DELETE");
    if (!bodiless) {
        if (!r.content_type.empty()) add(out, "Content-Type", r.content_type);
        add(out, "Content-Length", std::to_string(r.body.size()));
    }
    for (const auto& [name, value] : r.headers) {
        if (const auto checked = check(name, value); !checked) return checked.error();
        add(out, name, value);
    }
    out += "\r\n";
    return out;
}

}  // namespace dormouse::net
