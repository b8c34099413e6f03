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

text_rule address_rule() {
    return matching(R"(([^@\s<>,"]+@[^@\s<>,"]+)?)", "one e-mail address, such as school@school.example", 254);
}

void describe_mail_server(section& s, mail_settings& v) {
    s.text("host", v.host, matching("[A-Za-z0-9.:_-]{0,255}", "a host name or an IP address", 255),
           "The mail server (relay); empty = the kind is off.");
    s.number("port", v.port, 1, 65'535, "587 for `tls: starttls`, 465 for `tls: implicit`, 25 without.");
    s.choice("tls", v.tls, {"starttls", "implicit", "none"}, {mail_tls::starttls, mail_tls::implicit, mail_tls::none},
             "`starttls` is required, not tried: a server that does not offer it gets nothing.");
    s.text("user", v.user, {}, "For AUTH; empty = the server asks for no password.");
    s.secret("password", v.password, 1, "Goes with `user`.");
    s.text("ca_file", v.ca_file, checked_by(check_existing_file, "an absolute path of a file that exists"),
           "Trust anchors (PEM) beside the system's.");
    s.text("helo", v.helo, matching("[A-Za-z0-9.:\\[\\]-]{0,255}", "a host name", 255),
           "Name of this machine for the mail server; empty = its host name.");
}

void describe_mail(section& s, mail_settings& v) {
    describe_mail_server(s, v);
    s.text("from", v.from, address_rule(), "Sender: in `From` and in the envelope, so bounces go there.");
    s.text("from_name", v.from_name, {}, "Name beside the sender's address.");
    s.text("reply_to", v.reply_to, address_rule(), "Where answers go; empty = to the sender.");
    s.choice("render", v.render, {"auto", "companion", "native"},
             {letter_rendering::automatic, letter_rendering::companion, letter_rendering::native},
             "Who replaces the shortcodes: the companion plugin with the site's own filters, the worker itself, or "
             "(`auto`) the worker where there is no plugin.");
    s.text("idempotency_header", v.idempotency_header,
           matching("([A-Za-z][A-Za-z0-9-]{0,63})?", "the name of a header, such as X-Idempotency-Key"),
           "Header with the letter's Message-ID, for a relay that sends no two letters with the same one.");
    s.choice("reconcile", v.reconcile, {"none", "idempotent_relay"}, {doubt_rule::none, doubt_rule::idempotent_relay},
             "A letter that may have been sent waits for a person (`none`), or is sent again under the same "
             "`idempotency_header`.");
    s.number("connections", v.connections, 1, 32, "Letters under way at once, across all workers.");
    s.number("per_minute", v.per_minute, 1, 60'000, "Letters per minute, across all workers.");
    s.number("domain_connections", v.domain_connections, 1, 32, "As `connections`, for each domain of recipients.");
    s.number("domain_per_minute", v.domain_per_minute, 1, 60'000,
             "As `per_minute`, for each domain of recipients; halved while that domain asks us to slow down.");
    s.duration("timeout", v.timeout, 10s, 1h,
               "Limit of one attempt. RFC 5321 lets a server think for 10 minutes about a letter it has taken; cutting "
               "that short makes doubt.");
    s.flag("allow_plain", v.allow_plain, "`tls: none` to another machine: letters travel readable.");
}

}  // namespace

void describe_kinds(section& s, settings& v) {
    s.within("webhook-delivery", v.webhook, describe_webhook, "Delivery of signed webhooks.");
    s.within("grant", v.grant, describe_grant, "Giving access to a course.");
    s.within("licence", v.licence, describe_licence, "The licence server: license-provision and period-push.");
    s.within("wallet-charge", v.wallet, describe_wallet, "Charging a wallet.");
    s.within("reminder-email", v.mail, describe_mail, "Letters to sleepers.");
}

}  // namespace dormouse::config
