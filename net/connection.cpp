#include "net/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/write.hpp>

#include <cerrno>

namespace dormouse::net {

namespace asio = boost::asio;

connection::connection(asio::ip::tcp::socket socket, std::string key, tls_context* tls)
    : socket_{std::move(socket)}, key_{std::move(key)}, context_{tls} {
    if (tls != nullptr) tls_.emplace(socket_, tls->native());
}

connection::~connection() {
    if (tls_) tls_context::finish(tls_->native_handle());
}

base::awaitable<connection::io> connection::handshake(const url& u) {
    if (!context_->prepare(tls_->native_handle(), u.host, u.address, key_))
        co_return io{boost::system::errc::make_error_code(boost::system::errc::invalid_argument), 0};
    const auto [code] = co_await tls_->async_handshake(asio::ssl::stream_base::client, base::as_result);
    co_return io{code, 0};
}

base::awaitable<connection::io> connection::read_some(asio::mutable_buffer into) {
    if (tls_) {
        const auto [code, bytes] = co_await tls_->async_read_some(into, base::as_result);
        co_return io{code, bytes};
    }
    const auto [code, bytes] = co_await socket_.async_read_some(into, base::as_result);
    co_return io{code, bytes};
}

base::awaitable<connection::io> connection::write(std::array<asio::const_buffer, 2> data) {
    if (tls_) {
        const auto [code, bytes] = co_await asio::async_write(*tls_, data, base::as_result);
        co_return io{code, bytes};
    }
    const auto [code, bytes] = co_await asio::async_write(socket_, data, base::as_result);
    co_return io{code, bytes};
}

bool connection::resumed() const noexcept {
    // native_handle() is not const.
    return tls_ && tls_context::resumed(const_cast<connection*>(this)->tls_->native_handle());
}

std::optional<std::string> connection::verify_problem() {
    return tls_ ? tls_context::verify_problem(tls_->native_handle()) : std::nullopt;
}

bool connection::is_quiet() {
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool is_end_of_stream(const boost::system::error_code& code) noexcept { return code == asio::error::eof; }

}  // namespace dormouse::net
