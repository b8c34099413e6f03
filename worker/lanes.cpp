#include "worker/lanes.hpp"

#include <algorithm>

namespace dormouse::worker {

bool lanes::enter(const std::string& lane) {
    if (lane.empty()) return true;
    auto& running = running_[lane];
    if (running >= limit_) return false;
    ++running;
    return true;
}

void lanes::leave(const std::string& lane) {
    const auto it = running_.find(lane);
    if (it != running_.end() && --it->second <= 0) running_.erase(it);
}

int lanes::places_left(const std::string& lane) const {
    const auto it = running_.find(lane);
    return it == running_.end() ? limit_ : std::max(0, limit_ - it->second);
}

void lanes::mark_parked(const queue::lane_name& lane) { parked_.insert({lane.queue, lane.lane}); }

void lanes::mark_empty(const queue::lane_name& lane) { parked_.erase({lane.queue, lane.lane}); }

std::vector<lanes::opening> lanes::openings(std::size_t most) {
    std::vector<opening> out;
    auto it = parked_.upper_bound(last_);
    for (std::size_t seen = 0; seen < parked_.size() && out.size() < most; ++seen, ++it) {
        if (it == parked_.end()) it = parked_.begin();
        const auto& [queue, lane] = *it;
        if (const int places = places_left(lane); places > 0) {
            out.push_back({{queue, lane}, places});
            last_ = *it;
        }
    }
    return out;
}

}  // namespace dormouse::worker
