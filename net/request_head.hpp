#pragma once
// The bytes in front of a request's body: the one place where headers are built (spec 3-jobs B0.7). Nothing below
// checks them: Beast 1.81 sends CR and LF in names, values and targets as they are.

#include "base/error.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"

#include <string>
#include <string_view>

namespace dormouse::net {

inline constexpr std::size_t max_request_headers = 40;
inline constexpr std::size_t max_header_line_bytes = 4096;

/// Request line and headers, Host first, with the empty line. errc::invalid_argument names the header (never its
/// value) that is malformed, reserved or too long.
[[nodiscard]] base::result<std::string> request_head(const request& r, const url& u, std::string_view user_agent);

/// A token of RFC 9110 5.6.2.
[[nodiscard]] bool is_header_name(std::string_view name) noexcept;
/// Only 0x20..0x7E, at the ends no space.
[[nodiscard]] bool is_header_value(std::string_view value) noexcept;
/// The client writes it itself, or it would change the framing of the request: host, connection, content-*, cookie, …
[[nodiscard]] bool is_reserved_header(std::string_view name);
/// May an operator add this header to every delivery? Reserved ones and webhook-* are refused.
[[nodiscard]] bool is_allowed_extra_header(std::string_view name);

}  // namespace dormouse::net
