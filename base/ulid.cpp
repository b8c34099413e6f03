#include "base/ulid.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <array>

namespace dormouse::base {

namespace {
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t time_characters = 10;
constexpr std::size_t random_characters = 16;
}  // namespace

std::string make_ulid(time_ms now) {
    std::string out(time_characters + random_characters, '0');
    auto millis = static_cast<std::uint64_t>(to_epoch_ms(now));
    for (std::size_t i = time_characters; i-- > 0; millis >>= 5U) out[i] = alphabet[millis & 31U];
    std::array<unsigned char, random_characters> bytes{};
    fill_random(bytes.data(), bytes.size());
    for (std::size_t i = 0; i < random_characters; ++i) out[time_characters + i] = alphabet[bytes[i] & 31U];
    return out;
}

bool is_ulid(std::string_view text) noexcept {
    return text.size() == time_characters + random_characters && text.front() <= '7' &&
           std::all_of(text.begin(), text.end(), [](char c) { return alphabet.find(c) != std::string_view::npos; });
}

time_ms ulid_time(std::string_view text) noexcept {
    std::int64_t millis = 0;
    for (const char c : text.substr(0, time_characters))
        millis = (millis << 5) | static_cast<std::int64_t>(alphabet.find(c) & 31U);
    return from_epoch_ms(millis);
}

}  // namespace dormouse::base
