#include "worker/pending.hpp"

#include <algorithm>
#include <iterator>

namespace dormouse::worker {

namespace {

template <class T>
void move_front(std::vector<T>& from, std::vector<T>& to, std::size_t most) {
    if (from.size() <= most && to.empty()) {
        to = std::exchange(from, {});
        return;
    }
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(end));
    from.erase(from.begin(), end);
}

template <class T>
void move_back(std::vector<T>& from, std::vector<T>& to) {
    to.insert(to.begin(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

}  // namespace

void pending::add(std::string ack, steady::time_point now) {
    note_time(now);
    acks_.push_back(std::move(ack));
}

void pending::add(queue::settlement s, steady::time_point now) {
    note_time(now);
    settlements_.push_back(std::move(s));
}

void pending::move_to(queue::work_request& r, std::size_t most) {
    move_front(acks_, r.acks, most);
    move_front(settlements_, r.settlements, most - std::min(most, r.acks.size()));
}

void pending::put_back(queue::work_request&& r) {
    repeated_.insert(r.acks.begin(), r.acks.end());
    for (const auto& s : r.settlements) repeated_.insert(s.id);
    move_back(r.acks, acks_);
    move_back(r.settlements, settlements_);
}

void pending::forget(const queue::work_request& r) {
    if (repeated_.empty()) return;
    for (const auto& id : r.acks) repeated_.erase(id);
    for (const auto& s : r.settlements) repeated_.erase(s.id);
}

void pending::clear() {
    acks_.clear();
    settlements_.clear();
    repeated_.clear();
}

bool pending::holds(const std::string& id) const {
    return std::find(acks_.begin(), acks_.end(), id) != acks_.end() ||
           std::any_of(settlements_.begin(), settlements_.end(), [&](const auto& s) { return s.id == id; });
}

}  // namespace dormouse::worker
