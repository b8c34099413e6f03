#include "queue/derived_id.hpp"

#include "base/digest.hpp"
#include "base/ulid.hpp"

namespace dormouse::queue {

namespace {
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // of ULIDs
constexpr std::size_t time_characters = 10;
constexpr std::size_t other_characters = 16;
}  // namespace

std::string derived_id(base::time_ms made, std::string_view text) {
    const auto digest = base::sha256(text);
    auto out = base::make_ulid(made).substr(0, time_characters);
    for (std::size_t i = 0; i < other_characters; ++i) out.push_back(alphabet[digest.at(i) & 31U]);
    return out;
}

}  // namespace dormouse::queue
