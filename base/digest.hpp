#pragma once
// SHA-256 of texts, for names that are functions of facts, and bytes in hexadecimal. Pure; thread-safe.

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace dormouse::base {

using sha256_digest = std::array<unsigned char, 32>;

[[nodiscard]] sha256_digest sha256(std::string_view text) noexcept;

/// Lower case, two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const unsigned char> bytes);

[[nodiscard]] inline std::string sha256_hex(std::string_view text) { return to_hex(sha256(text)); }

}  // namespace dormouse::base
