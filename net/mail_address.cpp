#include "net/mail_address.hpp"

#include "net/host_name.hpp"

#include <algorithm>

namespace dormouse::net {

namespace {

constexpr std::size_t longest_address = 254;  // RFC 5321 4.5.3.1.3, without the angle brackets
constexpr std::size_t longest_local_part = 64;

class category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "dormouse.mail"; }
    [[nodiscard]] std::string message(int value) const override {
        return std::string{to_string(static_cast<mail_errc>(value))};
    }
};

base::error bad(std::string why) { return {mail_errc::bad_address, std::move(why)}; }

bool is_atext(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
}

base::result<void> check_local_part(std::string_view local) {
    if (std::ranges::any_of(local, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        return base::error{mail_errc::smtputf8_needed, "the part before the @ is not ASCII"};
    if (local.empty()) return bad("nothing stands before the @");
    if (local.size() > longest_local_part) return bad("the part before the @ is longer than 64 bytes");
    if (!std::ranges::all_of(local, [](char c) { return is_atext(c) || c == '.'; }))
        return bad("a character that may not stand before the @");
    if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
        return bad("a dot in a wrong place before the @");
    return {};
}

}  // namespace

std::string_view to_string(mail_errc e) noexcept {
    switch (e) {
        case mail_errc::bad_address: return "bad_address";
        case mail_errc::bad_header: return "bad_header";
        case mail_errc::smtputf8_needed: return "smtputf8_needed";
        case mail_errc::bad_message: return "bad_message";
    }
    return "unknown";
}

const boost::system::error_category& mail_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(mail_errc e) noexcept { return {static_cast<int>(e), mail_category()}; }

std::string_view mail_reason(const base::error& e) noexcept {
    return e.code.category() == mail_category() ? to_string(static_cast<mail_errc>(e.code.value()))
                                                : std::string_view{};
}

base::result<std::string> canonical_address(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) return bad("an address without @");
    const auto local = text.substr(0, at);
    if (const auto checked = check_local_part(local); !checked) return checked.error();
    const auto domain = canonical_host_name(text.substr(at + 1));
    if (!domain) return bad("the part behind the @: " + domain.error().detail);
    auto whole = std::string{local} + '@' + *domain;
    if (whole.size() > longest_address) return bad("the address is longer than 254 bytes");
    return whole;
}

}  // namespace dormouse::net
