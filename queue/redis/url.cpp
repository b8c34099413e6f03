#include "queue/redis/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <optional>

namespace dormouse::queue::redis {

namespace {
namespace urls = boost::urls;

base::error wrong(const std::string& text) { return {base::errc::invalid_argument, "redis.url: " + text}; }

std::optional<unsigned> to_number(std::string_view text, unsigned most) {
    unsigned value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || code != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
    return value;
}

base::result<void> read_db(address& out, const std::string& text) {
    const auto db = to_number(text, 1'000'000);
    if (!db) return wrong("database '" + text + "' is not a whole number");
    out.db = *db;
    return {};
}

base::result<address> read_unix(const urls::url_view& u) {
    address out;
    out.by = address::transport::unix_socket;
    out.host.clear();
    out.path = u.path();
    if (u.has_authority() && !u.encoded_authority().empty())
        return wrong("a UNIX socket needs three slashes: unix:///run/redis.sock");
    if (out.path.size() < 2 || out.path.front() != '/')
        return wrong("the path of the UNIX socket is missing: unix:///run/redis.sock");
    for (const auto& parameter : u.params()) {
        if (parameter.key != "db") return wrong("unknown parameter '" + std::string{parameter.key} + "', only db=N");
        if (auto ok = read_db(out, std::string{parameter.value}); !ok) return base::fail(std::move(ok));
    }
    return out;
}

base::result<address> read_tcp(const urls::url_view& u, address::transport by) {
    address out;
    out.by = by;
    out.host = u.host_address();
    if (out.host.empty()) return wrong("the host is missing: redis://127.0.0.1:6379");
    if (u.has_port()) {
        const auto port = to_number(std::string{u.port()}, 65535);
        if (!port || *port == 0) return wrong("port '" + std::string{u.port()} + "' is not one of 1 to 65535");
        out.port = static_cast<std::uint16_t>(*port);
    }
    if (const auto path = u.path(); path.size() > 1)
        if (auto ok = read_db(out, path.substr(1)); !ok) return base::fail(std::move(ok));
    if (u.has_query() || u.has_fragment()) return wrong("nothing may follow the database number");
    out.user = u.user();
    out.password = base::secret{u.password()};
    return out;
}
}  // namespace

std::string address::label() const {
    const auto number = std::to_string(db);
    if (by == transport::unix_socket) return "unix://" + path + (db == 0 ? "" : "?db=" + number);
    const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return (by == transport::tls ? "rediss://" : "redis://") + name + ":" + std::to_string(port) + "/" + number;
}

base::result<address> parse_url(std::string_view url) {
    const auto parsed = urls::parse_uri(url);
    if (parsed.has_error())
        return wrong(
            "not a URL; expected redis://, rediss:// or unix:///, and in user and password every character "
            "but letters, digits and -._~ as %XX");
    const urls::url_view u = parsed.value();
    const std::string scheme{u.scheme()};
    if (scheme == "unix") return read_unix(u);
    if (scheme == "redis") return read_tcp(u, address::transport::tcp);
    if (scheme == "rediss") return read_tcp(u, address::transport::tls);
    return wrong("unknown scheme '" + scheme + "', expected redis, rediss or unix");
}

}  // namespace dormouse::queue::redis
