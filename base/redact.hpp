#pragma once
// Blanks secrets in text that leaves the program (spec 3-jobs B0.9). Thread-safe.

#include <string>
#include <string_view>

namespace dormouse::base {

/// Remembers a secret's bytes for `redact`. Values shorter than 4 bytes are not remembered: blanking them
/// would blank half of every text.
void register_secret(std::string_view value);

/// Replaces every registered secret, and every value that follows a telling name (authorization, x-api-key,
/// x-wc-secret, cookie, signature, token, password, secret), by `***`.
[[nodiscard]] std::string redact(std::string_view text);

/// True if a field of this name must be printed as `***` whatever it holds.
[[nodiscard]] bool is_sensitive_name(std::string_view name) noexcept;

/// `scheme://host/path` of a URL: no user, no query, no fragment.
[[nodiscard]] std::string url_for_log(std::string_view url);

}  // namespace dormouse::base
