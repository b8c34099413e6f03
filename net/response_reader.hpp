#pragma once
// Turns received bytes into a response, without I/O: feed it whatever arrives, ask it what came out. Beast parses;
// this class adds what Beast 1.81 leaves to its user: interim (1xx) responses are skipped and counted, header and
// body caps hold (spec 3-jobs B0.3), and bytes after the end are noticed, so that the next response on the connection
// cannot be forged by this one.

#include "net/http_client.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace dormouse::net {

inline constexpr std::size_t max_response_head_bytes = std::size_t{16} * 1024;
inline constexpr std::size_t max_response_headers = 100;
inline constexpr std::size_t max_response_body_bytes = std::size_t{64} * 1024;
inline constexpr int max_interim_responses = 5;

/// Reads one response. Used on one thread; bounded in memory by the caps.
class response_reader {
public:
    enum class state {
        wants_more,
        complete,
        cut,      ///< The status stands, the rest does not come or is not wanted; `problem` says why.
        invalid,  ///< Not HTTP, or over a cap before the body; `problem` says why.
        closed,   ///< The stream ended before a status line was complete.
    };

    /// `to_head`: the request was HEAD, whose response has no body whatever its headers say. A body is cut after
    /// `most_body` bytes.
    explicit response_reader(bool to_head = false, std::size_t most_body = max_response_body_bytes);
    ~response_reader();
    response_reader(const response_reader&) = delete;
    response_reader& operator=(const response_reader&) = delete;

    /// The next bytes from the stream. Call only while the state is wants_more.
    state feed(std::string_view bytes);
    /// The stream ended properly (FIN, or TLS close).
    state end_of_stream();
    /// Nothing more will be read, because of `why`: a deadline, a broken connection.
    state give_up(std::string why);

    [[nodiscard]] state current() const noexcept;
    /// At least one byte has been fed.
    [[nodiscard]] bool started() const noexcept;
    /// A final status line has been read completely.
    [[nodiscard]] bool has_status() const noexcept;
    /// The connection may serve another request: HTTP/1.1, no `Connection: close`, complete, nothing left over.
    [[nodiscard]] bool reusable() const;
    [[nodiscard]] const std::string& problem() const noexcept;
    /// The response as far as it came. Once, at the end.
    [[nodiscard]] response take();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace dormouse::net
