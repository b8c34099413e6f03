#pragma once
// Addresses of mails (spec 3-jobs B5, "Injection"): one plain addr-spec, checked by us and not left to a relay. Pure.

#include "base/error.hpp"

#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>

namespace dormouse::net {

/// Why a mail cannot be built or handed over; nothing but an edit of the mail helps.
enum class mail_errc {
    bad_address = 1,  ///< Not one addr-spec of at most 254 bytes (64 before the @).
    bad_header,       ///< A header's name or value that would break the message: CR, LF, NUL, not UTF-8.
    smtputf8_needed,  ///< The part before the @ is not ASCII; relays need SMTPUTF8 for it, which we do not speak.
    bad_message,      ///< Bytes that are no message by RFC 5322: bare CR or LF, lines over 998, not 7-bit.
};
/// `bad_address`, …: the word for outcomes, ledgers and metrics.
[[nodiscard]] std::string_view to_string(mail_errc e) noexcept;
[[nodiscard]] const boost::system::error_category& mail_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(mail_errc e) noexcept;
/// The word of an error of this room's mail functions; empty for any other error.
[[nodiscard]] std::string_view mail_reason(const base::error& e) noexcept;

/// As it goes into SMTP and headers: local part as given, domain in lower-case A-labels. Refused are quoted local
/// parts, domain literals, comments, spaces, several addresses. mail_errc::bad_address or smtputf8_needed.
[[nodiscard]] base::result<std::string> canonical_address(std::string_view text);

}  // namespace dormouse::net

template <>
struct boost::system::is_error_code_enum<dormouse::net::mail_errc> : std::true_type {};
