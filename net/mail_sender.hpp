#pragma once
// Hands mails to one SMTP relay (spec 3-jobs B5). libcurl speaks; it stays inside the .cpp files. Blocking: one sender
// belongs to one thread of a base::blocking_pool at a time, never to the event loop.

#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace dormouse::net {

enum class tls_mode {
    none,      ///< Plain text, to a loopback address only (or `allow_plain`), and never with credentials.
    starttls,  ///< Port 587: required; a server that does not offer it is not used.
    implicit,  ///< Port 465: TLS from the first byte.
};

/// How long the server may take (RFC 5321 4.5.3.2). The final dot's limit is long on purpose: shorter makes doubt.
struct mail_limits {
    base::ms connect{30'000};  ///< Name, TCP, and the handshake of implicit TLS.
    base::ms greeting{300'000};
    base::ms command{300'000};  ///< EHLO, STARTTLS and its handshake, each step of AUTH, MAIL, RCPT.
    base::ms data{120'000};     ///< The answer to DATA.
    base::ms block{180'000};    ///< Silence while the body goes out, until the server's side has acknowledged it.
    base::ms final_dot{600'000};
    base::ms after_stop{10'000};  ///< For the answer to the final dot when a stop is asked for behind the commit.
    base::ms idle{30'000};        ///< A connection idle for longer is not used again.
    int mails_per_connection = 100;
};

struct smtp_server {
    std::string host;  ///< Name or address.
    std::uint16_t port = 587;
    tls_mode tls = tls_mode::starttls;
    std::string user{};  ///< Empty: no AUTH. Else AUTH PLAIN or LOGIN, within TLS, or no mail.
    base::secret password{};
    std::string ca_file{};     ///< PEM, trusted beside the system's authorities; empty = none.
    std::string helo{};        ///< Name in EHLO; empty = this machine's.
    bool allow_plain = false;  ///< tls_mode::none to any address.
    mail_limits limits{};
};

/// errc::invalid_argument naming the member that cannot be: for the check of a configuration. Opens `ca_file`.
[[nodiscard]] base::result<void> check_server(const smtp_server& server);

/// How far the dialogue came: the step that was answered badly or not at all.
enum class mail_stage {
    connect,   ///< Name, TCP, implicit TLS.
    greeting,  ///< Greeting, EHLO, STARTTLS and its handshake.
    auth,
    from,
    rcpt,
    data,
    body,       ///< The server said 354; some of the body may be there, the final dot is not.
    committed,  ///< `commit` said yes; the dot may be there, an answer is not.
    answered,   ///< The server answered the final dot.
};

/// What became of the mail.
enum class mail_sent {
    not_sent,  ///< The final dot was never written: nothing was delivered.
    refused,   ///< The server said no with `code`: nothing was delivered.
    maybe,     ///< Committed, and no answer: nobody knows.
    accepted,  ///< 2xx to the final dot.
};

/// Why it was not accepted.
enum class mail_failure {
    none,
    bad_envelope,      ///< Addresses or bytes that must not go on the wire (see `envelope`); nobody was called.
    connect,           ///< Unknown name, refused, unreachable, or not in time.
    tls,               ///< A handshake failed for another reason than the certificate.
    tls_verify,        ///< The certificate is not good for this host.
    starttls_missing,  ///< STARTTLS is required and the server does not do it.
    plain_refused,     ///< tls_mode::none and the address is not loopback.
    auth_missing,      ///< We have credentials and the server offers neither PLAIN nor LOGIN.
    refused,           ///< The server said no with `code`.
    protocol,          ///< The server said something that is no SMTP.
    lost,              ///< The connection broke.
    timeout,           ///< One of the limits, or the deadline.
    cancelled,         ///< By the stop token.
    commit_refused,    ///< `commit` returned false or threw.
};

[[nodiscard]] std::string_view to_string(mail_stage s) noexcept;
[[nodiscard]] std::string_view to_string(mail_sent s) noexcept;
[[nodiscard]] std::string_view to_string(mail_failure f) noexcept;

struct mail_answer {
    mail_stage stage = mail_stage::connect;
    mail_sent sent = mail_sent::not_sent;
    mail_failure failure = mail_failure::none;
    int code = 0;            ///< Of the last answer of this stage; 0 = none.
    std::string enhanced{};  ///< `5.1.1` (RFC 3463); empty if the answer had none.
    std::string text{};      ///< The answer's text, else what went wrong; redacted, printable, at most 500 bytes.
    std::string queue_id{};  ///< accepted: the relay's name for the mail, at most 191 bytes; its whole text if unclear.
    bool reused = false;     ///< The connection had carried a mail before.
    [[nodiscard]] bool ok() const noexcept { return sent == mail_sent::accepted; }
};

struct envelope {
    std::string from;  ///< As `canonical_address` gives them.
    std::string to;
    std::string bytes;  ///< As `build_message` gives them: 7-bit, CRLF only, lines of at most 998, CRLF at the end.
};

/// One connection, kept open between mails. Movable nowhere; one thread at a time.
class mail_sender {
public:
    /// Throws base::failure with what `check_server` says.
    explicit mail_sender(smtp_server server);
    /// Says QUIT without waiting for the answer.
    ~mail_sender();
    mail_sender(const mail_sender&) = delete;
    mail_sender& operator=(const mail_sender&) = delete;

    /// Hands over one mail. Never throws for what the network or the server does; the answer says it.
    ///
    /// `commit` is called at most once, on this thread, when the peer's kernel has acknowledged every byte of the body
    /// and before the first byte of the final dot is written; it should take no longer than the server's patience with
    /// a silent client (minutes). False, or an exception, drops the connection: nothing is delivered. What remains
    /// between its return and the writing of the dot's three bytes is a few microseconds of our own.
    ///
    /// A stop ends the call within about a second: before the commit at once with mail_failure::cancelled, behind it
    /// after `limits.after_stop` at most, because an answer that is not awaited is a mail in doubt. `limit` counts
    /// before and behind the commit: leave it room for `limits.final_dot`.
    ///
    /// A connection that was idle may turn out to be dead; what fails on it before DATA is tried once more on a fresh
    /// one, within the same call. Not limited by us: getaddrinfo, which goes on in a thread of its own after
    /// `limits.connect`.
    [[nodiscard]] mail_answer send(const envelope& mail, const std::function<bool()>& commit, std::stop_token stop,
                                   base::deadline limit);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace dormouse::net
