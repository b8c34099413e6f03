#include "net/host_name.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace dormouse::net {

namespace {

base::error bad(const char* why) { return {base::errc::invalid_argument, why}; }

bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_ldh(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; }

// Some resolvers read such a last label as (part of) an IPv4 address, so does WHATWG.
bool looks_numeric(std::string_view label) {
    if (std::ranges::all_of(label, is_digit)) return true;
    return label.starts_with("0x") && std::ranges::all_of(label.substr(2), is_hex);
}

base::result<void> check_labels(std::string_view host) {
    if (host.empty()) return bad("the host is empty");
    if (host.size() > 253) return bad("the host name is longer than 253 bytes");
    std::string_view rest = host;
    for (;;) {
        const auto label = rest.substr(0, rest.find('.'));
        if (label.empty()) return bad("the host has an empty label");
        if (label.size() > 63) return bad("a label of the host is longer than 63 bytes");
        if (!std::ranges::all_of(label, is_ldh))
            return bad("the host has a character that is not a letter, digit or '-'");
        if (label.front() == '-' || label.back() == '-') return bad("a label of the host begins or ends with '-'");
        if (label.size() == rest.size()) {
            if (looks_numeric(label)) return bad("the host ends in a number but is no dotted-quad IPv4 address");
            return {};
        }
        rest.remove_prefix(label.size() + 1);
    }
}

// libidn2 drops or maps some ASCII characters (`a_b` and `a b` become `ab`), so those are checked before; and it maps
// look-alikes to ASCII (fullwidth digits to an IPv4 address), so the outcome must really be an IDNA name.
base::result<std::string> to_a_labels(const std::string& host) {
    if (!std::ranges::all_of(host, [](char c) { return !is_ascii(c) || is_ldh(c) || c == '.'; }))
        return bad("the host has a character that is not a letter, digit or '-'");
    char* raw = nullptr;
    const int code =
        idn2_to_ascii_8z(host.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
    const std::unique_ptr<char, decltype(&idn2_free)> owner{raw, idn2_free};
    if (code != IDN2_OK)
        return base::error{base::errc::invalid_argument,
                           std::string{"the host is no IDNA name: "} + idn2_strerror(code)};
    std::string out{raw};
    if (std::ranges::count(out, '.') != std::ranges::count(host, '.') || out.find("xn--") == std::string::npos)
        return bad("the host has letters that only look like ASCII");
    return out;
}

}  // namespace

base::result<std::string> canonical_host_name(std::string_view text) {
    std::string host{text};
    if (host.ends_with('.')) host.pop_back();
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (!std::ranges::all_of(host, is_ascii)) {
        auto converted = to_a_labels(host);
        if (!converted) return converted;
        host = *std::move(converted);
    }
    if (const auto checked = check_labels(host); !checked) return checked.error();
    return host;
}

}  // namespace dormouse::net
