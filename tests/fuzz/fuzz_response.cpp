// The same bytes in one piece and cut in two give the same response, within every cap. The first byte says where to
// cut.
#include "net/response_reader.hpp"

#include <cstdlib>

namespace {

using dormouse::net::response_reader;

struct outcome {
    response_reader::state end;
    dormouse::net::response response;
};

outcome read(std::string_view text, std::size_t cut) {
    response_reader r;
    for (const auto piece : {text.substr(0, cut), text.substr(cut)})
        if (!piece.empty() && r.current() == response_reader::state::wants_more) r.feed(piece);
    const auto end = r.end_of_stream();
    if (r.reusable() && end != response_reader::state::complete) std::abort();
    return {end, r.take()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto whole = read(text, text.size());
    const auto parts = read(text, data[0] % text.size());
    if (whole.response.body.size() > dormouse::net::max_response_body_bytes) std::abort();
    if (whole.response.headers.size() > dormouse::net::max_response_headers) std::abort();
    if (whole.end == response_reader::state::complete && whole.response.status < 200) std::abort();
    const bool complete = whole.end == response_reader::state::complete;
    if (complete != (parts.end == response_reader::state::complete)) std::abort();
    if (complete && (whole.response.body != parts.response.body || whole.response.status != parts.response.status ||
                     whole.response.headers != parts.response.headers))
        std::abort();
    return 0;
}
