#pragma once
// `/metrics`: Prometheus text, made at the moment of the scrape from whatever the rooms below count. A scrape always
// answers; without Redis it lacks the depths and says `dormouse_redis_up 0`. Names: docs/metrics.md.

#include "admin/depth_source.hpp"
#include "admin/families.hpp"
#include "admin/reply.hpp"
#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "queue/depth.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dormouse::admin {

/// `dormouse_jobs`, `dormouse_oldest_seconds`, `dormouse_queue_paused`, `dormouse_intake`, `dormouse_workers`.
/// States without queues (running, done, dead) have no `queue` label. Nothing waiting is an age of 0.
[[nodiscard]] families depth_families(const queue::site_depth& depth);

/// `dormouse_connections_total`, `dormouse_tls_handshakes_total`, `dormouse_blocked_targets_total`, …
[[nodiscard]] families http_client_families(const net::client_counters& counted);

/// `dormouse_build_info`, `process_start_time_seconds`, and the process's CPU, memory and open files from /proc.
[[nodiscard]] families process_families(const std::string& version, base::time_ms started);

/// Used on one event loop.
class metrics_page {
public:
    struct build {
        std::string version;
        base::time_ms started;
    };

    /// `depth` must outlive this.
    metrics_page(depth_source& depth, build b);

    /// One more source, asked at every scrape: `[&] { return worker_metrics.collect(); }`, a
    /// `prometheus::Registry`'s Collect, `[&] { return http_client_families(client.counters()); }`.
    void add(std::function<families()> source);

    /// Everything, given a reading of the depths.
    [[nodiscard]] families collect(const depth_result& depth) const;
    [[nodiscard]] base::awaitable<reply> answer() const;

private:
    depth_source& depth_;
    build build_;
    std::vector<std::function<families()>> sources_;
};

inline constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace dormouse::admin
