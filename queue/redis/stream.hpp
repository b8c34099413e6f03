#pragma once
// The socket below a connection: UNIX, TCP or TLS. Connects and moves bytes; knows no Redis.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "queue/redis/url.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace dormouse::queue::redis {

struct stream_settings {
    std::string ca_file;      ///< TLS: PEM of a trust anchor beside the system's; empty = only those.
    base::ms unacknowledged;  ///< TCP_USER_TIMEOUT: the kernel gives a peer up that acknowledges nothing so long.
};

/// One at a time may read and one may write; all on the executor's thread. Cancellation ends a wait at once and leaves
/// the stream of no further use. Errors come by value.
class stream {
public:
    virtual ~stream() = default;

    /// At least one byte. Errors: connection_lost, also for the end of the stream; cancelled.
    [[nodiscard]] virtual base::awaitable<base::result<std::size_t>> read_some(char* out, std::size_t size) = 0;
    /// All bytes, which must stay where they are until it is done. Errors as above.
    [[nodiscard]] virtual base::awaitable<base::result<void>> write(std::string_view bytes) = 0;
};

/// A connected stream; TLS is verified: chain and host name. Bounded by the caller (with_deadline), whom it never keeps
/// waiting for a slow resolver. Errors: unavailable; denied if the certificate is not to be trusted; invalid_argument
/// for a `ca_file` that cannot be read; cancelled.
[[nodiscard]] base::awaitable<base::result<std::unique_ptr<stream>>> connect(address to, stream_settings s);

}  // namespace dormouse::queue::redis
