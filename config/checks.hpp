#pragma once
// What a text in the configuration must look like. Each function takes the text and returns nothing when it is good,
// otherwise what was expected, ready to follow a key path in a message; the caller adds what was given. Those marked
// "reads the disk" look at files; the others are pure.

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::config {

using complaint = std::optional<std::string>;

/// `redis://[user[:password]@]host[:port][/db]`, `rediss://…`, `unix:///path[?db=N]`.
[[nodiscard]] complaint check_redis_url(const std::string& text);

/// The password inside a Redis URL, as written; empty if there is none. Works on any text.
[[nodiscard]] std::string_view password_in_url(std::string_view url) noexcept;

/// `10.0.0.0/8`, `fd00::/8`, with no bits set behind the prefix.
[[nodiscard]] complaint check_cidr(const std::string& text);

/// Empty, or `http(s)://host[:port][/path]` without user, query and fragment.
[[nodiscard]] complaint check_api_url(const std::string& text);
/// What `check_api_url` accepts, with plain http to a host that is not loopback.
[[nodiscard]] bool is_readable_on_the_way(const std::string& api_url);

/// `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464` or `unix:/absolute/path`. Nothing but loopback: the admin pages
/// have no log-in of their own.
[[nodiscard]] complaint check_listen(const std::string& text);

/// Empty, or an absolute path without `..`.
[[nodiscard]] complaint check_path(const std::string& text);

/// Empty, or an absolute path of a readable regular file. Reads the disk.
[[nodiscard]] complaint check_existing_file(const std::string& text);

/// A header an operator may add to every delivery: a token, and none that the worker writes itself (spec 3-jobs B0.7).
[[nodiscard]] complaint check_extra_header_name(const std::string& name);

/// Printable ASCII and spaces, no spaces at the ends.
[[nodiscard]] complaint check_header_value(const std::string& value);

}  // namespace dormouse::config
