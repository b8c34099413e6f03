#pragma once
// What a target's URL may look like (spec 3-jobs B0.7 steps 1 to 6). An own scan of the authority, because general
// URL libraries accept spellings that different programs read as different hosts (`http://127.0.0.1.evil.com`,
// `http://a@b@c/`, `http://0x7f.1/`); here such a URL is an error. No I/O; knows nothing of what is allowed where.

#include "base/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::net {

struct url {
    bool https = false;
    std::string host;  ///< Lower-case A-labels without a final dot, or the canonical text of `address`, unbracketed.
    std::optional<boost::asio::ip::address> address;  ///< Set when the host is an IP literal.
    std::uint16_t port = 0;                           ///< 1..65535; the scheme's default when the URL names none.
    std::string target;                               ///< Path and query, percent-encoded; begins with '/'.

    [[nodiscard]] std::string_view scheme() const noexcept { return https ? "https" : "http"; }
    /// Value of the Host header: the port is named only if it is not the scheme's.
    [[nodiscard]] std::string host_header() const;
    /// `scheme://host:port`, always with the port: names an origin in keys and messages.
    [[nodiscard]] std::string origin() const;
};

inline constexpr std::size_t max_url_bytes = 2048;

/// errc::invalid_argument with the reason, which holds no part of the query. Characters of path and query that may
/// not stand there raw (UTF-8, quotes, braces) come out percent-encoded; everything else stays as it is.
[[nodiscard]] base::result<url> parse_url(std::string_view text);

}  // namespace dormouse::net
