#include "queue/derived_id.hpp"

#include "base/ulid.hpp"

#include <openssl/sha.h>

#include <array>

namespace dormouse::queue {

namespace {
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // of ULIDs
constexpr std::size_t time_characters = 10;
constexpr std::size_t other_characters = 16;
}  // namespace

std::string derived_id(base::time_ms made, std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    auto out = base::make_ulid(made).substr(0, time_characters);
    for (std::size_t i = 0; i < other_characters; ++i) out.push_back(alphabet[digest.at(i) & 31U]);
    return out;
}

}  // namespace dormouse::queue
