#include "jobs/wallet_charge/standing.hpp"

#include <algorithm>
#include <array>

namespace dormouse::jobs::wallet_charge {

namespace {

constexpr std::array<base::ms, dunning_steps> delays{24h, 72h, 120h, 168h};
// Redis servers that take over from one another differ by less.
constexpr base::ms clock_tolerance = 10min;

}  // namespace

std::string wire_key(std::string_view charge_key, int dunning) {
    std::string key{charge_key};
    if (dunning > 0) key += "_d" + std::to_string(dunning);
    return key;
}

base::ms dunning_delay(int step) { return delays.at(static_cast<std::size_t>(std::clamp(step, 1, dunning_steps) - 1)); }

site::charge_standing reopened(site::charge_standing s) {
    if (s.state != site::charge_state::ended) return s;
    s.state = site::charge_state::open;
    if (s.note == no_funds) ++s.dunning;
    return s;
}

bool is_window_over(const site::charge_standing& s, base::time_ms now) noexcept {
    if (!s.unsure_since) return false;
    return now - *s.unsure_since >= sure_window || *s.unsure_since - now > clock_tolerance;
}

base::time_ms next_request(const site::charge_standing& refused) {
    return refused.refused_at.value_or(base::time_ms{}) + dunning_delay(refused.dunning);
}

beginning begin(const site::charge_standing& found, base::time_ms now, asking by) {
    using enum site::charge_state;
    beginning b;
    b.before = by.is_fresh ? reopened(found) : found;
    const auto& s = b.before;
    const bool early = s.state == refused && now < next_request(s) && !(by.is_fresh && by.is_known);
    if (s.state == charged)
        b.next = step::finish;
    else if (s.state == ended)
        b.next = step::stay;
    else if (is_window_over(s, now))
        b.next = step::look;
    else if (early && !s.unsure_since)  // A doubt means that the key is in use already, and its window open.
        b.next = step::wait;
    else if (s.dunning > 0)
        b.next = step::look_send;
    return b;
}

site::charge_standing beginning::noted(base::time_ms now) const {
    auto s = before;
    const bool sends = next == step::send || next == step::look_send;
    if (sends && !s.unsure_since) s.unsure_since = now;
    return s;
}

}  // namespace dormouse::jobs::wallet_charge
