#pragma once
// What a process is called where others see it: in leases, logs, claims.

#include <string>
#include <string_view>

namespace dormouse::base {

/// The machine's name; empty if it has none.
[[nodiscard]] std::string host_name();

/// `<stem>-<pid>-<nonce>`: no other process is called so, not even a later one with this pid.
[[nodiscard]] std::string unique_process_name(std::string_view stem);

}  // namespace dormouse::base
