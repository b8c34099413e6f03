#include "admin/listener.hpp"

#include <boost/asio/ip/address.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

namespace dormouse::admin {

namespace {

using base::errc;
using base::error;
using base::result;

constexpr std::string_view unix_prefix = "unix:";

error bad_listen(std::string_view text, std::string_view why) {
    return {errc::invalid_argument, "admin.listen \"" + std::string{text} + "\": " + std::string{why} +
                                        "; write 127.0.0.1:PORT, [::1]:PORT or unix:/absolute/path"};
}

error from_errno(std::string what) {
    const auto code = boost::system::error_code{errno, boost::system::system_category()};
    return {code, std::move(what)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

result<listen_address> parse_unix(std::string_view text) {
    const auto path = text.substr(unix_prefix.size());
    if (!path.starts_with('/')) return bad_listen(text, "the path of a UNIX socket starts with /");
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return bad_listen(text, "the path is longer than 107 bytes");
    if (path.find('\0') != std::string_view::npos) return bad_listen(text, "the path has a NUL in it");
    return listen_address{asio::local::stream_protocol::endpoint{std::string{path}}};
}

}  // namespace

result<listen_address> parse_listen(std::string_view text) {
    if (text.starts_with(unix_prefix)) return parse_unix(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return bad_listen(text, "there is no port");
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return bad_listen(text, "the port is not a number from 0 to 65535");
    auto host = std::string{text.substr(0, colon)};
    if (host == "localhost") host = "127.0.0.1";
    if (host.starts_with('[') != host.ends_with(']')) return bad_listen(text, "a bracket is missing");
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    boost::system::error_code code;
    const auto address = asio::ip::make_address(host, code);
    if (code) return bad_listen(text, "the host is not an IP address");
    if (!address.is_loopback())
        return bad_listen(text,
                          "not a loopback address, and this server has no passwords (use a proxy in front of it)");
    return listen_address{asio::ip::tcp::endpoint{address, *port}};
}

lock_file::~lock_file() {
    if (fd_ >= 0) ::close(fd_);
}

result<lock_file> lock_file::take(const std::string& path) {
    lock_file out{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (out.fd_ < 0) return from_errno(path);
    if (::flock(out.fd_, LOCK_EX | LOCK_NB) == 0) return out;
    if (errno != EWOULDBLOCK) return from_errno(path);
    return error{errc::conflict, path + " is locked: another process serves this socket"};
}

namespace {

/// 0 or the errno of a connect that does not wait: a full backlog is EAGAIN.
int connect_errno(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    const asio::local::stream_protocol::endpoint at{path};
    const int failed = ::connect(fd, at.data(), static_cast<socklen_t>(at.size())) == 0 ? 0 : errno;
    ::close(fd);
    return failed;
}

/// Removes a socket file that nobody serves.
result<void> clear_stale(const std::string& path) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return from_errno(path);
    }
    if (!S_ISSOCK(found.st_mode))
        return error{errc::conflict, path + " exists and is not a socket; move it away or change admin.listen"};
    if (connect_errno(path) != ECONNREFUSED)
        return error{errc::conflict, path + " is served by another process; stop it or change admin.listen"};
    if (::unlink(path.c_str()) != 0) return from_errno(path);
    return {};
}

result<void> bind_and_listen(listener::acceptor& acceptor, const listener::protocol::endpoint& at,
                             const std::string& socket_file, const std::string& name) {
    boost::system::error_code code;
    acceptor.open(at.protocol(), code);
    if (!code && socket_file.empty()) acceptor.set_option(asio::socket_base::reuse_address{true}, code);
    if (!code) acceptor.bind(at, code);
    if (code) return error{code, name};
    // Between bind and listen nobody can connect, so nobody slips in under the wrong mode.
    if (!socket_file.empty() && ::chmod(socket_file.c_str(), 0660) != 0) return from_errno(socket_file);
    acceptor.listen(asio::socket_base::max_listen_connections, code);
    if (code) return error{code, name};
    return {};
}

asio::ip::tcp::endpoint as_tcp(const listener::protocol::endpoint& generic) {
    asio::ip::tcp::endpoint out;
    out.resize(generic.size());
    std::memcpy(out.data(), generic.data(), generic.size());
    return out;
}

std::string to_text(const asio::ip::tcp::endpoint& e) {
    const auto host = e.address().to_string();
    return (e.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(e.port());
}

}  // namespace

result<listener> listener::open(const asio::any_io_executor& executor, const listen_address& where) {
    listener out{executor};
    if (const auto* tcp = std::get_if<asio::ip::tcp::endpoint>(&where)) {
        if (auto r = bind_and_listen(out.acceptor_, *tcp, {}, to_text(*tcp)); !r) return base::fail(std::move(r));
        return out;
    }
    const auto& local = std::get<asio::local::stream_protocol::endpoint>(where);
    const auto path = local.path();
    auto lock = lock_file::take(path + ".lock");
    if (!lock) return base::fail(std::move(lock));
    out.lock_ = std::move(*lock);
    if (auto r = clear_stale(path); !r) return base::fail(std::move(r));
    if (auto r = bind_and_listen(out.acceptor_, local, path, std::string{unix_prefix} + path); !r)
        return base::fail(std::move(r));
    out.socket_file_ = path;
    return out;
}

std::string listener::address() const {
    if (!socket_file_.empty()) return std::string{unix_prefix} + socket_file_;
    boost::system::error_code code;
    const auto bound = acceptor_.local_endpoint(code);
    return code ? std::string{} : to_text(as_tcp(bound));
}

void listener::close() noexcept {
    if (!acceptor_.is_open()) return;
    boost::system::error_code ignored;
    if (!socket_file_.empty()) ::unlink(socket_file_.c_str());
    acceptor_.close(ignored);
}

}  // namespace dormouse::admin
