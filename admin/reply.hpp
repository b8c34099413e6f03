#pragma once
// What a route is and what it answers: data, so that pages are tested without a socket.

#include "base/async/awaitable.hpp"

#include <functional>
#include <string>

namespace dormouse::admin {

struct reply {
    int status = 200;
    std::string body;
    std::string content_type{};  ///< Empty = the route's.
};

inline constexpr const char* json_type = "application/json";

struct route {
    std::string path;  ///< Exact, without the query.
    std::string content_type;
    /// Runs on the event loop; cancelled when the server stops or the answer takes too long.
    std::function<base::awaitable<reply>()> handler;
};

}  // namespace dormouse::admin
