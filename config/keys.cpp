#include "config/keys.hpp"

#include "config/key_rules.hpp"
#include "config/kind_keys.hpp"
#include "config/scheduler_keys.hpp"

namespace dormouse::config {

namespace {

void describe_database(section& s, database_settings& v) {
    s.text("socket", v.socket, checked_by(check_path, "an absolute path"),
           "UNIX socket of the server. Not used when `host` is set; a file that sets both is refused.");
    s.text("host", v.host, matching("[A-Za-z0-9_.:-]*", "a host name or an address", 253),
           "Host name or address of the server, where it cannot be reached over a socket.");
    s.number("port", v.port, 1, 65'535, "Port of `host`.");
    s.text("user", v.user, matching(R"([^\s'"`\\]+)", "a user name without spaces and quotes", 80),
           "Account with the rights listed in docs/install.md.");
    s.secret("password", v.password, 1,
             "Its password. Leave it out where the server knows the account by `unix_socket`.");
    s.text("name", v.name, matching("[A-Za-z0-9_$-]{1,64}", "1 to 64 characters of A-Z, a-z, 0-9, _, $ and -"),
           "Database of the site (`DB_NAME` in wp-config.php).");
    s.text("prefix", v.prefix, table_rule(32), "Prefix of the site's tables (`$table_prefix` in wp-config.php).");
    s.text("users_table", v.users_table, table_rule(64),
           "Full name of the users table (`CUSTOM_USER_TABLE`); empty = prefix and `users`.");
    s.text("usermeta_table", v.usermeta_table, table_rule(64),
           "Full name of the usermeta table (`CUSTOM_USER_META_TABLE`); empty = prefix and `usermeta`.");
    s.number("connections", v.connections, 1, 64, "Connections at once; each has a thread of its own.");
    s.duration("connect_timeout", v.connect_timeout, 1s, 1min, "Limit of connecting; rounded up to whole seconds.");
    s.duration("statement_timeout", v.statement_timeout, 1s, 5min,
               "Limit of one statement; rounded up to whole seconds.");
}

void describe_companion(section& s, companion_settings& v) {
    s.text("url", v.url, api_url_rule(),
           "REST root of the site, `https://school.example/wp-json`, where the companion plugin answers; empty = not "
           "used.");
    s.secret("key", v.key, 16, "Shared with the plugin (`DORMOUSE_COMPANION_KEY`).");
    s.flag("allow_http", v.allow_http, allow_http_doc);
}

void describe_site(section& s, site_settings& v) {
    s.text("name", v.name, name_rule(),
           "Name of the site: part of every Redis key, and what envelopes must say in `site`. Do not change it while "
           "jobs are waiting.");
    s.within("database", v.database, describe_database, "The database of the WordPress site.");
    s.within("companion", v.companion, describe_companion, "The companion plugin of the site.");
}

void describe_redis(section& s, redis_settings& v) {
    auto url = checked_by(check_redis_url, "a Redis URL");
    url.may_echo = false;
    s.text("url", v.url, std::move(url),
           "`unix:///path[?db=N]`, `redis://[user[:password]@]host[:port][/db]`, or `rediss://...` for TLS.");
    s.text("username", v.username, matching(R"([^\s]*)", "a user name without spaces", 128),
           "ACL user; wins over the URL's.");
    s.secret("password", v.password, 1, "Its password; wins over the URL's.");
    s.text("ca_file", v.ca_file, checked_by(check_existing_file, "an absolute path of a file that exists"),
           "For `rediss://`: an extra trust anchor (PEM); empty = the system's.");
    s.duration("connect_timeout", v.connect_timeout, 100ms, 1min, "Limit of one connection attempt.");
    s.duration("command_timeout", v.command_timeout, 100ms, 1min,
               "Limit of one command; a connection that passes it is given up and made anew.");
    s.duration("reconnect_min", v.reconnect_min, 10ms, 1min, "Shortest pause between connection attempts.");
    s.duration("reconnect_max", v.reconnect_max, 10ms, 5min, "Longest pause between connection attempts.");
}

void describe_signing_key(section& s, signing_key& v) {
    s.text("id", v.id, id_rule(), "Name of the key: the `kid` of the envelopes it signs.").required = true;
    s.secret("key", v.key, 16, "The key itself, shared with the producer; at least 16 bytes.").required = true;
    s.add("kinds", text_list_key{&v.kinds, kind_rule(), 64}, "Kinds this key may enqueue; left out or empty = all.");
}

void describe_queue(section& s, queue_settings& v) {
    s.records(
        "signing_keys", v.signing_keys, describe_signing_key,
        "Who may enqueue. Two keys at once make a rotation: add the new one, switch the producer, remove the old.");
    s.flag("allow_unsigned", v.allow_unsigned,
           "Accept envelopes without a signature. Only for a Redis that nobody but the site can write to.");
    s.size("max_envelope_bytes", v.max_envelope_bytes, kib, 512 * kib,
           "A larger envelope goes to the dead jobs: `too_large`.");
    s.duration("key_keep", v.key_keep, 4 * day, 60 * day,
               "Life of an idempotency key. At least 4d, so that it outlives the longest series of retries.");
    s.number("done_keep", v.done_keep, 0, 10'000'000, "Finished jobs to keep.");
    s.duration("done_age", v.done_age, 0s, 366 * day, "Finished jobs are kept no longer than this.");
    s.number("dead_keep", v.dead_keep, 100, 10'000'000, "Dead jobs to keep; beyond that the oldest go.");
    s.duration("dead_age", v.dead_age, 1h, 3660 * day, "Dead jobs are kept no longer than this.");
    s.size("dead_bytes", v.dead_bytes, mib, 64 * gib, "Bytes of dead jobs to keep; beyond that the oldest go.");
    s.number("max_crashes", v.max_crashes, 1, 100,
             "A job during which the worker died this many times goes to the dead jobs: `worker_died`.");
}

weights_key queue_weights(std::vector<served_queue>& queues) {
    return {.clear = [&queues] { queues.clear(); },
            .add = [&queues](std::string name, int weight) { queues.push_back({std::move(name), weight}); },
            .all =
                [&queues] {
                    std::vector<std::pair<std::string, int>> out;
                    out.reserve(queues.size());
                    for (const auto& q : queues) out.emplace_back(q.name, q.weight);
                    return out;
                },
            .name = name_rule(),
            .max = 100};
}

void describe_limit(section& s, limit_rule& v) {
    s.text("limit", v.limit, limit_rule_text(),
           "Its name; `{member}` stands for that member of the job's args: `wallet:{project_id}`.")
        .required = true;
    s.text("kind", v.kind, matching("[a-z0-9-]{0,64}", "the name of a kind"),
           "Of the jobs it counts; left out = of all kinds whose args have those members.");
    s.number("running", v.running, 1, 4096, "Attempts at once, across all workers of the site.");
    s.number("per_minute", v.per_minute, 0, 1'000'000,
             "Attempts started per minute, evenly spread; 0 = as many as there are places.");
}

void describe_worker(section& s, worker_settings& v) {
    s.text("name", v.name, matching("[A-Za-z0-9_.-]{0,64}", "at most 64 characters of A-Z, a-z, 0-9, _, . and -"),
           "Part of the worker's id in Redis and in logs; empty = host name and process id.");
    s.add("queues", queue_weights(v.queues),
          "Queues to serve, each with a weight: a higher one is asked first more often.");
    s.number("slots", v.slots, 1, 4096, "Attempts running at once in this process.");
    s.number("per_endpoint", v.per_endpoint, 1, 4096, "Of them, how many may go to one endpoint.");
    s.duration("lease", v.lease, 1s, 10min, "Others take the jobs over when no heartbeat came for so long.");
    s.duration("heartbeat", v.heartbeat, 100ms, 150s, "Pause between heartbeats; at most a quarter of `lease`.");
    s.duration("settle_within", v.settle_within, 0s, 1s,
               "An outcome waits at most so long for others to share its round trip to Redis.");
    s.records("limits", v.limits, describe_limit,
              "Limits across all workers, beside those that the kinds set themselves.");
    s.duration("drain", v.drain, 0s, 10min,
               "On SIGTERM running attempts get so long to end; then they are cancelled and given back. The unit's "
               "`TimeoutStopSec=` must be at least 15s longer.");
}

void describe_net(section& s, net_settings& v) {
    s.flag("allow_http", v.allow_http, "Hooks may use plain `http://`.");
    s.add("allow_private", text_list_key{&v.allow_private, checked_by(check_cidr, "a network"), 64},
          "Networks that hooks may reach although they are private or loopback, as CIDR.");
    s.add("ports", port_list_key{&v.ports}, "Ports that hooks may use.");
    s.text("ca_file", v.ca_file, checked_by(check_existing_file, "an absolute path of a file that exists"),
           "Extra trust anchors (PEM) beside the system's.");
    auto agent = checked_by(check_header_value, "a text of printable ASCII");
    agent.max_bytes = 200;
    s.text("user_agent", v.user_agent, std::move(agent), "Sent with every request.");
    s.number("per_host", v.per_host, 1, 256, "Connections to one host at once.");
    s.duration("idle", v.idle, 0s, 10min, "An unused connection is kept so long.");
    s.duration("max_age", v.max_age, 1s, 24h, "A connection is used no longer than this.");
    s.number("max_requests", v.max_requests, 1, 1'000'000, "A connection is used for no more requests than this.");
}

void describe_admin(section& s, admin_settings& v) {
    s.flag("enabled", v.enabled, "Health, metrics and the dashboard.");
    s.text("listen", v.listen, checked_by(check_listen, "a loopback address with its port, or a socket"),
           "Where: host:port on loopback, or `unix:/path`.");
}

void describe_log(section& s, log_settings& v) {
    using base::log::format;
    using base::log::level;
    s.choice("level", v.level, {"debug", "info", "warn", "error", "off"},
             {level::debug, level::info, level::warn, level::error, level::off}, "Least level that is written.");
    s.choice("format", v.format, {"json", "human"}, {format::json, format::human}, "One JSON object a line, or text.");
    s.text("file", v.file, checked_by(check_path, "an absolute path"),
           "Appended to; empty = standard error, which systemd takes.");
}

}  // namespace

section describe(settings& s) {
    section root;
    root.within("site", s.site, describe_site, "The WordPress site this Dormouse works for.");
    root.within("redis", s.redis, describe_redis, "Where the queue lives.");
    root.within("queue", s.queue, describe_queue, "What is let in, and how long things are kept.");
    root.within("worker", s.worker, describe_worker, "How jobs are run.");
    root.within("scheduler", s.scheduler, describe_scheduler, "What happens at certain times.");
    root.within("net", s.net, describe_net, "What hooks may reach, and how.");
    root.within("admin", s.admin, describe_admin, "The operator's pages.");
    root.within("log", s.log, describe_log, "The log.");
    root.within("kinds", s, describe_kinds, "Settings of each kind of job.");
    return root;
}

}  // namespace dormouse::config
