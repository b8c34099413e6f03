#include "worker/pace.hpp"

#include <algorithm>
#include <bit>

namespace dormouse::worker {

void pace::start() noexcept {
    ++running_;
    charged_ += cost_;
    received_ += cost_;
}

void pace::end(duration took, const pace_rules& rules) noexcept {
    const auto seconds = std::max(0.0, std::chrono::duration<double>(took).count());
    const auto charge = charged_ / std::max(1, running_);
    running_ = std::max(0, running_ - 1);
    charged_ = running_ == 0 ? 0 : charged_ - charge;
    received_ += seconds - charge;
    cost_ = has_cost_ ? cost_ + (seconds - cost_) / 8 : seconds;
    has_cost_ = true;
    const auto bit = 1U << static_cast<unsigned>(next_);
    slow_bits_ = took > rules.slow_after ? slow_bits_ | bit : slow_bits_ & ~bit;
    next_ = (next_ + 1) % sample_count;
}

bool pace::is_slow() const noexcept { return std::popcount(slow_bits_) >= slow_samples; }

}  // namespace dormouse::worker
