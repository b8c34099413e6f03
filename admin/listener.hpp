#pragma once
// Where the admin server can be reached: a loopback address or a UNIX socket. Nothing else: it has no passwords.

#include "base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace dormouse::admin {

namespace asio = boost::asio;

using listen_address = std::variant<asio::ip::tcp::endpoint, asio::local::stream_protocol::endpoint>;

/// Reads `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464` or `unix:/absolute/path`. Port 0 lets the system choose.
/// errc::invalid_argument says what is wrong and what to write instead.
[[nodiscard]] base::result<listen_address> parse_listen(std::string_view text);

/// Holds an exclusive lock on a file as long as it lives. The file itself stays: removing it would let two owners in.
class lock_file {
public:
    lock_file() = default;
    lock_file(lock_file&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    lock_file& operator=(lock_file&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~lock_file();

    /// errc::conflict if somebody else holds it.
    [[nodiscard]] static base::result<lock_file> take(const std::string& path);

private:
    explicit lock_file(int fd) noexcept : fd_{fd} {}
    int fd_ = -1;
};

/// A bound, listening socket. The file of a UNIX socket has mode 0660 and goes when the listener closes.
class listener {
public:
    using protocol = asio::generic::stream_protocol;
    using acceptor = asio::basic_socket_acceptor<protocol>;

    /// A socket file left by a dead process is replaced; one that anybody still serves, or a file that is no socket,
    /// is errc::conflict and stays untouched. Blocks for a few system calls: call at start.
    [[nodiscard]] static base::result<listener> open(const asio::any_io_executor& executor,
                                                     const listen_address& where);

    listener(listener&&) = default;
    listener& operator=(listener&&) = delete;
    ~listener() { close(); }

    [[nodiscard]] acceptor& sockets() noexcept { return acceptor_; }
    [[nodiscard]] bool is_tcp() const noexcept { return socket_file_.empty(); }
    /// As `parse_listen` reads it, with the port that was really bound.
    [[nodiscard]] std::string address() const;

    /// Pending accepts end with operation_aborted. Can be called twice.
    void close() noexcept;

private:
    explicit listener(const asio::any_io_executor& executor) : acceptor_{executor} {}

    acceptor acceptor_;
    std::string socket_file_;
    lock_file lock_;
};

}  // namespace dormouse::admin
