// Two headers out of one input, cut at the first line end: no wait is negative, none overflows.
#include "net/retry_after.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace dormouse;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto cut = std::min(text.find('\n'), text.size());
    const auto now = base::from_epoch_ms(1'800'000'000'000);
    const auto asked = net::parse_retry_after(text.substr(0, cut), text.substr(cut), now);
    if (!asked) return 0;
    base::random_engine random{1};
    const base::ms life = std::chrono::hours{24 * 30};
    const auto delay = net::obey_retry_after(base::ms{1'000}, asked, life, random);
    if (asked->count() < 0 || delay < base::ms{1'000} || delay > net::longest_retry_after * 11 / 10) std::abort();
    return 0;
}
