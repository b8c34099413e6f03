#include "jobs/webhook_delivery/signature.hpp"

#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace dormouse::jobs::webhook_delivery {

namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t id_digits = 26;

const unsigned char* bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(const unsigned char* data, std::size_t size) {
    std::string out(4 * ((size + 2) / 3) + 1, '\0');  // OpenSSL adds a NUL
    const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, static_cast<int>(size));
    out.resize(static_cast<std::size_t>(written));
    return out;
}

// Padding may be missing; anything else that is not canonical base64 is refused.
std::optional<std::string> from_base64(std::string text) {
    if (text.find('=') == std::string::npos) text.append((4 - text.size() % 4) % 4, '=');
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), static_cast<int>(text.size())) < 0)
        return std::nullopt;
    const auto padding = text.size() - (text.find_last_not_of('=') + 1);
    if (padding > 2) return std::nullopt;
    out.resize(out.size() - padding);
    if (to_base64(bytes(out), out.size()) != text) return std::nullopt;
    return out;
}

std::optional<std::string> decoded(const base::secret& secret) {
    const std::string_view text = secret.reveal();
    if (!text.starts_with(prefix)) return std::nullopt;
    auto key = from_base64(std::string{text.substr(prefix.size())});
    if (!key || key->size() < shortest_key || key->size() > longest_key) return std::nullopt;
    return key;
}

std::string sign(const base::secret& secret, std::string_view signed_text) {
    const auto key = key_bytes(secret);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(signed_text), signed_text.size(), mac.data(),
             &size) == nullptr)
        throw std::runtime_error{"OpenSSL has no HMAC-SHA256"};
    return "v1," + to_base64(mac.data(), size);
}

}  // namespace

std::string webhook_id(std::string_view site, std::string_view job_id, std::string_view idempotency_key) {
    if (idempotency_key.empty()) return "msg_" + std::string{job_id};
    const auto fact = std::string{site} + "|" + std::string{idempotency_key};
    return "msg_" + base::sha256_hex(fact).substr(0, id_digits);
}

std::string key_bytes(const base::secret& secret) { return decoded(secret).value_or(secret.reveal()); }

bool looks_mistyped(const base::secret& secret) { return secret.reveal().starts_with(prefix) && !decoded(secret); }

std::string timestamp(base::time_ms at) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

std::string signature(const base::secret& current, const base::secret& previous, std::string_view id, base::time_ms at,
                      std::string_view body) {
    std::string signed_text;
    signed_text.reserve(id.size() + body.size() + 16);
    signed_text.append(id).append(1, '.').append(timestamp(at)).append(1, '.').append(body);
    std::string out;
    for (const auto* secret : {&current, &previous}) {
        if (secret->empty()) continue;
        if (!out.empty()) out += ' ';
        out += sign(*secret, signed_text);
    }
    return out;
}

}  // namespace dormouse::jobs::webhook_delivery
