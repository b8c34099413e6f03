#include "queue/redis/redirect.hpp"

#include <charconv>

namespace dormouse::queue::redis {

std::optional<address> moved_to(reply_view r, const address& from) {
    if (r.error_code() != "MOVED") return std::nullopt;
    const auto text = r.text();
    const auto place = text.substr(text.rfind(' ') + 1);
    const auto colon = place.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;

    auto to = from;
    const auto port = place.substr(colon + 1);
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), to.port);
    if (code != std::errc{} || end != port.data() + port.size() || to.port == 0) return std::nullopt;
    if (colon > 0) to.host = place.substr(0, colon);
    if (from.by == address::transport::unix_socket) {
        to.by = address::transport::tcp;
        to.path.clear();
        if (to.host.empty()) to.host = "127.0.0.1";
    }
    return to;
}

}  // namespace dormouse::queue::redis
