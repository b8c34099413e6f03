#include "admin/upkeep_metrics.hpp"

#include <algorithm>

namespace dormouse::admin {

using prometheus::MetricType;

families outbox_families(const scheduler::outbox_relay::standing& relay, base::time_ms now) {
    families out;
    const auto add = [&out](std::string_view name, MetricType type, std::string_view help, double value) {
        out.push_back(single(name, type, help, value));
    };
    if (relay.known) {
        const auto age = relay.left.oldest ? std::max(now - *relay.left.oldest, base::ms{0}) : base::ms{0};
        add("dormouse_outbox_depth", MetricType::Gauge, "Rows of the outbox at the last look.",
            static_cast<double>(relay.left.rows));
        add("dormouse_outbox_oldest_seconds", MetricType::Gauge, "Age of the oldest of them.",
            std::chrono::duration<double>(age).count());
        add("dormouse_outbox_stuck", MetricType::Gauge, "Rows that are too large to be moved.",
            static_cast<double>(relay.left.stuck));
    }
    add("dormouse_outbox_moved_total", MetricType::Counter, "Rows moved into the queue.",
        static_cast<double>(relay.moved));
    add("dormouse_outbox_failures_total", MetricType::Counter, "Runs of the relay that ended with an error.",
        static_cast<double>(relay.failures));
    return out;
}

families housekeeping_families(const scheduler::housekeeping::counts& removed) {
    family rows{"dormouse_rows_removed_total", MetricType::Counter, "Rows of our own tables removed for their age."};
    for (const auto what : site::all_old_rows)
        rows.add({{"rows", site::to_string(what)}}, removed.at(static_cast<std::size_t>(what)));
    families out;
    out.push_back(std::move(rows).take());
    return out;
}

}  // namespace dormouse::admin
