#include "net/smtp_dialogue.hpp"

#include "base/redact.hpp"

#include <algorithm>
#include <array>

namespace dormouse::net {

namespace {

constexpr std::size_t longest_text = 500;
constexpr std::size_t longest_queue_id = 191;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view without_line_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_command(std::string_view line, std::string_view verb) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    if (line.size() < verb.size() || !std::ranges::equal(line.substr(0, verb.size()), verb, {}, upper)) return false;
    return line.size() == verb.size() || line[verb.size()] == ' ';
}

// `class.subject.detail` in front of the text (RFC 3463, RFC 2034).
std::string_view enhanced_code(std::string_view text) {
    const auto word = text.substr(0, text.find(' '));
    if (word.size() < 5 || std::string_view{"245"}.find(word[0]) == std::string_view::npos || word[1] != '.') return {};
    const auto dot = word.find('.', 2);
    if (dot == std::string_view::npos) return {};
    const auto number = [](std::string_view s) {
        return !s.empty() && s.size() <= 3 && std::ranges::all_of(s, is_digit);
    };
    return number(word.substr(2, dot - 2)) && number(word.substr(dot + 1)) ? word : std::string_view{};
}

void append_text(std::string& out, std::string_view text) {
    if (!out.empty() && !text.empty()) out += ' ';
    for (const char c : text) {
        if (out.size() >= longest_text) return;
        out += c >= 0x20 && c <= 0x7E ? c : '?';
    }
}

}  // namespace

void smtp_dialogue::connected() noexcept {
    if (stage_ == mail_stage::connect) stage_ = mail_stage::greeting;
}

void smtp_dialogue::sent(std::string_view line) {
    if (leaving_ || stage_ >= mail_stage::body) {
        leaving_ = leaving_ || is_command(without_line_end(line), "QUIT");
        return;
    }
    line = without_line_end(line);
    if (is_command(line, "QUIT")) {
        leaving_ = true;
        return;
    }
    // HELO follows a refused EHLO; if nothing comes of it, that refusal is what the server had to say.
    if (!is_command(line, "HELO")) reply_ = {};
    open_reply_ = false;
    if (is_command(line, "AUTH"))
        stage_ = mail_stage::auth;
    else if (line.starts_with("MAIL FROM:"))
        stage_ = mail_stage::from;
    else if (line.starts_with("RCPT TO:"))
        stage_ = mail_stage::rcpt;
    else if (is_command(line, "DATA"))
        stage_ = mail_stage::data;
}

void smtp_dialogue::received(std::string_view line) {
    if (leaving_ || stage_ == mail_stage::answered) return;
    line = without_line_end(line);
    if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit)) return;
    const bool last = line.size() == 3 || line[3] == ' ';
    if (!last && line[3] != '-') return;
    connected();
    if (stage_ == mail_stage::greeting) greeted_ = true;
    if (!open_reply_) reply_ = {};
    open_reply_ = !last;
    auto text = line.substr(std::min<std::size_t>(4, line.size()));
    const auto enhanced = enhanced_code(text);
    if (!enhanced.empty()) {
        reply_.enhanced = enhanced;
        text.remove_prefix(std::min(enhanced.size() + 1, text.size()));
    }
    // Before it is cut and made printable: neither half of a secret nor one with other letters could be found later.
    append_text(reply_.text, base::redact(text));
    if (!last) return;
    reply_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (stage_ == mail_stage::auth && reply_.code == 235) authenticated_ = true;
    if (stage_ == mail_stage::data && reply_.code == 354)
        stage_ = mail_stage::body;
    else if (stage_ == mail_stage::committed)
        stage_ = mail_stage::answered;
}

std::string queue_id_of(std::string_view text) {
    constexpr std::array<std::string_view, 3> marks{"queued as ", "id=", "queued mail "};
    for (const auto mark : marks) {
        const auto at = text.find(mark);
        if (at == std::string_view::npos) continue;
        const auto rest = text.substr(at + mark.size());
        const auto word = rest.substr(0, rest.find_first_of(" ,;"));
        if (!word.empty()) return std::string{word.substr(0, longest_queue_id)};
    }
    return std::string{text.substr(0, longest_queue_id)};
}

}  // namespace dormouse::net
