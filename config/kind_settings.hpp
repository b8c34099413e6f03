#pragma once
// The sections of `kinds:`, one struct each (house law 4), and what they share.

#include "base/clock.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dormouse::config {

using base::ms;
using namespace std::chrono_literals;

/// `kinds.webhook-delivery:`
struct webhook_settings {
    ms timeout = 20s;  ///< Hard total of one attempt, body included.
    int max_attempts = 10;
    int gone_confirmations = 1;   ///< 410 answers in a row before a hook is switched off.
    bool require_secret = false;  ///< A hook without a secret is parked instead of sent unsigned.
    std::vector<std::pair<std::string, std::string>> headers;  ///< Added to every delivery.
    std::string log_body = "full";  ///< What goes into response_body of the site's log: full | none.
};

/// Which endpoint of the site gives access.
enum class grant_api {
    bridge,  ///< `POST …/mlgb/v1/grant`
    order,   ///< `POST …/mbl/v1/order/`
};

/// `kinds.grant:`
struct grant_settings {
    std::string url;           ///< Of the grant bridge, whole; empty = the kind is off.
    base::secret key;          ///< X-API-Key.
    std::string order_url;     ///< Of the order API, whole; empty = `via: order` is off.
    base::secret order_token;  ///< Its Authorization.
    grant_api via = grant_api::bridge;
    int running = 2;  ///< At once, across all workers.
    ms timeout = 30s;
    bool allow_http = false;  ///< Plain http to another machine.
};

/// `kinds.licence:`, for license-provision and period-push.
struct licence_settings {
    std::string url;  ///< Base, without /wc/…; empty = both kinds are off.
    base::secret secret;
    base::secret previous_secret;
    std::string audit_log;  ///< File of the PERIOD PUSH lines; empty = none.
    ms timeout = 15s;
    bool allow_http = false;
};

/// `kinds.wallet-charge:`
struct wallet_settings {
    std::string url;  ///< Base, without /api/wallet/…; empty = the kind is off.
    base::secret key;
    std::string currency = "RUB";  ///< Of charges that name none.
    ms timeout = 15s;
    bool allow_http = false;
};

/// How the connection to the mail server is protected.
enum class mail_tls {
    starttls,  ///< Required: a server without it gets nothing.
    implicit,  ///< TLS from the first byte.
    none,
};

/// Who makes a letter's text out of its template.
enum class letter_rendering {
    automatic,  ///< The companion plugin where it answers, else the worker itself.
    companion,
    native,
};

/// What is done about a letter of which nobody knows whether it was sent.
enum class doubt_rule {
    none,              ///< A person decides.
    idempotent_relay,  ///< The relay knows `idempotency_header`: the same letter again.
};

/// `kinds.reminder-email:`
struct mail_settings {
    std::string host;  ///< Of the mail server; empty = the kind is off.
    std::uint16_t port = 587;
    mail_tls tls = mail_tls::starttls;
    std::string user;  ///< Empty = no AUTH.
    base::secret password;
    std::string ca_file;  ///< Trust anchors (PEM) beside the system's; empty = the system's only.
    std::string helo;     ///< Name in EHLO; empty = that of this machine.
    std::string from;     ///< Address in From and of the envelope.
    std::string from_name;
    std::string reply_to;
    letter_rendering render = letter_rendering::automatic;
    std::string idempotency_header;  ///< Its name; the value is the letter's Message-ID. Empty = none.
    doubt_rule reconcile = doubt_rule::none;
    int connections = 4;  ///< At once, across all workers.
    int per_minute = 300;
    int domain_connections = 2;  ///< The same for one domain of recipients.
    int domain_per_minute = 30;
    ms timeout = 25min;  ///< Of one attempt: the waits of RFC 5321 4.5.3.2 have room in it.
    bool allow_plain = false;
};

}  // namespace dormouse::config
