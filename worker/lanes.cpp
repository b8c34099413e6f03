#include "worker/lanes.hpp"

#include <algorithm>

namespace dormouse::worker {

namespace {

constexpr std::string_view room_prefix = "target:";

int share_of(int slots, double share) {
    return slots == lanes::unlimited ? slots : std::max(1, static_cast<int>(slots * share));
}

}  // namespace

std::string waiting_room_of(std::string_view target) { return std::string{room_prefix}.append(target); }

std::string_view target_of_waiting_room(std::string_view lane) noexcept {
    return lane.starts_with(room_prefix) ? lane.substr(room_prefix.size()) : std::string_view{};
}

lanes::lanes(int limit, int slots, pace_rules rules)
    : limit_{limit}, slots_{slots}, rules_{rules}, slow_places_{share_of(slots, rules.slow_share)} {}

lanes::record& lanes::at(const std::string& lane) {
    if (known_.size() >= forget_at_ && !known_.contains(lane)) forget_idle();
    const int limit = target_of_waiting_room(lane).empty() ? limit_ : slots_;
    return known_.try_emplace(lane, record{.limit = limit}).first->second;
}

int lanes::own_places(const record& r) const noexcept {
    return std::min(r.capped, std::max(0, (r.slow ? std::min(1, r.limit) : r.limit) - r.running));
}

int lanes::places_left(const std::string& lane) const {
    const auto it = known_.find(lane);
    if (it == known_.end()) return target_of_waiting_room(lane).empty() ? limit_ : slots_;
    const int own = own_places(it->second);
    return it->second.slow ? std::clamp(slow_places_ - slow_running_, 0, own) : own;
}

bool lanes::enter(const std::string& lane) {
    if (lane.empty()) return true;
    if (places_left(lane) <= 0) return false;
    auto& r = at(lane);
    remove_from_order(r);
    ++r.running;
    if (r.capped != unlimited) --r.capped;
    if (r.slow) ++slow_running_;
    r.service.start();
    put_in_order(lane, r);
    return true;
}

void lanes::leave(const std::string& lane, pace::duration took) {
    const auto it = known_.find(lane);
    if (it == known_.end() || it->second.running == 0) return;
    auto& r = it->second;
    remove_from_order(r);
    if (r.slow) slow_running_ -= r.running;
    if (r.slow) --slow_lanes_;
    --r.running;
    r.service.end(took, rules_);
    r.slow = r.service.is_slow();
    if (r.slow) slow_running_ += r.running;
    if (r.slow) ++slow_lanes_;
    put_in_order(lane, r);
}

void lanes::set_limit(const std::string& lane, int places) {
    if (lane.empty() || (places == limit_ && !known_.contains(lane))) return;
    auto& r = at(lane);
    if (r.limit == std::max(1, places)) return;
    remove_from_order(r);
    r.limit = std::max(1, places);
    put_in_order(lane, r);
}

void lanes::cap(const std::string& lane, int more) {
    if (lane.empty() || (more == unlimited && !known_.contains(lane))) return;
    auto& r = at(lane);
    remove_from_order(r);
    r.capped = more;
    put_in_order(lane, r);
}

bool lanes::is_parked(const std::string& queue, const std::string& lane) const {
    const auto it = known_.find(lane);
    return it != known_.end() && it->second.parked_in.contains(queue);
}

void lanes::mark_parked(const queue::lane_name& lane, std::uint64_t calls_made) {
    auto& r = at(lane.lane);
    remove_from_order(r);
    if (r.parked_in.empty() && r.running == 0) r.service.catch_up(floor_);
    r.parked_in.insert(lane.queue);
    r.parked_after = std::max(r.parked_after, calls_made);
    put_in_order(lane.lane, r);
}

void lanes::mark_empty(const queue::lane_name& lane, std::uint64_t call) {
    const auto it = known_.find(lane.lane);
    if (it == known_.end() || it->second.parked_after >= call) return;
    remove_from_order(it->second);
    it->second.parked_in.erase(lane.queue);
    put_in_order(lane.lane, it->second);
}

bool lanes::has_opening() const noexcept {
    return !quick().empty() || (!slow().empty() && slow_running_ < slow_places_);
}

std::vector<lanes::opening> lanes::openings(std::size_t most) {
    std::vector<opening> out;
    for (const auto& lane : next_lanes(most)) {
        auto& r = known_.at(lane);
        floor_ = std::max(floor_, r.service.received());
        for (const auto& queue : r.parked_in) out.push_back({{queue, lane}, own_places(r)});
        remove_from_order(r);
        r.service.named();
        put_in_order(lane, r);
    }
    return out;
}

// Both orders merged; of the slow lanes, one place each, no more than their share has left.
std::vector<std::string> lanes::next_lanes(std::size_t most) const {
    std::vector<std::string> out;
    auto q = quick().begin();
    auto s = slow().begin();
    int slow_left = slow_places_ - slow_running_;
    while (out.size() < most) {
        const bool any_slow = s != slow().end() && slow_left > 0;
        if (q == quick().end() && !any_slow) break;
        if (any_slow && (q == quick().end() || s->first < q->first)) {
            out.push_back((s++)->second);
            --slow_left;
        } else {
            out.push_back((q++)->second);
        }
    }
    return out;
}

void lanes::remove_from_order(record& r) {
    if (r.place) order_of(r).erase(*std::exchange(r.place, std::nullopt));
}

void lanes::put_in_order(const std::string& lane, record& r) {
    if (!r.parked_in.empty() && own_places(r) > 0) r.place = order_of(r).emplace(r.service.received(), lane).first;
}

// Slow ones stay as long as they can: what is forgotten has to be learnt anew, with slots.
void lanes::forget_idle() {
    const auto idle = [this](const record& r) {
        return r.running == 0 && r.parked_in.empty() && r.capped == unlimited && r.limit == limit_;
    };
    std::erase_if(known_, [&](const auto& entry) { return idle(entry.second) && !entry.second.slow; });
    if (known_.size() >= most_idle) {
        std::erase_if(known_, [&](const auto& entry) {
            const bool gone = idle(entry.second);
            if (gone) --slow_lanes_;
            return gone;
        });
    }
    forget_at_ = std::max(most_idle, 2 * known_.size());
}

}  // namespace dormouse::worker
