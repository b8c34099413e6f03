// Replies from bytes cut anywhere: the same replies, or the same error, as from the bytes in one piece.
#include "queue/redis/reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace {

using dormouse::queue::redis::reply_reader;

/// Number of replies, and whether the stream broke.
std::pair<std::size_t, bool> read(std::string_view bytes, std::size_t piece) {
    reply_reader reader{64UL * 1024};
    std::size_t count = 0;
    while (!bytes.empty()) {
        const auto n = std::min(piece, bytes.size());
        reader.feed(bytes.substr(0, n));
        bytes.remove_prefix(n);
        for (;;) {
            const auto next = reader.next();
            if (!next) return {count, true};
            if (!*next) break;
            ++count;
        }
    }
    return {count, false};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto whole = read(bytes, reply_reader::best_feed);
    const auto pieces = read(bytes, std::size_t{1} + data[0] % 64);
    if (whole.first != pieces.first || whole.second != pieces.second) std::abort();
    return 0;
}
