// Fields of a mail, cut at NUL: whatever is built is a message that may follow DATA, and holds no header but ours.
#include "net/message.hpp"
#include "net/message_text.hpp"

#include <array>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace dormouse;
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    std::array<std::string, 6> field;
    for (auto& f : field) {
        f = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(std::min(rest.size(), f.size() + 1));
    }
    const auto& [name, address, subject, html, text, header] = field;
    const auto built = net::build_message({.from = {name, "shop@example.test"},
                                           .to = {name, address},
                                           .subject = subject,
                                           .html = html + std::string{rest},
                                           .text = text,
                                           .message_id = "1@example.test",
                                           .date = base::from_epoch_ms(1'763'710'000'000),
                                           .headers = {{"X-Fuzz", header}}});
    if (!built) return net::mail_reason(built.error()).empty() ? (std::abort(), 0) : 0;
    if (!net::check_message_bytes(*built)) std::abort();
    const auto head = "\r\n" + built->substr(0, built->find("\r\n\r\n"));
    std::size_t headers = 0;
    for (auto at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2))
        if (at + 2 < head.size() && head[at + 2] != ' ' && head[at + 2] != '\t') ++headers;
    if (headers != 9) std::abort();
    return 0;
}
