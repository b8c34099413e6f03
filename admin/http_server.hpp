#pragma once
// A small HTTP/1.1 server for probes, scrapes and one status page, on the program's own event loop. GET and HEAD only,
// loopback or UNIX socket only, everything bounded: connections, header bytes, and the time of each phase.

#include "admin/reply.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace dormouse::admin {

struct server_limits {
    base::ms request{10'000};  ///< For a whole request head to arrive, from the end of the answer before it.
    base::ms answer{5'000};    ///< For a route to make its reply; later it is 503.
    base::ms write{10'000};    ///< For the client to take the reply.
    base::ms grace{1'000};     ///< A full house closes a connection that has sent no request for so long.
    std::size_t connections = 64;
    std::uint32_t head_bytes = 8 * 1024;
};

/// Used on one event loop. Owned by the composition; may be destroyed while its connections are still ending.
class http_server {
public:
    /// `listen` as in `admin.listen`.
    http_server(boost::asio::any_io_executor executor, std::string listen, std::vector<route> routes,
                server_limits limits = {});
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    /// Binds and listens, so that a wrong address is known before work starts. Call once.
    [[nodiscard]] base::result<void> open();

    /// Accepts and answers until `stop` or cancellation; call after `open`. Returns when the last connection has ended.
    [[nodiscard]] base::awaitable<> run();

    /// Closes the listener, cancels what routes are doing and ends every connection. Can be called twice.
    void stop();

    /// What was bound, with the real port; empty before `open` and after `stop`.
    [[nodiscard]] std::string address() const;

    /// Connections open now.
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    class impl;
    [[nodiscard]] static base::awaitable<> run_held(std::shared_ptr<impl> held);

    std::shared_ptr<impl> impl_;
};

}  // namespace dormouse::admin
