#include "worker/source_order.hpp"

#include <algorithm>

namespace dormouse::worker {

source_order::source_order(std::vector<config::served_queue> queues) {
    for (auto& q : queues) {
        total_ += q.weight;
        entries_.push_back({std::move(q), 0});
    }
}

std::vector<std::string> source_order::next() {
    for (auto& e : entries_) e.credit += e.queue.weight;
    std::vector<const entry*> order;
    for (const auto& e : entries_) order.push_back(&e);
    std::sort(order.begin(), order.end(),
              [](auto* a, auto* b) { return a->credit != b->credit ? a->credit > b->credit : a < b; });
    std::vector<std::string> names;
    for (const auto* e : order) names.push_back(e->queue.name);
    if (!order.empty()) entries_[static_cast<std::size_t>(order.front() - entries_.data())].credit -= total_;
    return names;
}

}  // namespace dormouse::worker
