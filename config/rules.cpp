#include "config/rules.hpp"

#include "base/ascii.hpp"
#include "config/checks.hpp"
#include "config/values.hpp"

#include <set>

namespace dormouse::config {

namespace {

void check_signing(const queue_settings& queue, report& out) {
    if (queue.signing_keys.empty() && !queue.allow_unsigned)
        out.complain({"queue.signing_keys", "queue.allow_unsigned", "queue"},
                     "nobody could enqueue: add a signing key, or set queue.allow_unsigned: true for a Redis that only "
                     "the site can write to");
    std::set<std::string> ids;
    for (std::size_t i = 0; i < queue.signing_keys.size(); ++i) {
        const auto& id = queue.signing_keys[i].id;
        if (!id.empty() && !ids.insert(id).second)
            out.complain({"queue.signing_keys[" + std::to_string(i) + "].id"},
                         "the id '" + id + "' is given to two keys");
    }
}

void check_worker(const worker_settings& worker, const webhook_settings& webhook, report& out) {
    if (worker.heartbeat * 4 > worker.lease)
        out.complain({"worker.heartbeat", "worker.lease"}, "expected at most a quarter of worker.lease (" +
                                                               format_duration(worker.lease) + "), got " +
                                                               format_duration(worker.heartbeat));
    if (worker.drain < webhook.timeout)
        out.complain({"worker.drain", "kinds.webhook-delivery.timeout"},
                     "expected at least kinds.webhook-delivery.timeout (" + format_duration(webhook.timeout) +
                         "), got " + format_duration(worker.drain) + ": every restart would cut deliveries off");
    if (worker.per_endpoint > worker.slots)
        out.complain({"worker.per_endpoint", "worker.slots"}, "expected at most worker.slots (" +
                                                                  std::to_string(worker.slots) + "), got " +
                                                                  std::to_string(worker.per_endpoint));
}

void check_servers(const settings& s, report& out) {
    if (s.redis.reconnect_min > s.redis.reconnect_max)
        out.complain({"redis.reconnect_min", "redis.reconnect_max"},
                     "expected at most redis.reconnect_max (" + format_duration(s.redis.reconnect_max) + "), got " +
                         format_duration(s.redis.reconnect_min));
    if (!s.redis.username.empty() && s.redis.password.empty() && password_in_url(s.redis.url).empty())
        out.complain({"redis.username", "redis.password", "redis.password_file", "redis.password_credential"},
                     "a user needs a password: add redis.password_file");
    const auto& database = s.site.database;
    if (database.host.empty() && database.socket.empty())
        out.complain({"site.database.socket", "site.database.host"}, "expected a socket or a host");
    if (!database.host.empty() && !database.socket.empty())
        out.complain({"site.database.host", "site.database.socket"},
                     "expected either a host or a socket; remove one of them");
    if (s.net.max_age < s.net.idle)
        out.complain({"net.idle", "net.max_age"}, "expected at most net.max_age (" + format_duration(s.net.max_age) +
                                                      "), got " + format_duration(s.net.idle));
}

void check_headers(const webhook_settings& webhook, report& out) {
    std::set<std::string> names;
    for (const auto& [name, value] : webhook.headers)
        if (!names.insert(base::ascii_lower(name)).second)
            out.complain({"kinds.webhook-delivery.headers." + name},
                         "this header is given twice (case does not count)");
}

void check_api(const std::string& path, const std::string& url, bool allow_http, const base::secret& key,
               std::string_view key_name, report& out) {
    if (url.empty()) return;
    if (!allow_http && is_readable_on_the_way(url))
        out.complain({path + ".url"}, "the key would travel readable: use https, or set " + path + ".allow_http: true");
    if (key.empty())
        out.complain({path + ".url"}, "a key is needed as well: add " + path + "." + std::string{key_name} + "_file");
}

void check_apis(const settings& s, report& out) {
    check_api("site.companion", s.site.companion.url, s.site.companion.allow_http, s.site.companion.key, "key", out);
    check_api("kinds.grant", s.grant.url, s.grant.allow_http, s.grant.key, "key", out);
    check_api("kinds.licence", s.licence.url, s.licence.allow_http, s.licence.secret, "secret", out);
    check_api("kinds.wallet-charge", s.wallet.url, s.wallet.allow_http, s.wallet.key, "key", out);
    const auto& order = s.grant.order_url;
    if (!order.empty() && !s.grant.allow_http && is_readable_on_the_way(order))
        out.complain({"kinds.grant.order_url"},
                     "the token would travel readable: use https, or set "
                     "kinds.grant.allow_http: true");
    if (!order.empty() && s.grant.order_token.empty())
        out.complain({"kinds.grant.order_url"}, "a token is needed as well: add kinds.grant.order_token_file");
    if (s.grant.via == grant_api::order && order.empty())
        out.complain({"kinds.grant.via"}, "expected kinds.grant.order_url beside via: order");
    if (!s.licence.url.empty() && s.site.companion.url.empty())
        out.complain({"kinds.licence.url"}, "expected site.companion as well: the dates are read from the plugin");
}

void check_schedules(const scheduler_settings& scheduler, report& out) {
    std::set<std::string> names{"sleepers-scan", "reminders", "outbox-relay", "housekeeping"};
    for (std::size_t i = 0; i < scheduler.schedules.size(); ++i) {
        const auto path = "scheduler.schedules[" + std::to_string(i) + "]";
        const auto& s = scheduler.schedules[i];
        if (!s.name.empty() && !names.insert(s.name).second)
            out.complain({path + ".name"}, "the name '" + s.name + "' is given to another schedule or duty already");
        if (s.enqueue.timeout % 1s != 0s)
            out.complain({path + ".enqueue.timeout"},
                         "expected whole seconds, got " + format_duration(s.enqueue.timeout));
    }
}

void check_reminders(const reminders_settings& reminders, report& out) {
    const auto& window = reminders.window;
    const auto dash = window.find('-');
    // Times of two digits each: their texts are in the order of the times.
    if (dash != std::string::npos && window.substr(0, dash) >= window.substr(dash + 1))
        out.complain({"scheduler.reminders.window"}, "expected an end after the beginning, got " + window);
}

void check_mail(const settings& s, report& out) {
    const auto& mail = s.mail;
    const std::string at = "kinds.reminder-email.";
    const auto complain = [&](const char* key, std::string_view what) { out.complain({at + key}, std::string{what}); };
    if (mail.host.empty()) return;
    if (mail.from.empty()) complain("host", "a sender is needed as well: add kinds.reminder-email.from");
    if (!mail.user.empty() && mail.password.empty())
        complain("user", "a user needs a password: add kinds.reminder-email.password_file");
    if (mail.tls == mail_tls::none && !mail.user.empty())
        complain("tls", "the password would travel readable: expected starttls or implicit beside a user");
    if (mail.tls == mail_tls::none && !mail.allow_plain && is_readable_on_the_way("http://" + mail.host + "/"))
        complain("tls",
                 "letters would travel readable: expected starttls or implicit, or set "
                 "kinds.reminder-email.allow_plain: true");
    if (mail.reconcile == doubt_rule::idempotent_relay && mail.idempotency_header.empty())
        complain("reconcile", "expected kinds.reminder-email.idempotency_header beside idempotent_relay");
    if (mail.render == letter_rendering::companion && s.site.companion.url.empty())
        complain("render", "expected site.companion as well: the plugin renders the letters");
}

}  // namespace

void check_rules(const settings& s, report& out) {
    check_signing(s.queue, out);
    check_worker(s.worker, s.webhook, out);
    check_servers(s, out);
    check_headers(s.webhook, out);
    check_apis(s, out);
    check_mail(s, out);
    check_schedules(s.scheduler, out);
    check_reminders(s.scheduler.reminders, out);
}

}  // namespace dormouse::config
