#pragma once
// Everything an operator may set, typed, with units and defaults. `config::load` fills it from YAML; each room takes
// only its own struct. Durations in YAML carry units ("30s", "5m"), sizes too ("256KiB").

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "config/kind_settings.hpp"
#include "config/scheduler_settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::config {

using base::ms;
using namespace std::chrono_literals;

/// `redis:`
struct redis_settings {
    /// `redis://[user[:password]@]host[:port][/db]`, `rediss://…` (TLS), `unix:///path[?db=N]`.
    std::string url = "unix:///run/dormouse/redis.sock";
    std::string username;   ///< Overrides the URL's user.
    base::secret password;  ///< Overrides the URL's password.
    std::string ca_file;    ///< For rediss: an extra trust anchor (PEM); empty = the system's.
    ms connect_timeout = 3s;
    ms command_timeout = 5s;  ///< Client-side deadline of every call; blocking reads add their own time.
    ms reconnect_min = 50ms;  ///< Backoff between connection attempts, jittered.
    ms reconnect_max = 2s;
};

/// One key of `queue.signing_keys`: who may enqueue.
struct signing_key {
    std::string id;                  ///< The `kid` of the envelope.
    base::secret key;                ///< Shared with the producer; at least 16 bytes.
    std::vector<std::string> kinds;  ///< Kinds this key may enqueue; empty = all.
};

/// `queue:`
struct queue_settings {
    std::vector<signing_key> signing_keys;
    bool allow_unsigned = false;  ///< Accept envelopes without a signature (single-user Redis only).
    std::uint64_t max_envelope_bytes = 256ULL * 1024;
    ms key_keep = 8 * 24h;  ///< Life of an idempotency key; never below the longest retry horizon.
    std::uint64_t done_keep = 10'000;
    ms done_age = 24h;
    std::uint64_t dead_keep = 100'000;
    ms dead_age = 90 * 24h;
    std::uint64_t dead_bytes = 256ULL * 1024 * 1024;
    int max_crashes = 3;  ///< A job that ended this many leases goes to dead: `worker_died`.
};

/// One entry of `worker.queues`: a queue this worker serves. A higher weight is asked first more often.
struct served_queue {
    std::string name;
    int weight = 1;
};

/// One record of `worker.limits`: a limit across all workers, beside those that the kinds set themselves.
struct limit_rule {
    std::string limit;   ///< Name, in which `{member}` stands for that member of the job's args: `wallet:{project_id}`.
    std::string kind;    ///< Of the jobs it counts; empty = all that have the members.
    int running = 1;     ///< Attempts at once.
    int per_minute = 0;  ///< Attempts started per minute; 0 = as many as there are places.
};

/// `worker:`
struct worker_settings {
    std::string name;  ///< Part of the worker's id; empty = host name and process id.
    std::vector<served_queue> queues = {{"webhook", 4}, {"default", 2}, {"mail", 1}};
    int slots = 256;         ///< Attempts running at once in this process.
    int per_endpoint = 4;    ///< Of them, per lane (endpoint).
    ms lease = 10s;          ///< Others take the jobs over when no heartbeat came for so long.
    ms heartbeat = 2s;       ///< At most lease / 4.
    ms settle_within = 5ms;  ///< An outcome waits at most so long for others to share its round trip.
    std::vector<limit_rule> limits{};
    ms drain = 35s;  ///< On SIGTERM running attempts get so long; then they are cancelled and released.
};

/// `net:`
struct net_settings {
    bool allow_http = false;                 ///< Hooks may use plain http.
    std::vector<std::string> allow_private;  ///< CIDRs that hooks may reach although they are private.
    std::vector<std::uint16_t> ports = {443, 80, 8443, 8080};
    std::string ca_file;  ///< Extra trust anchors (PEM) beside the system's.
    std::string user_agent = "Dormouse";
    int per_host = 8;         ///< Connections per host at once.
    ms idle = 25s;            ///< A pooled connection lives so long unused,
    ms max_age = 5min;        ///< so long in all,
    int max_requests = 1000;  ///< and for so many requests.
};

/// `site.database:`
struct database_settings {
    std::string socket = "/run/mysqld/mysqld.sock";  ///< UNIX socket; wins over host and port when not empty.
    std::string host;
    std::uint16_t port = 3306;
    std::string user = "dormouse";
    base::secret password;
    std::string name = "wordpress";
    std::string prefix = "wp_";   ///< Of this site's tables ($wpdb->prefix).
    std::string users_table;      ///< Full name; empty = prefix + users.
    std::string usermeta_table;   ///< Full name; empty = prefix + usermeta.
    std::size_t connections = 4;  ///< Connections, each used by one pool thread at a time.
    ms connect_timeout = 3s;      ///< Rounded up to whole seconds.
    ms statement_timeout = 10s;   ///< Rounded up to whole seconds.
};

/// `site.companion:`, the plugin's routes for the worker.
struct companion_settings {
    std::string url;   ///< Of the REST root: `https://school.example/wp-json`; empty = not used.
    base::secret key;  ///< X-Dormouse-Key.
    bool allow_http = false;
};

/// `site:`
struct site_settings {
    std::string name = "main";  ///< Part of every Redis key; [a-z0-9_-]{1,32}.
    database_settings database;
    companion_settings companion;
};

/// `admin:`
struct admin_settings {
    bool enabled = true;
    std::string listen = "127.0.0.1:9464";  ///< host:port on loopback, or unix:/path.
};

/// `log:`
struct log_settings {
    base::log::level level = base::log::level::info;
    base::log::format format = base::log::format::json;
    std::string file;  ///< Empty = standard error.
};

struct settings {
    std::string source;  ///< The file this came from, for messages.
    site_settings site;
    redis_settings redis;
    queue_settings queue;
    worker_settings worker;
    scheduler_settings scheduler;
    net_settings net;
    admin_settings admin;
    log_settings log;
    webhook_settings webhook;
    grant_settings grant;
    licence_settings licence;
    wallet_settings wallet;
    mail_settings mail;
};

}  // namespace dormouse::config
