#include "worker/gate.hpp"

#include <algorithm>

namespace dormouse::worker {

namespace {

base::ms spread(base::ms from, base::ms to, base::random_source& random) {
    return base::ms{
        static_cast<std::int64_t>(random.uniform(static_cast<double>(from.count()), static_cast<double>(to.count())))};
}

base::ms rounded_up(gate::instant::duration d) { return std::chrono::ceil<base::ms>(d); }

bool is_not_sent(const queue::contact& c) {
    return c.health == queue::health::bad && !c.failure.empty() && !c.host.empty();
}

bool is_answer(const queue::outcome& o) {
    return o.contact.health == queue::health::good ||
           (o.contact.health == queue::health::bad && o.sent == queue::sent::answered);
}

}  // namespace

gate::gate(int slots, gate_rules rules)
    : rules_{rules},
      most_retries_{std::max(1, static_cast<int>(slots * rules.retry_share))},
      budget_{rules.retry},
      outage_{rules.outage} {}

std::optional<gate::refusal> gate::refuse(const std::string& target, const queue::history& past, base::time_ms now_ms,
                                          instant now, base::random_source& random) {
    if (target.empty() || past.attempts == 0) return std::nullopt;
    const auto state = state_of(target);
    if (state == breaker_state::open || state == breaker_state::half_open) return std::nullopt;
    if (retries_running_ >= most_retries_) return refusal{"retry_share", wait_of_refused(past, random)};
    const auto since = now_ms - past.last_failure.value_or(base::time_ms{});
    if (!budget_.take(host_of(target), since, now)) return refusal{"retry_budget", wait_of_refused(past, random)};
    return std::nullopt;
}

base::ms gate::wait_of_refused(const queue::history& past, base::random_source& random) const {
    auto wait = rules_.refused_first;
    for (int i = 0; i < past.defers && wait < rules_.refused_most; ++i) wait *= 2;
    wait = std::min(wait, rules_.refused_most);
    return spread(wait / 2, wait, random);
}

int gate::places(const std::string& target, instant now) const {
    const auto it = targets_.find(target);
    return it == targets_.end() ? breaker::unlimited : it->second.fuse.places(now);
}

gate::started gate::start(const std::string& target, const queue::history& past, instant now) {
    if (target.empty()) return {};
    started out{.pass = {.target = target, .is_retry = past.attempts > 0}, .breaker = {}};
    if (out.pass.is_retry)
        ++retries_running_;
    else
        budget_.first_try(host_of(target), now);
    auto* const r = remember(target, now);
    if (r == nullptr) return out;
    const auto before = r->fuse.state();
    out.pass.ticket = r->fuse.start(now);
    if (r->fuse.state() != before) out.breaker = change{target, r->fuse.state()};
    return out;
}

gate::lesson gate::end(const pass& p, const queue::history& past, const queue::outcome* o, instant now,
                       base::random_source& random) {
    lesson out;
    if (p.is_retry) --retries_running_;
    if (o != nullptr) {
        out.outage = watch(*o, now);
        out.ours = time_if_ours(*o, past, now, random);
    }
    const auto it = targets_.find(p.target);
    if (it == targets_.end()) return out;
    if (o != nullptr && !o->contact.host.empty()) it->second.host = o->contact.host;
    const bool teaches = o != nullptr && !out.ours;
    out.breaker = teach(it->second, p, teaches ? o->contact.health : queue::health::unknown, now);
    return out;
}

outage::change gate::watch(const queue::outcome& o, instant now) {
    if (is_not_sent(o.contact)) return outage_.failed(o.contact.failure, o.contact.host, now);
    if (is_answer(o)) return outage_.answered();
    return outage_.look(now);
}

std::optional<base::ms> gate::time_if_ours(const queue::outcome& o, const queue::history& past, instant now,
                                           base::random_source& random) const {
    if (!is_not_sent(o.contact) || past.defers >= rules_.outage_defers) return std::nullopt;
    const auto until = outage_.until(o.contact.failure, now);
    if (!until) return std::nullopt;
    return rounded_up(*until - now) + spread(base::ms{0}, rules_.outage_spread, random);
}

std::optional<gate::change> gate::teach(record& r, const pass& p, queue::health found, instant now) {
    if (!p.ticket) return std::nullopt;
    const auto before = r.fuse.state();
    r.fuse.end(*p.ticket, found, now);
    const auto after = r.fuse.state();
    if (after == before) return std::nullopt;
    if (before == breaker_state::closed) ++not_closed_;
    if (after == breaker_state::closed) --not_closed_;
    change out{p.target, after};
    if (after == breaker_state::open) {
        out.pause = rounded_up(r.fuse.opens_at() - now);
        pauses_.emplace(r.fuse.opens_at(), p.target);
    }
    return out;
}

gate::passed gate::look(instant now) {
    passed out{.outage = outage_.look(now), .forgotten = {}};
    if (not_closed_ == 0) return out;
    std::erase_if(targets_, [&](const auto& entry) {
        const auto& fuse = entry.second.fuse;
        const bool gone = fuse.state() == breaker_state::open && now >= fuse.opens_at() + rules_.abandoned_after;
        if (gone) out.forgotten.emplace(entry.first, entry.second.lanes);
        return gone;
    });
    not_closed_ -= out.forgotten.size();
    return out;
}

void gate::hold(const std::string& target, const std::string& lane) {
    const auto it = targets_.find(target);
    if (it != targets_.end()) it->second.lanes.insert(lane);
}

std::set<std::string> gate::lanes_of(const std::string& target) const {
    const auto it = targets_.find(target);
    return it == targets_.end() ? std::set<std::string>{} : it->second.lanes;
}

void gate::release(const std::string& target) {
    const auto it = targets_.find(target);
    if (it != targets_.end()) it->second.lanes.clear();
}

std::vector<std::string> gate::due(instant now) {
    std::vector<std::string> out;
    const auto end = pauses_.upper_bound(now);
    for (auto it = pauses_.begin(); it != end; ++it) out.push_back(it->second);
    pauses_.erase(pauses_.begin(), end);
    return out;
}

std::optional<gate::instant> gate::next_due() const {
    return pauses_.empty() ? std::nullopt : std::optional{pauses_.begin()->first};
}

breaker_state gate::state_of(const std::string& target) const {
    const auto it = targets_.find(target);
    return it == targets_.end() ? breaker_state::closed : it->second.fuse.state();
}

const std::string& gate::host_of(const std::string& target) const {
    const auto it = targets_.find(target);
    return it == targets_.end() || it->second.host.empty() ? target : it->second.host;
}

gate::record* gate::remember(const std::string& target, instant now) {
    if (const auto it = targets_.find(target); it != targets_.end()) return &it->second;
    if (targets_.size() >= most_targets) forget_ordinary(now);
    if (targets_.size() >= most_targets) return nullptr;
    return &targets_.try_emplace(target, record{.fuse = breaker{rules_.breaker}}).first->second;
}

// At most once a second: it looks at all of them.
void gate::forget_ordinary(instant now) {
    if (now - forgot_at_ < std::chrono::seconds{1}) return;
    forgot_at_ = now;
    std::erase_if(targets_, [&](const auto& entry) { return entry.second.fuse.is_ordinary(now); });
}

}  // namespace dormouse::worker
