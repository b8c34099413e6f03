#include "queue/redis/stream.hpp"

#include "queue/redis/wake_up.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <utility>
#include <vector>

namespace dormouse::queue::redis {

namespace {
namespace asio = base::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;
using protocol = asio::generic::stream_protocol;
using socket_type = protocol::socket;

/// What a failed read or write means.
base::error lost(const error_code& code) {
    if (code == asio::error::operation_aborted) return {base::errc::cancelled};
    if (code == asio::error::eof || code == ssl::error::stream_truncated)
        return {base::errc::connection_lost, "redis closed the connection"};
    return {base::errc::connection_lost, "redis connection: " + code.message()};
}

/// What a failed attempt to connect means.
base::error unreachable(const address& to, const error_code& code) {
    if (code == asio::error::operation_aborted) return {base::errc::cancelled};
    return {base::errc::unavailable, "cannot connect to " + to.label() + ": " + code.message()};
}

template <class Stream>
class stream_on final : public stream {
public:
    explicit stream_on(Stream s) : stream_{std::move(s)} {}

    base::awaitable<base::result<std::size_t>> read_some(char* out, std::size_t size) override {
        const auto [code, n] = co_await stream_.async_read_some(asio::buffer(out, size), base::as_result);
        if (code) co_return lost(code);
        co_return n;
    }

    base::awaitable<base::result<void>> write(std::string_view bytes) override {
        const auto [code, n] =
            co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), base::as_result);
        if (code) co_return lost(code);
        co_return base::result<void>{};
    }

private:
    Stream stream_;
};

/// Shared with a resolver that may still be at work when nobody waits for it any more: getaddrinfo cannot be stopped.
struct lookup {
    explicit lookup(const asio::any_io_executor& on) : resolver{on} {}
    asio::ip::tcp::resolver resolver;
    wake_up answered;
    bool finished = false;
    error_code code;
    std::vector<asio::ip::tcp::endpoint> found;
};

base::awaitable<base::result<std::vector<protocol::endpoint>>> resolve(address to) {
    if (to.by == address::transport::unix_socket) {
        if (to.path.size() >= sizeof(sockaddr_un::sun_path))
            co_return base::error{base::errc::invalid_argument, "redis.url: the socket's path is too long"};
        co_return std::vector<protocol::endpoint>{asio::local::stream_protocol::endpoint{to.path}};
    }
    error_code not_numeric;
    if (const auto ip = asio::ip::make_address(to.host, not_numeric); !not_numeric)
        co_return std::vector<protocol::endpoint>{asio::ip::tcp::endpoint{ip, to.port}};

    const auto asked = std::make_shared<lookup>(co_await asio::this_coro::executor);
    asked->resolver.async_resolve(to.host, std::to_string(to.port), [asked](const error_code& code, const auto& all) {
        asked->code = code;
        for (const auto& one : all) asked->found.push_back(one.endpoint());
        asked->finished = true;
        asked->answered.wake();
    });
    co_await asked->answered.wait();
    if (!asked->finished) co_return base::error{base::errc::cancelled};
    if (asked->code) co_return unreachable(to, asked->code);
    co_return std::vector<protocol::endpoint>(asked->found.begin(), asked->found.end());
}

/// Small writes at once, and a peer that vanished found out by the kernel too, not only by deadlines.
void tune(socket_type& socket, base::ms unacknowledged) {
    const auto set = [fd = socket.native_handle()](int level, int name, int value) {
        (void)::setsockopt(fd, level, name, &value, sizeof value);  // an old kernel lacks one: deadlines remain
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(unacknowledged.count()));
}

/// The first endpoint that answers.
base::awaitable<base::result<socket_type>> open(address to, base::ms unacknowledged) {
    auto endpoints = co_await resolve(to);
    if (!endpoints) co_return base::fail(std::move(endpoints));
    error_code last = asio::error::host_not_found;
    for (const auto& endpoint : *endpoints) {
        socket_type socket{co_await asio::this_coro::executor};
        const auto [code] = co_await socket.async_connect(endpoint, base::as_result);
        if (!code) {
            if (to.by != address::transport::unix_socket) tune(socket, unacknowledged);
            co_return std::move(socket);
        }
        last = code;
    }
    co_return unreachable(to, last);
}

base::result<void> set_up(ssl::context& tls, const std::string& ca_file) {
    error_code code;
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(ssl::verify_peer);
    tls.set_default_verify_paths(code);  // a system without trust anchors still has ca_file
    if (ca_file.empty()) return {};
    tls.load_verify_file(ca_file, code);
    if (code)
        return base::error{base::errc::invalid_argument,
                           "redis.ca_file: cannot use " + ca_file + ": " + code.message()};
    return {};
}

base::error untrusted(const address& to, SSL* handle, const error_code& code) {
    if (code == asio::error::operation_aborted) return {base::errc::cancelled};
    if (const auto verdict = SSL_get_verify_result(handle); verdict != X509_V_OK)
        return {base::errc::denied,
                "certificate of " + to.label() + " refused: " + X509_verify_cert_error_string(verdict)};
    return {base::errc::unavailable, "TLS with " + to.label() + " failed: " + code.message()};
}

base::awaitable<base::result<std::unique_ptr<stream>>> secure(socket_type socket, address to, std::string ca_file) {
    ssl::context tls{ssl::context::tls_client};
    if (auto ok = set_up(tls, ca_file); !ok) co_return base::fail(std::move(ok));
    ssl::stream<socket_type> secured{std::move(socket), tls};
    secured.set_verify_callback(ssl::host_name_verification{to.host});
    error_code not_numeric;
    (void)asio::ip::make_address(to.host, not_numeric);
    if (not_numeric) SSL_set_tlsext_host_name(secured.native_handle(), to.host.c_str());
    const auto [code] = co_await secured.async_handshake(ssl::stream_base::client, base::as_result);
    if (code) co_return untrusted(to, secured.native_handle(), code);
    co_return std::make_unique<stream_on<ssl::stream<socket_type>>>(std::move(secured));
}
}  // namespace

base::awaitable<base::result<std::unique_ptr<stream>>> connect(address to, stream_settings s) {
    auto socket = co_await open(to, s.unacknowledged);
    if (!socket) co_return base::fail(std::move(socket));
    if (to.by == address::transport::tls) co_return co_await secure(std::move(*socket), to, s.ca_file);
    co_return std::make_unique<stream_on<socket_type>>(std::move(*socket));
}

}  // namespace dormouse::queue::redis
