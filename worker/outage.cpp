#include "worker/outage.hpp"

#include <algorithm>
#include <utility>

namespace dormouse::worker {

// Failures before an answer prove nothing any more, so they are forgotten: what is left in `hosts` came after it.
outage::change outage::answered() {
    classes_.clear();
    return std::exchange(on_, false) ? change::ended : change::none;
}

outage::change outage::failed(const std::string& failure, const std::string& host, instant now) {
    auto& c = classes_[failure];
    std::erase_if(c.hosts, [&](const auto& h) { return now - h.second > rules_.within; });
    if (c.hosts.size() < most_hosts || c.hosts.contains(host)) c.hosts[host] = now;
    if (c.hosts.size() < rules_.hosts) return look(now);
    c.out_until = now + rules_.length;
    return std::exchange(on_, true) ? change::none : change::begun;
}

outage::change outage::look(instant now) {
    if (!on_) return change::none;
    on_ = std::any_of(classes_.begin(), classes_.end(), [&](const auto& c) { return c.second.out_until > now; });
    return on_ ? change::none : change::ended;
}

std::optional<outage::instant> outage::until(const std::string& failure, instant now) const {
    const auto it = classes_.find(failure);
    if (it == classes_.end() || it->second.out_until <= now) return std::nullopt;
    return it->second.out_until;
}

}  // namespace dormouse::worker
