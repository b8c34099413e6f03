#include "net/message_text.hpp"

#include "net/mail_address.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace dormouse::net {

namespace {

bool is_printable(char c) noexcept { return c >= 0x20 && c <= 0x7E; }
bool is_high(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }
bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

constexpr std::size_t line_length = 76;  // RFC 2047 2, of a line with encoded words
constexpr std::string_view word_begin = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";

// The longest beginning of `text` of at most `limit` bytes that ends between two characters; never empty.
std::string_view whole_characters(std::string_view text, std::size_t limit) {
    std::size_t size = std::min(limit, text.size());
    while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
    return text.substr(0, size);
}

std::string encoded_words(std::string_view text, std::size_t used) {
    std::string out;
    while (!text.empty()) {
        const auto room = line_length - std::min(used, line_length / 2) - word_begin.size() - word_end.size();
        const auto piece = whole_characters(text, std::min<std::size_t>(room / 4 * 3, 45));
        const std::unique_ptr<char, decltype(&g_free)> base64{
            g_base64_encode(reinterpret_cast<const guchar*>(piece.data()), piece.size()), g_free};
        if (!out.empty()) out += "\n ";
        out.append(word_begin).append(base64.get()).append(word_end);
        text.remove_prefix(piece.size());
        used = 1;
    }
    return out;
}

bool is_plain(std::string_view text) noexcept {
    return std::ranges::all_of(text, is_printable) && text.find("=?") == std::string_view::npos;
}

// A line end before single spaces, which unfolding takes away again; nothing if a line could not be kept short.
std::optional<std::string> fold(std::string_view text, std::size_t used) {
    std::string out;
    while (used + text.size() > line_length) {
        const auto at = text.substr(0, line_length - std::min(used, line_length) + 1).rfind(' ');
        if (at == std::string_view::npos || at == 0 || text[at - 1] == ' ' || text[at + 1] == ' ') return std::nullopt;
        out.append(text.substr(0, at)).append("\n");
        text.remove_prefix(at);
        used = 0;
    }
    return out.append(text);
}

// Words of letters and digits with one space between them: what may stand before an address without quotes.
bool is_phrase(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '-' ||
               c == '_';
    };
    return std::ranges::all_of(name, fits) && name.find("  ") == std::string_view::npos;
}

}  // namespace

base::result<std::string> header_text(std::string_view raw) {
    std::string text{raw};
    std::ranges::replace(text, '\t', ' ');
    if (std::ranges::any_of(text, is_control))
        return base::error{mail_errc::bad_header, "a line end, NUL or another control character in it"};
    if (g_utf8_validate_len(text.data(), text.size(), nullptr) == FALSE)
        return base::error{mail_errc::bad_header, "is not UTF-8"};
    return std::string{trimmed(text)};
}

std::string unstructured(std::string_view text, std::size_t used) {
    if (!is_plain(text)) return encoded_words(text, used);
    auto folded = fold(text, used);
    return folded ? *std::move(folded) : encoded_words(text, used);
}

std::string mailbox_value(std::string_view name, std::string_view address, std::size_t used) {
    const auto bracketed = "<" + std::string{address} + ">";
    if (name.empty()) return std::string{address};
    if (!is_plain(name) || name.size() > 60) return encoded_words(name, used) + "\n " + bracketed;
    std::string out{name};
    if (!is_phrase(name)) {
        out = "\"";
        for (const char c : name) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    const bool fits = used + out.size() + 1 + bracketed.size() <= line_length;
    return out + (fits ? " " : "\n ") + bracketed;
}

bool is_message_id(std::string_view id) noexcept {
    const auto fits = [](char c) {
        return is_printable(c) && std::string_view{" <>()[]\\,;:\""}.find(c) == std::string_view::npos;
    };
    return id.size() <= 250 && std::ranges::all_of(id, fits) && std::ranges::count(id, '@') == 1 && id.front() != '@' &&
           id.back() != '@';
}

bool is_plain_https(std::string_view url) noexcept {
    const auto fits = [](char c) {
        return is_printable(c) && std::string_view{" <>\""}.find(c) == std::string_view::npos;
    };
    return url.starts_with("https://") && url.size() > 8 && url.size() <= 900 && std::ranges::all_of(url, fits);
}

bool is_free_header_name(std::string_view name) {
    constexpr std::array<std::string_view, 18> taken{"from",
                                                     "to",
                                                     "cc",
                                                     "bcc",
                                                     "sender",
                                                     "reply-to",
                                                     "subject",
                                                     "date",
                                                     "message-id",
                                                     "mime-version",
                                                     "auto-submitted",
                                                     "list-unsubscribe",
                                                     "received",
                                                     "return-path",
                                                     "list-unsubscribe-post",
                                                     "dkim-signature",
                                                     "delivered-to",
                                                     "in-reply-to"};
    const auto is_ftext = [](char c) { return is_printable(c) && c != ' ' && c != ':'; };
    const auto small = lower(name);
    return !small.empty() && small.size() <= 70 && std::ranges::all_of(small, is_ftext) &&
           std::ranges::find(taken, small) == taken.end() && !small.starts_with("content-") &&
           !small.starts_with("resent-");
}

std::string body_text(std::string_view raw) {
    const std::unique_ptr<char, decltype(&g_free)> valid{g_utf8_make_valid(raw.data(), static_cast<gssize>(raw.size())),
                                                         g_free};
    std::string out;
    for (const char* c = valid.get(); *c != '\0'; ++c) {
        if (*c == '\r' && c[1] == '\n') continue;
        if (*c == '\r' || *c == '\n') {
            out.erase(out.find_last_not_of(" \t") + 1);
            out += '\n';
        } else {
            out += *c;
        }
    }
    out.erase(out.find_last_not_of(" \t") + 1);
    if (!out.ends_with('\n')) out += '\n';
    return out;
}

bool wants_base64(std::string_view body) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(body, is_high)) * 3 > body.size();
}

std::string with_crlf(std::string_view body) {
    std::string out;
    out.reserve(body.size() + body.size() / 32);
    for (const char c : body) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

base::result<void> check_message_bytes(std::string_view bytes) {
    if (!bytes.ends_with("\r\n")) return base::error{mail_errc::bad_message, "the message does not end in CRLF"};
    const auto bad = [](std::size_t line, const char* why) {
        return base::error{mail_errc::bad_message, "line " + std::to_string(line) + " of the message " + why};
    };
    for (std::size_t line = 1; !bytes.empty(); ++line) {
        const auto text = bytes.substr(0, bytes.find("\r\n"));
        if (text.size() > 998) return bad(line, "is longer than 998 bytes");
        if (text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos)
            return bad(line, "holds a bare CR, a bare LF or a NUL");
        if (std::ranges::any_of(text, is_high)) return bad(line, "is not 7-bit");
        bytes.remove_prefix(text.size() + 2);
    }
    return {};
}

}  // namespace dormouse::net
