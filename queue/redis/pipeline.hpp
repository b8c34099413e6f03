#pragma once
// The conversation with one Redis connection, without the connection: which requests wait to be written, which wait
// for replies, and what each of them has got. No I/O, no clock read; `connection` performs what it says.
//
//     push ──> unsent ──begin_write──> sent ──feed──> finished
//                │                       │
//                ├─withdraw: gone        ├─withdraw: its replies are read and thrown away
//                └─expire, fail_all ─────┴──────────> finished with an error

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "queue/redis/command.hpp"
#include "queue/redis/reader.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::queue::redis {

/// One write's worth of commands that belong together, and in the end their replies.
struct request {
    request(command_buffer c, base::deadline d) : command{std::move(c)}, limit{d} { replies.reserve(command.count()); }
    virtual ~request() = default;
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    command_buffer command;
    base::deadline limit;
    std::vector<reply> replies;  ///< In the order of the commands; complete when finished without a failure.
    std::optional<base::error> failure;
    bool sent = false;      ///< Handed to a write: from now on its effect is unknown until it is answered.
    bool finished = false;  ///< Has all replies, or a failure.

private:
    friend class pipeline;
    bool withdrawn_ = false;
    std::size_t received_ = 0;
};

using request_ptr = std::shared_ptr<request>;
using finished_requests = std::vector<request_ptr>;

/// Not thread-safe. Lives as long as one connected stream; make a new one for the next.
class pipeline {
public:
    explicit pipeline(std::size_t max_reply_bytes = default_max_reply_bytes) : reader_{max_reply_bytes} {}

    /// Queues a complete, non-empty command buffer.
    void push(request_ptr r) { unsent_.push_back(std::move(r)); }

    /// The caller no longer wants the answer. What was not sent yet never is; replies to what was sent are discarded
    /// when they arrive, and their deadline still holds.
    void withdraw(request& r);

    [[nodiscard]] bool has_unsent() const noexcept { return !unsent_.empty(); }
    [[nodiscard]] bool empty() const noexcept { return unsent_.empty() && sent_.empty(); }
    /// Requests that are not finished, withdrawn ones included.
    [[nodiscard]] std::size_t pending() const noexcept { return unsent_.size() + sent_.size(); }

    /// True while somebody still wants an answer. O(pending).
    [[nodiscard]] bool is_awaited() const noexcept;

    /// The bytes to write next: everything unsent, as one piece (but not much more than `max_write_bytes`), so that
    /// concurrent callers share a system call. Valid until the next call, which the caller makes only after all of
    /// it was written. Empty if there is nothing to send.
    [[nodiscard]] std::string_view begin_write();
    static constexpr std::size_t max_write_bytes = 1024UL * 1024;

    /// Takes bytes that were read, cut anywhere, and appends what got its last reply to `out`. On an error the stream
    /// is of no more use and the caller ends it with `fail_all`:
    ///   protocol, too_large  these bytes; the request they answered has failed with the same error
    ///   unavailable, denied  a reply `is_connection_fatal`. A single command fails with this error, which says that it
    ///                        had no effect; a batch gets all its replies first, the error among them.
    [[nodiscard]] base::result<void> feed(std::string_view bytes, finished_requests& out);

    /// Fails what is due at `now` with timed_out. If that is anything, the stream is of no more use: the late
    /// replies would have to be told from the others'.
    [[nodiscard]] bool expire(base::deadline::clock_type::time_point now, finished_requests& out);

    /// The earliest deadline of all pending requests. O(pending).
    [[nodiscard]] base::deadline earliest() const noexcept;

    /// The stream has ended: what was sent fails with connection_lost (its effect is unknown), the rest with
    /// unavailable (nothing was done). `why` goes into the details.
    void fail_all(const base::error& why, finished_requests& out);

    /// Replies received so far.
    [[nodiscard]] std::uint64_t replies() const noexcept { return replies_; }
    /// The fatal error reply that ended the stream; nil if it was not that.
    [[nodiscard]] const reply& fatal() const noexcept { return fatal_; }

private:
    [[nodiscard]] base::result<void> take(reply r, finished_requests& out);
    [[nodiscard]] base::result<void> feed_some(std::string_view bytes, finished_requests& out);
    void finish(request_ptr r, finished_requests& out);

    reply_reader reader_;
    std::deque<request_ptr> unsent_;
    std::deque<request_ptr> sent_;
    std::string writing_;
    std::uint64_t replies_ = 0;
    reply fatal_;
};

}  // namespace dormouse::queue::redis
