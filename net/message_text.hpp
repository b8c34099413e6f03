#pragma once
// Which texts may stand where in a message (spec 3-jobs B5, "Message" and "Injection"). Pure; no MIME.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace dormouse::net {

/// The text of a header as it may be encoded: white space around it taken away, tabs made spaces. mail_errc::bad_header
/// for CR, LF, NUL and other control characters (an attempt to add headers), and for bytes that are not UTF-8.
[[nodiscard]] base::result<std::string> header_text(std::string_view raw);

/// `text` (from `header_text`) as the value of a header whose name and colon take `used` bytes of the first line: as it
/// is if it is ASCII and cannot be taken for an encoded word, folded at spaces; else all of it in encoded words (RFC
/// 2047) of at most 75 bytes, no character split. '\n' before each further line. GMime's own encoder mixes plain and
/// encoded words, which loses white space, and passes on what only looks encoded.
[[nodiscard]] std::string unstructured(std::string_view text, std::size_t used);

/// `name <address>`, the name as it is, as a quoted string, or in encoded words; the address alone without one.
[[nodiscard]] std::string mailbox_value(std::string_view name, std::string_view address, std::size_t used);

/// `unique@domain`, printable ASCII, at most 250 bytes.
[[nodiscard]] bool is_message_id(std::string_view id) noexcept;

/// https, printable ASCII without angle brackets, at most 900 bytes.
[[nodiscard]] bool is_plain_https(std::string_view url) noexcept;

/// A name that a mail may add: a token (RFC 5322 3.6.8), and none that the message has already, that says whence or
/// whither (Sender, Bcc, Received, …), or that describes the body.
[[nodiscard]] bool is_free_header_name(std::string_view name);

/// A body as valid UTF-8 with '\n' between lines and at the end; what is no UTF-8 becomes U+FFFD. Blanks before a
/// line's end are left out: nobody sees them, relays may drop them, and GMime's quoted-printable makes lines of 78 with
/// them.
[[nodiscard]] std::string body_text(std::string_view raw);

/// More than a third of the bytes are not ASCII: base64 is shorter than quoted-printable then.
[[nodiscard]] bool wants_base64(std::string_view body) noexcept;

/// Every '\n' made CRLF: the canonical form of text, which base64 needs (RFC 2049 4).
[[nodiscard]] std::string with_crlf(std::string_view body);

/// What may follow DATA: 7-bit without NUL, CRLF only, lines of at most 998 bytes, CRLF at the end, not empty.
/// mail_errc::bad_message saying what is wrong and in which line.
[[nodiscard]] base::result<void> check_message_bytes(std::string_view bytes);

}  // namespace dormouse::net
