#include "worker/breaker.hpp"

#include <algorithm>

namespace dormouse::worker {

std::string_view to_string(breaker_state s) noexcept {
    switch (s) {
        case breaker_state::closed: return "closed";
        case breaker_state::open: return "open";
        case breaker_state::half_open: return "half_open";
        case breaker_state::slow_start: return "slow_start";
    }
    return "unknown";
}

int breaker::places(instant now) const noexcept {
    switch (state_) {
        case breaker_state::closed: break;
        case breaker_state::open: return now >= opens_at_ ? 1 : 0;
        case breaker_state::half_open: return std::max(0, 1 - running_);
        case breaker_state::slow_start: return std::max(0, allowed_ - running_);
    }
    return unlimited;
}

breaker::ticket breaker::start(instant now) noexcept {
    if (state_ == breaker_state::open && now < opens_at_) return {period_ - 1};  // nobody should: it teaches nothing
    if (state_ == breaker_state::open) state_ = breaker_state::half_open;
    ++running_;
    return {period_};
}

void breaker::end(ticket t, queue::health found, instant now) noexcept {
    if (t.period != period_) return;
    running_ = std::max(0, running_ - 1);
    if (found == queue::health::unknown) return;
    const bool good = found == queue::health::good;
    if (state_ == breaker_state::half_open)
        learn_from_probe(good, now);
    else
        learn(good, now);
}

void breaker::learn_from_probe(bool good, instant now) noexcept {
    if (!good) return open(now);
    if (++good_probes_ < rules_->good_probes) return;
    state_ = breaker_state::slow_start;
    allowed_ = 1;
}

void breaker::learn(bool good, instant now) noexcept {
    note(good, now);
    if (is_down(now)) return open(now);
    if (state_ != breaker_state::slow_start) return;
    allowed_ = good ? allowed_ * 2 : std::max(1, allowed_ / 2);
    if (allowed_ < rules_->slow_start_end) return;
    state_ = breaker_state::closed;
    pauses_ = 0;
}

void breaker::open(instant now) noexcept {
    auto pause = rules_->first_pause;
    for (int i = 0; i < pauses_ && pause < rules_->longest_pause; ++i) pause *= 2;
    opens_at_ = now + std::min(pause, rules_->longest_pause);
    ++pauses_;
    ++period_;
    state_ = breaker_state::open;
    running_ = 0;
    bad_in_a_row_ = 0;
    good_probes_ = 0;
    slices_ = {};
}

void breaker::note(bool good, instant now) noexcept {
    bad_in_a_row_ = good ? 0 : bad_in_a_row_ + 1;
    const auto number = slice_number(now);
    auto& s = slices_.at(static_cast<std::size_t>(number % slice_count));
    if (s.number != number) s = {number, 0, 0};
    ++(good ? s.good : s.bad);
}

bool breaker::is_down(instant now) const noexcept {
    if (bad_in_a_row_ >= rules_->bad_in_a_row) return true;
    const auto w = in_window(now);
    const auto all = w.good + w.bad;
    return all >= static_cast<std::uint32_t>(rules_->enough_results) && w.bad >= rules_->bad_share * all;
}

bool breaker::is_ordinary(instant now) const noexcept {
    return state_ == breaker_state::closed && running_ == 0 && bad_in_a_row_ == 0 && in_window(now).bad == 0;
}

std::int64_t breaker::slice_number(instant now) const noexcept {
    const auto width = std::max<instant::duration>(instant::duration{1}, rules_->window / slice_count);
    return now.time_since_epoch() / width;
}

breaker::slice breaker::in_window(instant now) const noexcept {
    const auto newest = slice_number(now);
    slice sum{newest, 0, 0};
    for (const auto& s : slices_) {
        if (s.number <= newest - slice_count || s.number > newest) continue;
        sum.good += s.good;
        sum.bad += s.bad;
    }
    return sum;
}

}  // namespace dormouse::worker
