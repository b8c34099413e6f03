#include "admin/metrics.hpp"

#include "worker/by_label.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace dormouse::admin {

namespace {

using prometheus::MetricType;

double seconds(base::ms d) { return std::chrono::duration<double>(d).count(); }
double seconds(const std::optional<base::ms>& d) { return d ? seconds(std::max(*d, base::ms{0})) : 0.0; }
double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

std::optional<double> resident_bytes() {
    std::ifstream in{"/proc/self/statm"};
    double size = 0;
    double resident = 0;
    if (!(in >> size >> resident)) return std::nullopt;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> open_files() {
    std::error_code code;
    const std::filesystem::directory_iterator files{"/proc/self/fd", code};
    if (code) return std::nullopt;
    return static_cast<double>(std::distance(begin(files), end(files)) - 1);  // less the one that counts
}

}  // namespace

namespace {

struct queue_row {
    std::uint64_t ready = 0;
    std::uint64_t scheduled = 0;
    double oldest_ready = 0;
    double overdue = 0;
    bool paused = false;

    void add(const queue::queue_depth& q) {
        ready += q.ready;
        scheduled += q.scheduled;
        oldest_ready = std::max(oldest_ready, seconds(q.oldest_ready));
        overdue = std::max(overdue, seconds(q.overdue));
        paused = paused || q.paused;
    }
};

/// Queue names come from jobs, so there may be any number of them.
worker::by_label<queue_row> rows_of(const queue::site_depth& depth) {
    worker::by_label<queue_row> rows{[](const std::string&) { return queue_row{}; }};
    for (const auto& q : depth.queues) rows[q.queue].add(q);
    return rows;
}

}  // namespace

families depth_families(const queue::site_depth& depth) {
    family jobs{"dormouse_jobs", MetricType::Gauge, "Jobs by queue and state."};
    family oldest{"dormouse_oldest_seconds", MetricType::Gauge,
                  "Age of the oldest ready or dead job; how late the first scheduled job is."};
    family paused{"dormouse_queue_paused", MetricType::Gauge, "1 while a queue is paused."};
    for (const auto& [queue, row] : rows_of(depth)) {
        jobs.add({{"queue", queue}, {"state", "ready"}}, row.ready);
        jobs.add({{"queue", queue}, {"state", "scheduled"}}, row.scheduled);
        oldest.add({{"queue", queue}, {"state", "ready"}}, row.oldest_ready);
        oldest.add({{"queue", queue}, {"state", "scheduled"}}, row.overdue);
        paused.add({{"queue", queue}}, row.paused ? 1.0 : 0.0);
    }
    jobs.add({{"state", "running"}}, depth.running);
    jobs.add({{"state", "done"}}, depth.done);
    jobs.add({{"state", "dead"}}, depth.dead);
    oldest.add({{"state", "dead"}}, seconds(depth.oldest_dead));
    families out;
    for (auto* f : {&jobs, &oldest, &paused}) out.push_back(std::move(*f).take());
    out.push_back(
        single("dormouse_intake", MetricType::Gauge, "Envelopes not admitted yet.", static_cast<double>(depth.intake)));
    out.push_back(single("dormouse_workers", MetricType::Gauge, "Workers with a live lease.",
                         static_cast<double>(depth.workers)));
    return out;
}

families http_client_families(const net::client_counters& counted) {
    family connections{"dormouse_connections_total", MetricType::Counter, "Requests by the connection they used."};
    connections.add({{"reused", "false"}}, counted.connections_new);
    connections.add({{"reused", "true"}}, counted.connections_reused);
    family handshakes{"dormouse_tls_handshakes_total", MetricType::Counter, "TLS handshakes."};
    handshakes.add({{"resumed", "false"}}, counted.tls_full);
    handshakes.add({{"resumed", "true"}}, counted.tls_resumed);
    families out;
    out.push_back(std::move(connections).take());
    out.push_back(std::move(handshakes).take());
    out.push_back(single("dormouse_blocked_targets_total", MetricType::Counter,
                         "Requests refused because of where they would have gone.",
                         static_cast<double>(counted.blocked_targets)));
    out.push_back(single("dormouse_stale_retries_total", MetricType::Counter,
                         "Requests sent again because a pooled connection was already closed.",
                         static_cast<double>(counted.stale_retries)));
    return out;
}

families process_families(const std::string& version, base::time_ms started) {
    families out;
    family build{"dormouse_build_info", MetricType::Gauge, "The version that runs; always 1."};
    build.add({{"version", version}}, 1.0);
    out.push_back(std::move(build).take());
    out.push_back(single("process_start_time_seconds", MetricType::Gauge, "When the process started, Unix time.",
                         seconds(started.time_since_epoch())));
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0)
        out.push_back(single("process_cpu_seconds_total", MetricType::Counter, "CPU time used, user and system.",
                             seconds(used.ru_utime) + seconds(used.ru_stime)));
    if (const auto bytes = resident_bytes())
        out.push_back(single("process_resident_memory_bytes", MetricType::Gauge, "Memory in use, in bytes.", *bytes));
    if (const auto files = open_files())
        out.push_back(single("process_open_fds", MetricType::Gauge, "Open file descriptors.", *files));
    return out;
}

metrics_page::metrics_page(depth_source& depth, build b) : depth_{depth}, build_{std::move(b)} {}

void metrics_page::add(std::function<families()> source) { sources_.push_back(std::move(source)); }

families metrics_page::collect(const depth_result& depth) const {
    auto out = process_families(build_.version, build_.started);
    const auto append = [&out](families more) {
        out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    };
    out.push_back(
        single("dormouse_redis_up", MetricType::Gauge, "1 if Redis answered this scrape.", depth ? 1.0 : 0.0));
    if (depth) append(depth_families(*depth));
    for (const auto& source : sources_) append(source());
    return out;
}

namespace {
base::awaitable<reply> scrape(depth_source& source, const metrics_page& page) {
    const auto depth = co_await source.get();
    co_return reply{200, to_text(page.collect(depth)), metrics_type};
}
}  // namespace

base::awaitable<reply> metrics_page::answer() const { return scrape(depth_, *this); }

}  // namespace dormouse::admin
