#include "queue/mac.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

namespace dormouse::queue {

namespace {

struct free_mac {
    void operator()(EVP_MAC* m) const noexcept { EVP_MAC_free(m); }
    void operator()(EVP_MAC_CTX* c) const noexcept { EVP_MAC_CTX_free(c); }
};

void require(int ok) {
    if (ok != 1) throw base::failure{base::error{base::errc::server_error, "OpenSSL refused HMAC-SHA256"}};
}

const unsigned char* bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

struct mac_key::state {
    std::unique_ptr<EVP_MAC, free_mac> algorithm{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    std::unique_ptr<EVP_MAC_CTX, free_mac> context{EVP_MAC_CTX_new(algorithm.get())};
};

mac_key::mac_key(const base::secret& key) : state_{std::make_unique<state>()} {
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1), OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(state_->context.get(), bytes(key.reveal()), key.reveal().size(), parameters.data()));
}

mac_key::~mac_key() = default;
mac_key::mac_key(mac_key&&) noexcept = default;
mac_key& mac_key::operator=(mac_key&&) noexcept = default;

std::string mac_key::envelope_mac(std::string_view key_id, std::string_view json) const {
    auto* const context = state_->context.get();
    require(EVP_MAC_init(context, nullptr, 0, nullptr));
    for (const auto part : {std::string_view{"dormouse.v1\n"}, key_id, std::string_view{"\n"}, json})
        require(EVP_MAC_update(context, bytes(part), part.size()));
    std::array<unsigned char, 32> digest{};
    std::size_t size = 0;
    require(EVP_MAC_final(context, digest.data(), &size, digest.size()));
    return base::to_hex(digest);
}

}  // namespace dormouse::queue
