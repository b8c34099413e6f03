#pragma once
// Connects to the first of several addresses that answers (RFC 8305, "Happy Eyeballs"): the next one is tried when
// the one before has failed or is silent for 250 ms, so that a black-holed address costs a quarter of a second.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace dormouse::net {

inline constexpr base::ms connect_stagger{250};

/// A connected socket with TCP_NODELAY, or the last address's error (errc::timed_out when the deadline came first),
/// whose detail names each address and what became of it. Attempts that lose are closed.
[[nodiscard]] base::awaitable<base::result<boost::asio::ip::tcp::socket>> connect_any(
    std::vector<boost::asio::ip::tcp::endpoint> addresses, base::deadline limit);

}  // namespace dormouse::net
