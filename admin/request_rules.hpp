#pragma once
// Which requests the admin server answers at all. Pure.

#include "admin/reply.hpp"

#include <optional>
#include <string_view>

namespace dormouse::admin {

/// The facts of a request's head that decide.
struct request_head {
    std::string_view method;
    std::string_view target;
    std::string_view host;      ///< Value of the Host header.
    std::size_t hosts = 0;      ///< How many Host headers there are.
    bool has_body = false;      ///< Announced by Content-Length or Transfer-Encoding.
    bool is_http_1_1 = true;    ///< Needs a Host header (RFC 9112, 3.2).
    bool over_network = false;  ///< TCP: a browser can be led here by a name that resolves to loopback.
};

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port. Any other name may be a web page's that points here
/// (DNS rebinding).
[[nodiscard]] bool is_own_host(std::string_view host) noexcept;

/// The target without its query.
[[nodiscard]] std::string_view path_of(std::string_view target) noexcept;

/// The answer to a request that no route shall see; nothing if it is fine.
[[nodiscard]] std::optional<reply> refusal(const request_head& head);

}  // namespace dormouse::admin
