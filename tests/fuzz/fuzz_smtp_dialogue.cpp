// Lines of a dialogue, '>' before those of ours: texts stay short and printable, an answer is never without a commit.
#include "net/smtp_dialogue.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace dormouse;
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    net::smtp_dialogue d;
    bool committed = false;
    while (!rest.empty()) {
        const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        rest.remove_prefix(line.size());
        if (line.starts_with('>'))
            d.sent(line.substr(1));
        else if (line.starts_with('=') && d.stage() == net::mail_stage::body)
            d.committed(), committed = true;
        else
            d.received(line);
        const auto& reply = d.reply();
        if (d.stage() > net::mail_stage::body && !committed) std::abort();
        if (reply.code < 0 || reply.code > 999 || reply.text.size() > 500 || reply.enhanced.size() > 9) std::abort();
        if (!std::ranges::all_of(reply.text, [](char c) { return c >= 0x20 && c <= 0x7E; })) std::abort();
        if (net::queue_id_of(reply.text).size() > 191) std::abort();
    }
    return 0;
}
