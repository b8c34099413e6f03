#pragma once
// Names to addresses, through the system's resolver (so /etc/hosts and nsswitch count). getaddrinfo blocks and cannot
// be interrupted; it runs on threads of its own, and whoever waits for it stops waiting at his deadline.

#include "base/async/blocking_pool.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

namespace dormouse::net {

/// Used on one event loop. Destroying it waits for look-ups that run, which the system bounds (resolv.conf).
class resolver {
public:
    using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

    explicit resolver(boost::asio::any_io_executor executor);

    /// The addresses of a name in the system's order of preference, families alternating, at most 16. errc::not_found,
    /// timed_out or cancelled, with a detail.
    [[nodiscard]] base::awaitable<base::result<endpoints>> resolve(std::string host, std::uint16_t port,
                                                                   base::deadline limit);

private:
    struct lookup;
    static base::awaitable<> run(base::blocking_pool& pool, std::shared_ptr<lookup> l);

    boost::asio::any_io_executor executor_;
    base::blocking_pool threads_{4};
};

/// Families alternate, each in its own order, beginning with the first one's (RFC 8305 section 4).
[[nodiscard]] resolver::endpoints alternate_families(const resolver::endpoints& in);

}  // namespace dormouse::net
