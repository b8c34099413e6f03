#include "net/url.hpp"

#include "net/host_name.hpp"

#include <algorithm>
#include <charconv>

namespace dormouse::net {

namespace {

namespace ip = boost::asio::ip;

base::error bad(const char* why) { return {base::errc::invalid_argument, why}; }

bool is_control_or_space(char c) noexcept {
    const auto u = static_cast<unsigned char>(c);
    return u <= 0x20 || u == 0x7F;
}

// Length of the UTF-8 sequence that `text` begins with; 0 if it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_sequence(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) >= 0xA0)) return 0;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) >= 0x90)) return 0;
    return size;
}

base::result<void> check_bytes(std::string_view text) {
    if (text.size() > max_url_bytes) return bad("the URL is longer than 2048 bytes");
    if (std::ranges::any_of(text, is_control_or_space)) return bad("the URL has a space or a control character");
    if (text.find('\\') != std::string_view::npos) return bad("the URL has a backslash");
    if (text.find('#') != std::string_view::npos) return bad("the URL has a fragment");
    for (auto rest = text; !rest.empty();) {
        const auto size = utf8_sequence(rest);
        if (size == 0) return bad("the URL is not valid UTF-8");
        rest.remove_prefix(size);
    }
    return {};
}

base::result<bool> read_scheme(std::string_view scheme) {
    std::string lower{scheme};
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower == "https") return true;
    if (lower == "http") return false;
    return bad("the URL's scheme is neither https nor http");
}

base::result<std::uint16_t> read_port(std::string_view text) {
    unsigned value = 0;
    const auto [stopped, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.size() > 5 || stopped != text.data() + text.size() || code != std::errc{} ||
        text.front() == '0' || value > 65'535)
        return bad("the URL's port is not a number from 1 to 65535");
    return static_cast<std::uint16_t>(value);
}

base::result<void> read_v6(std::string_view inside, url& out) {
    boost::system::error_code code;
    const auto address = ip::make_address_v6(std::string{inside}, code);
    if (code || inside.find('%') != std::string_view::npos) return bad("the URL's IPv6 address is malformed");
    out.address = address;
    out.host = address.to_string();
    return {};
}

base::result<void> read_host(std::string_view host, url& out) {
    boost::system::error_code code;
    const auto v4 = ip::make_address_v4(std::string{host}, code);
    if (!code && v4.to_string() == host) {
        out.address = v4;
        out.host = host;
        return {};
    }
    auto name = canonical_host_name(host);
    if (!name) return name.error();
    out.host = *std::move(name);
    return {};
}

base::result<void> read_authority(std::string_view authority, url& out) {
    if (authority.find('@') != std::string_view::npos) return bad("the URL has a user name or an '@' in its host");
    std::string_view host = authority;
    std::optional<std::string_view> port;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return bad("the URL's IPv6 address has no ']'");
        host = authority.substr(0, close + 1);
        const auto rest = authority.substr(close + 1);
        if (!rest.empty() && rest.front() != ':')
            return bad("something other than a port follows the URL's IPv6 address");
        if (!rest.empty()) port = rest.substr(1);
    } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon + 1);
    }
    out.port = out.https ? 443 : 80;
    if (port) {
        const auto number = read_port(*port);
        if (!number) return number.error();
        out.port = *number;
    }
    return host.starts_with('[') ? read_v6(host.substr(1, host.size() - 2), out) : read_host(host, out);
}

bool may_stand_raw(char c) noexcept {
    // RFC 3986 pchar, '/', '?'; and '[' ']', which PHP writes into queries and every server takes.
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@/?[]";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

bool is_hex_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

base::result<std::string> encode_target(std::string_view raw) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    if (!raw.starts_with('/')) out = "/";
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char c = raw[i];
        if (c == '%') {
            if (i + 2 >= raw.size() || !is_hex_digit(raw[i + 1]) || !is_hex_digit(raw[i + 2]))
                return bad("the URL has a '%' without two hexadecimal digits");
            out += c;
        } else if (may_stand_raw(c)) {
            out += c;
        } else {
            const auto u = static_cast<unsigned char>(c);
            out += {'%', digits[u >> 4U], digits[u & 0xFU]};
        }
    }
    return out;
}

}  // namespace

std::string url::host_header() const {
    auto out = address && address->is_v6() ? "[" + host + "]" : host;
    if (port != (https ? 443 : 80)) out += ":" + std::to_string(port);
    return out;
}

std::string url::origin() const {
    const auto bracketed = address && address->is_v6() ? "[" + host + "]" : host;
    return std::string{scheme()} + "://" + bracketed + ":" + std::to_string(port);
}

base::result<url> parse_url(std::string_view text) {
    if (const auto checked = check_bytes(text); !checked) return checked.error();
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return bad("the URL has no '://'");
    url out;
    const auto https = read_scheme(text.substr(0, scheme_end));
    if (!https) return https.error();
    out.https = *https;
    const auto after = text.substr(scheme_end + 3);
    const auto authority = after.substr(0, after.find_first_of("/?"));
    if (const auto read = read_authority(authority, out); !read) return read.error();
    auto target = encode_target(after.substr(authority.size()));
    if (!target) return target.error();
    out.target = *std::move(target);
    return out;
}

}  // namespace dormouse::net
