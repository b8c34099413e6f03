#pragma once
// HMAC-SHA256 with a key prepared once, for envelopes.

#include "base/secret.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace dormouse::queue {

/// Not thread-safe: one per event loop.
class mac_key {
public:
    explicit mac_key(const base::secret& key);
    ~mac_key();
    mac_key(mac_key&&) noexcept;
    mac_key& operator=(mac_key&&) noexcept;

    /// MAC of an envelope's JSON under this key's id, as 64 lower-case hex digits.
    [[nodiscard]] std::string envelope_mac(std::string_view key_id, std::string_view json) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace dormouse::queue
