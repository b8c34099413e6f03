#pragma once
// What a job of kind `webhook-delivery` says: {"hook_id":7,"event":"purchase","payload":…}. It names a hook and never a
// URL (spec 3-jobs B0.10). Pure.

#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dormouse::jobs::webhook_delivery {

inline constexpr std::size_t largest_payload = std::size_t{256} * 1024;  ///< Bytes (B0.3).
inline constexpr std::size_t longest_event = 100;                        ///< The width of the hook table's `event`.

struct delivery_args {
    std::int64_t hook_id = 0;
    std::string event;
    std::string body;  ///< The exact bytes to deliver and to sign; the same for every attempt.
};

/// Reads and checks the args. `hook_id` is a number or a decimal string above 0; `event` is 1 to 100 printable ASCII
/// characters, because it travels in a header; `payload` is a string that holds the JSON text to send as it is, or an
/// object or array that is serialised here. Unknown members are ignored: newer producers may add some.
/// Errors: errc::invalid_argument, or errc::too_large for the payload; the detail names the member and what to do.
[[nodiscard]] base::result<delivery_args> read_args(const boost::json::object& args);

/// The hook's id alone, 0 if it is missing or wrong: for lanes, which are asked for before anything was checked.
[[nodiscard]] std::int64_t hook_id_of(const boost::json::object& args) noexcept;

/// Checks that `text` is one JSON value in valid UTF-8: no byte order mark, no NUL byte, no lone surrogate.
[[nodiscard]] base::result<void> check_json(std::string_view text);

}  // namespace dormouse::jobs::webhook_delivery
