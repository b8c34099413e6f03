#pragma once
// One HTTP/1.1 client for every kind: pooled, bounded by deadlines and caps, safe about where it connects
// (spec 3-jobs B0.2, B0.3, B0.7, B0.8). It follows no redirects, decodes nothing and keeps no cookies.
// Beast stays inside the .cpp files of this room.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::net {

/// Where a target comes from decides what it may be (spec 3-jobs, "Two kinds of target").
enum class trust {
    configured,  ///< The operator's word: any address, any port, http or https.
    untrusted,   ///< From the database: the whole target policy.
};

/// How long each phase may take; the total covers the body too. Defaults are the webhook row of B0.2.
struct phase_limits {
    base::ms resolve{3'000};
    base::ms connect{5'000};
    base::ms tls{5'000};
    base::ms write{10'000};
    base::ms first_byte{15'000};
    base::ms gap{5'000};  ///< Longest silence between two pieces of the response.
    base::ms total{20'000};
};

struct request {
    std::string method = "POST";
    std::string url{};
    net::trust trust = net::trust::untrusted;
    std::vector<std::pair<std::string, std::string>> headers{};  ///< Checked: token names, no CR, LF, NUL in values.
    std::string body{};
    std::string content_type = "application/json";
    std::size_t most_body = std::size_t{64} * 1024;  ///< Bytes of the response's body that are read; then it is cut.
    phase_limits limits{};
};

struct response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< In order, names as received.
    std::string body;                                          ///< At most `most_body` of the request; raw bytes.
    bool body_complete = true;  ///< False: cut by a cap, a deadline or a broken connection. The status stands.
    std::string body_error;     ///< Why it is not complete.
    /// First value of a header, names compared without case; empty if absent.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// What went wrong, in the words of the answer tables.
enum class failure_class {
    none,
    bad_url,         ///< Not a URL we send to; nothing was looked up.
    bad_header,      ///< A header that would break the request.
    blocked_target,  ///< Every address is forbidden by the policy.
    dns,             ///< The name does not resolve (or not in time).
    connect,         ///< Refused, unreachable, reset or timed out while connecting.
    tls,             ///< Handshake failed for another reason than the certificate.
    tls_verify,      ///< The certificate is not good for this name.
    timeout,         ///< A deadline after the first request byte.
    reset,           ///< The connection broke after the first request byte.
    bad_response,    ///< Not HTTP, or over a header cap, or too many interim responses.
    cancelled,
};
[[nodiscard]] std::string_view to_string(failure_class c) noexcept;

/// What the far end may have seen.
enum class progress { not_sent, maybe, answered };

/// The end of an exchange: a response, or a class of failure.
struct exchange {
    failure_class failed = failure_class::none;
    net::progress progress = net::progress::not_sent;
    std::string detail;      ///< For people; no secret, URL without query.
    net::response response;  ///< Valid when progress == answered.
    bool reused = false;     ///< The connection came from the pool.
    bool tls_resumed = false;
    base::ms duration{0};
    [[nodiscard]] bool ok() const noexcept { return failed == failure_class::none; }
};

/// Counts since start, for metrics. Read and written on the event loop only.
struct client_counters {
    std::uint64_t connections_new = 0;
    std::uint64_t connections_reused = 0;
    std::uint64_t tls_full = 0;
    std::uint64_t tls_resumed = 0;
    std::uint64_t blocked_targets = 0;
    std::uint64_t stale_retries = 0;
};

/// Owned by the composition (cli), used on one event loop. Destroy after the loop has run dry.
class http_client {
public:
    http_client(const boost::asio::any_io_executor& executor, config::net_settings settings);
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    /// Sends one request. Never throws for what the network or the peer does; the exchange says it. Ends by
    /// min(limit, limits.total). Cancelling ends it with failure_class::cancelled.
    [[nodiscard]] base::awaitable<exchange> send(request r, base::deadline limit);

    [[nodiscard]] const client_counters& counters() const noexcept;

    /// Closes idle connections; those in use are not kept when they end. Idle connections keep the event loop busy
    /// (at most for `net.idle`), so call this when the loop shall run dry.
    void close_idle();

    /// Denies an own listener to untrusted targets, even inside an allowed network (the admin port, for one).
    void forbid(const boost::asio::ip::tcp::endpoint& listener);

private:
    class impl;
    std::shared_ptr<impl> impl_;  ///< Exchanges hold a share: they may outlive the client in a loop that was stopped.
};

}  // namespace dormouse::net
