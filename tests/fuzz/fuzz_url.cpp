// Whatever the bytes, a URL that is taken is safe to put into a request and reads the same when read again.
#include "net/url.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace dormouse::net;
    const auto first = parse_url({reinterpret_cast<const char*>(data), size});
    if (!first) return 0;
    const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
    if (!std::ranges::all_of(first->host, printable) || !std::ranges::all_of(first->target, printable)) std::abort();
    const auto again = parse_url(first->origin() + first->target);
    // Percent-encoding may make it longer than a URL may be.
    if (!again && first->origin().size() + first->target.size() <= max_url_bytes) std::abort();
    if (again && (again->host != first->host || again->port != first->port || again->target != first->target))
        std::abort();
    return 0;
}
