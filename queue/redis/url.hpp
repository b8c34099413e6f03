#pragma once
// Where Redis is. Pure.

#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace dormouse::queue::redis {

struct address {
    enum class transport { unix_socket, tcp, tls };

    transport by = transport::tcp;
    std::string host = "127.0.0.1";  ///< Name or IP address (IPv6 without brackets); empty for a UNIX socket.
    std::uint16_t port = 6379;
    std::string path;  ///< Of the UNIX socket, absolute.
    unsigned db = 0;
    std::string user;       ///< Empty = the default user.
    base::secret password;  ///< Empty = no AUTH.

    /// The URL without credentials, for logs.
    [[nodiscard]] std::string label() const;
};

/// Reads `redis://[user[:password]@]host[:port][/db]`, `rediss://…` (TLS) or `unix:///path[?db=N]`; `redis://:pw@host`
/// is a password for the default user. User and password are percent-decoded. Errors: invalid_argument; the detail
/// says which part is wrong and never holds user or password.
[[nodiscard]] base::result<address> parse_url(std::string_view url);

}  // namespace dormouse::queue::redis
