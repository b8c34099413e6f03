#include "base/secret.hpp"

#include "base/redact.hpp"

#include <openssl/crypto.h>

namespace dormouse::base {

secret::secret(std::string value) : value_{std::move(value)} { register_secret(value_); }

bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool operator==(const secret& a, const secret& b) noexcept { return constant_time_equal(a.value_, b.value_); }

}  // namespace dormouse::base
