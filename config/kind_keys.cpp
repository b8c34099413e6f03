#include "config/kind_keys.hpp"

#include "config/key_rules.hpp"

namespace dormouse::config {

namespace {

void describe_webhook(section& s, webhook_settings& v) {
    s.duration("timeout", v.timeout, 1s, 2min, "Limit of one attempt, all phases together.");
    s.number("max_attempts", v.max_attempts, 1, 10,
             "Attempts in all, if the job itself does not say: 10 stretch over about 75 hours.");
    s.number("gone_confirmations", v.gone_confirmations, 1, 10, "Answers 410 in a row before a hook is switched off.");
    s.flag("require_secret", v.require_secret, "A hook without a secret gets nothing, instead of unsigned deliveries.");
    s.add("headers", headers_key{&v.headers, 20, kib},
          "Added to every delivery: at most 20 of 1 KiB, and none that the worker writes itself. Values are treated "
          "as secrets.");
    s.choice<std::string>("log_body", v.log_body, {"full", "none"}, {"full", "none"},
                          "What goes into `response_body` of the site's own log.");
}

void describe_grant(section& s, grant_settings& v) {
    s.text("url", v.url, api_url_rule(),
           "The grant endpoint, whole: `https://school.example/wp-json/mlgb/v1/grant`; empty = the kind is off.");
    s.secret("key", v.key, 8, "Sent as `X-API-Key`.");
    s.text("order_url", v.order_url, api_url_rule(),
           "The order API of the official module, whole: `https://school.example/wp-json/mbl/v1/order/`; empty = jobs "
           "cannot ask for `via: order`.");
    s.secret("order_token", v.order_token, 8, "Sent as `Authorization` to `order_url`.");
    s.choice("via", v.via, {"bridge", "order"}, {grant_api::bridge, grant_api::order},
             "Which of the two gives access, if the job itself does not say.");
    s.number("running", v.running, 1, 64, "Requests at once, across all workers: PHP has few processes.");
    s.duration("timeout", v.timeout, 1s, 2min, "Limit of one attempt, all phases together.");
    s.flag("allow_http", v.allow_http, allow_http_doc);
}

void describe_licence(section& s, licence_settings& v) {
    s.text("url", v.url, api_url_rule(),
           "The licence server without `/wc/...`: `https://licence.example`; empty = both kinds are off.");
    s.secret("secret", v.secret, 8, "Sent as `X-WC-Secret`.");
    s.secret("previous_secret", v.previous_secret, 8,
             "The one before, while it is being changed: tried once when the server refuses the present one.");
    s.text("audit_log", v.audit_log, checked_by(check_path, "an absolute path"),
           "File that gets one line `PERIOD PUSH ...` for each attempt; empty = none.");
    s.duration("timeout", v.timeout, 1s, 2min, "Limit of one attempt, all phases together.");
    s.flag("allow_http", v.allow_http, allow_http_doc);
}

void describe_wallet(section& s, wallet_settings& v) {
    s.text("url", v.url, api_url_rule(),
           "The wallet without `/api/wallet/...`: `https://wallet.example`; empty = the kind is off.");
    s.secret("key", v.key, 8, "Sent as `X-Api-Key`.");
    s.text("currency", v.currency, matching("[A-Z]{3}", "three capital letters"), "Of charges that name none.");
    s.duration("timeout", v.timeout, 1s, 2min, "Limit of one attempt, all phases together.");
    s.flag("allow_http", v.allow_http, allow_http_doc);
}

}  // namespace

void describe_kinds(section& s, settings& v) {
    s.within("webhook-delivery", v.webhook, describe_webhook, "Delivery of signed webhooks.");
    s.within("grant", v.grant, describe_grant, "Giving access to a course.");
    s.within("licence", v.licence, describe_licence, "The licence server: license-provision and period-push.");
    s.within("wallet-charge", v.wallet, describe_wallet, "Charging a wallet.");
}

}  // namespace dormouse::config
