#pragma once
// One connection to one origin, plain or TLS, as a stream of bytes, with what the pool must know about it.

#include "base/async/awaitable.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace dormouse::net {

/// Owned by one exchange or by the pool. Destroying it closes the socket without a TLS goodbye. Reads and writes end
/// with operation_aborted when the socket is cancelled; afterwards the connection is of no more use.
class connection {
public:
    using clock = std::chrono::steady_clock;
    struct io {
        boost::system::error_code code;
        std::size_t bytes = 0;
    };

    /// `tls` is null for plain HTTP and outlives the connection. `key` names what the connection may be re-used for.
    connection(boost::asio::ip::tcp::socket socket, std::string key, tls_context* tls);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// The TLS handshake, for the host of `u`; only on connections with TLS.
    [[nodiscard]] base::awaitable<io> handshake(const url& u);
    [[nodiscard]] base::awaitable<io> read_some(boost::asio::mutable_buffer into);
    /// Writes both buffers; `bytes` is how much went out before an error.
    [[nodiscard]] base::awaitable<io> write(std::array<boost::asio::const_buffer, 2> data);

    [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] bool is_tls() const noexcept { return tls_.has_value(); }
    [[nodiscard]] bool resumed() const noexcept;
    /// Why the peer's certificate was refused; nothing if it was not.
    [[nodiscard]] std::optional<std::string> verify_problem();
    /// Nothing has come and the peer has not closed: a peek would have to wait.
    [[nodiscard]] bool is_quiet();

    clock::time_point opened = clock::now();
    clock::time_point idle_since{};  ///< Set by the pool.
    int requests = 0;                ///< Served so far.

private:
    boost::asio::ip::tcp::socket socket_;
    std::string key_;
    tls_context* context_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

/// The peer closed (FIN or TLS close).
[[nodiscard]] bool is_end_of_stream(const boost::system::error_code& code) noexcept;

}  // namespace dormouse::net
