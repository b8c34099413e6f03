#include "config/checks.hpp"

#include "base/ascii.hpp"
#include "config/values.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>

namespace dormouse::config {

namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view redis_forms =
    "expected redis://[user[:password]@]host[:port][/db], rediss://... for TLS, or unix:///path[?db=N]";

struct host_port {
    std::string host;
    std::string port;  ///< Empty if none is written.
    bool well_formed = false;
};

/// Splits `host`, `host:port`, `[v6]`, `[v6]:port`.
host_port split_host_port(std::string_view text) {
    host_port out;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return out;
        out.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        boost::system::error_code bad;
        (void)ip::make_address_v6(out.host, bad);
        if (bad) return out;
    } else {
        const auto end = std::min(text.find(':'), text.size());
        out.host = text.substr(0, end);
        rest = text.substr(end);
    }
    if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) return out;
    if (!rest.empty()) out.port = rest.substr(1);
    out.well_formed = !out.host.empty();
    return out;
}

bool is_number_in(std::string_view text, std::int64_t low, std::int64_t high) noexcept {
    const auto value = parse_whole(text);
    return value && *value >= low && *value <= high;
}

bool is_host_name(std::string_view host) noexcept {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
    });
}

complaint check_redis_socket_url(std::string_view rest) {
    const auto query = rest.find('?');
    const auto path = rest.substr(0, query);
    if (!path.starts_with('/') || path.size() < 2)
        return "expected an absolute path after unix://, for example unix:///run/dormouse/redis.sock";
    if (path.size() > 107) return "expected a socket path of at most 107 bytes (the system's limit)";
    if (query == std::string_view::npos) return std::nullopt;
    const auto parameters = rest.substr(query + 1);
    if (!parameters.starts_with("db=") || !is_number_in(parameters.substr(3), 0, 65'535))
        return "expected nothing but ?db=N behind the socket's path";
    return std::nullopt;
}

complaint check_redis_tcp_url(std::string_view rest) {
    if (rest.find_first_of("?#") != std::string_view::npos) return "expected no ? and no # in a Redis URL";
    const auto slash = rest.find('/');
    auto authority = rest.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    const auto target = split_host_port(authority);
    if (!target.well_formed || !is_host_name(target.host)) return std::string{redis_forms};
    if (!target.port.empty() && !is_number_in(target.port, 1, 65'535)) return "expected a port from 1 to 65535";
    if (slash == std::string_view::npos || slash + 1 == rest.size()) return std::nullopt;
    if (!is_number_in(rest.substr(slash + 1), 0, 65'535)) return "expected a database number after the last /";
    return std::nullopt;
}

template <class Network>
complaint check_network(const Network& network, const boost::system::error_code& bad) {
    if (bad) return "expected a network such as 10.0.0.0/8 or fd00::/8";
    if (network.canonical().address() != network.address())
        return "expected no bits behind the prefix; did you mean " + network.canonical().to_string() + "?";
    return std::nullopt;
}

// B0.7, and what B1 writes: two headers of one name would leave it to the receiver which of them counts.
constexpr std::array<std::string_view, 12> forbidden_headers{
    "host",    "connection", "keep-alive", "te",         "trailer",         "transfer-encoding",
    "upgrade", "cookie",     "user-agent", "set-cookie", "idempotency-key", "expect"};
constexpr std::array<std::string_view, 5> forbidden_prefixes{"content-", "proxy-", "webhook-", "x-memberlux-",
                                                             "x-dormouse-"};

bool is_token_char(unsigned char c) noexcept {
    return std::isalnum(c) != 0 ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

complaint check_redis_url(const std::string& text) {
    const std::string_view url = text;
    if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; }))
        return "expected a URL of printable ASCII without spaces";
    for (const std::string_view scheme : {"redis://", "rediss://"})
        if (url.starts_with(scheme)) return check_redis_tcp_url(url.substr(scheme.size()));
    if (url.starts_with("unix://")) return check_redis_socket_url(url.substr(7));
    return std::string{redis_forms};
}

std::string_view password_in_url(std::string_view url) noexcept {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos || url.starts_with("unix:")) return {};
    auto authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find('/'));
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos) return {};
    const auto user = authority.substr(0, at);
    const auto colon = user.find(':');
    return colon == std::string_view::npos ? std::string_view{} : user.substr(colon + 1);
}

complaint check_cidr(const std::string& text) {
    boost::system::error_code bad;
    if (text.find(':') == std::string::npos) {
        const auto network = ip::make_network_v4(text, bad);
        return check_network(network, bad);
    }
    const auto network = ip::make_network_v6(text, bad);
    return check_network(network, bad);
}

namespace {

/// Scheme, host and whether the rest is well-formed, of `http(s)://host[:port][/path]`.
struct api_url {
    bool https = false;
    host_port authority;
    bool well_formed = false;
};

api_url read_api_url(std::string_view text) {
    api_url out;
    out.https = text.starts_with("https://");
    if (!out.https && !text.starts_with("http://")) return out;
    const auto rest = text.substr(text.find("//") + 2);
    out.authority = split_host_port(rest.substr(0, rest.find('/')));
    const auto plain = std::all_of(rest.begin(), rest.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
    out.well_formed = plain && rest.find_first_of("?#@\\") == std::string_view::npos && out.authority.well_formed &&
                      is_host_name(out.authority.host) &&
                      (out.authority.port.empty() || is_number_in(out.authority.port, 1, 65'535));
    return out;
}

}  // namespace

complaint check_api_url(const std::string& text) {
    if (text.empty() || read_api_url(text).well_formed) return std::nullopt;
    return "expected https://host[:port][/path] without user, query and fragment";
}

bool is_readable_on_the_way(const std::string& text) {
    const auto url = read_api_url(text);
    if (!url.well_formed || url.https || url.authority.host == "localhost") return false;
    boost::system::error_code unnamed;
    const auto address = ip::make_address(url.authority.host, unnamed);
    return unnamed || !address.is_loopback();
}

complaint check_listen(const std::string& text) {
    if (text.starts_with("unix:")) {
        const auto path = text.substr(5);
        if (path.size() < 2 || path.size() > 107) return "expected unix:/path with a path of at most 107 bytes";
        return check_path(path);
    }
    const auto target = split_host_port(text);
    if (!target.well_formed || !is_number_in(target.port, 0, 65'535))
        return "expected host:port on loopback, such as 127.0.0.1:9464, or unix:/path";
    if (target.host == "localhost") return std::nullopt;
    boost::system::error_code bad;
    const auto address = ip::make_address(target.host, bad);
    if (!bad && address.is_loopback()) return std::nullopt;
    return "expected a loopback address (127.0.0.1, [::1], localhost) or unix:/path, because the admin pages have no "
           "log-in of their own; to reach them from elsewhere put a web server with a log-in in front";
}

complaint check_path(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const std::filesystem::path path{text};
    if (!path.is_absolute()) return "expected an absolute path";
    if (std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; }))
        return "expected a path without '..'";
    return std::nullopt;
}

complaint check_existing_file(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (auto bad = check_path(text)) return bad;
    std::error_code failed;
    const auto status = std::filesystem::status(text, failed);
    if (!std::filesystem::exists(status)) return "expected an existing file";
    if (!std::filesystem::is_regular_file(status)) return "expected a regular file";
    if (!std::ifstream{text}) return "expected a file that this user may read";
    return std::nullopt;
}

complaint check_extra_header_name(const std::string& name) {
    if (name.empty() || name.size() > 128 || !std::all_of(name.begin(), name.end(), is_token_char))
        return "expected a header name of letters, digits and -";
    const auto lower = base::ascii_lower(name);
    const auto is_reserved =
        std::find(forbidden_headers.begin(), forbidden_headers.end(), lower) != forbidden_headers.end() ||
        std::any_of(forbidden_prefixes.begin(), forbidden_prefixes.end(),
                    [&](std::string_view prefix) { return lower.starts_with(prefix); });
    if (is_reserved) return "this header is written by the worker itself and cannot be set";
    return std::nullopt;
}

complaint check_header_value(const std::string& value) {
    const auto printable =
        std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
    if (!printable) return "expected printable ASCII without line breaks";
    if (value.starts_with(' ') || value.ends_with(' ')) return "expected no spaces at the ends";
    return std::nullopt;
}

}  // namespace dormouse::config
