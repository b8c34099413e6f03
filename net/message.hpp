#pragma once
// A mail as bytes for SMTP (spec 3-jobs B5, "Message"). GMime stays inside the .cpp file. Pure: the date and the
// Message-ID are given, the part boundary follows from the Message-ID, so equal mails give equal bytes.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/html_text.hpp"
#include "net/mail_address.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dormouse::net {

struct mailbox {
    std::string name{};     ///< UTF-8; may be empty.
    std::string address{};  ///< See `canonical_address`.
};

struct mail {
    mailbox from;
    mailbox to;           ///< One: a letter goes to one person.
    std::string subject;  ///< UTF-8, one line.
    std::string html;
    std::string text{};      ///< Empty: `text_of_html(html)`.
    std::string message_id;  ///< `unique@domain`, without the angle brackets; the same for every try of a letter.
    base::time_ms date;
    std::string list_unsubscribe_url{};  ///< https; adds List-Unsubscribe and List-Unsubscribe-Post. Empty = neither.
    std::string reply_to{};              ///< An address; empty = none.
    /// More headers, a relay's idempotency key for one; never one of those above.
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// The whole message: Date, From, To, Subject, Message-ID, MIME-Version, Auto-Submitted and what was asked for; then
/// multipart/alternative, text before html, each quoted-printable, or base64 if more than a third is not ASCII. 7-bit,
/// CRLF only, no line over 998 bytes (body lines 76), not dot-stuffed. Bytes of the bodies that are not UTF-8 become
/// U+FFFD. Errors: mail_errc::bad_address, bad_header or smtputf8_needed; the detail names the field. Thread-safe.
[[nodiscard]] base::result<std::string> build_message(const mail& m);

}  // namespace dormouse::net
