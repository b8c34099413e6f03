#pragma once
// The sections of `kinds:`, one struct each (house law 4), and what they share.

#include "base/clock.hpp"
#include "base/secret.hpp"

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

}  // namespace dormouse::config
