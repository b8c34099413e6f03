#pragma once
// One request and its response on one open connection.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "net/connection.hpp"
#include "net/http_client.hpp"

#include <string>

namespace dormouse::net {

/// What is sent and how long its phases may take. Outlives `converse`.
struct message {
    std::string head;
    std::string body;
    bool is_head_request = false;
    std::size_t most_body = 0;  ///< Of the response.
    phase_limits limits;
    base::deadline total;
};

enum class conversation_end {
    over,      ///< `out` tells the rest; the connection is of no more use.
    reusable,  ///< As over, and the connection may serve another request.
    stale,     ///< Nothing came back: the peer had closed the connection while it was idle.
};

/// Sends `m` and reads the response into `out`, step by step, so that `out.progress` is true whenever this ends.
/// Cancelling throws operation_aborted or sets failure_class::cancelled.
[[nodiscard]] base::awaitable<conversation_end> converse(connection& c, const message& m, exchange& out);

}  // namespace dormouse::net
