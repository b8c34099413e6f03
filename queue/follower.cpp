#include "queue/follower.hpp"

#include <openssl/sha.h>

#include <array>

namespace dormouse::queue {

namespace {
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // of ULIDs
constexpr std::size_t time_characters = 10;
constexpr std::size_t other_characters = 16;
}  // namespace

std::string follower_id(std::string_view parent) {
    const auto text = "dormouse.then\n" + std::string{parent};
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::string out{parent.substr(0, time_characters)};
    for (std::size_t i = 0; i < other_characters; ++i) out.push_back(alphabet[digest[i] & 31U]);
    return out;
}

job follower_of(const job& parent, base::time_ms now) {
    auto next = *parent.then;
    next.id = follower_id(parent.id);
    next.site = parent.site;
    next.trace = parent.trace;
    next.issued_at = now;
    return next;
}

}  // namespace dormouse::queue
