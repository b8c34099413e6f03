#include "worker/lanes.hpp"

#include <algorithm>

namespace dormouse::worker {

bool lanes::enter(const std::string& lane) {
    if (lane.empty()) return true;
    if (places_left(lane) <= 0) return false;
    ++running_[lane];
    return true;
}

void lanes::leave(const std::string& lane) {
    const auto it = running_.find(lane);
    if (it != running_.end() && --it->second <= 0) running_.erase(it);
}

int lanes::places_left(const std::string& lane) const {
    const auto own_limit = limits_.find(lane);
    const int limit = own_limit == limits_.end() ? limit_ : own_limit->second;
    const auto it = running_.find(lane);
    return it == running_.end() ? limit : std::max(0, limit - it->second);
}

void lanes::set_limit(const std::string& lane, int places) {
    if (lane.empty()) return;
    if (places == limit_)
        limits_.erase(lane);
    else
        limits_[lane] = std::max(1, places);
}

bool lanes::is_parked(const std::string& queue, const std::string& lane) const {
    return parked_.contains({queue, lane});
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
