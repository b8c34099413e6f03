#pragma once
// A point on the monotonic clock after which an operation must have ended. Passed down by value instead of
// timeouts, so that a call made late in an attempt gets only the time that is left.

#include <algorithm>
#include <chrono>

namespace dormouse::base {

class deadline {
public:
    using clock_type = std::chrono::steady_clock;

    /// Never reached.
    constexpr deadline() noexcept = default;
    constexpr explicit deadline(clock_type::time_point at) noexcept : at_{at} {}

    /// `d` from now; a huge `d` means never. Negative `d` is already reached.
    [[nodiscard]] static deadline after(std::chrono::nanoseconds d) noexcept {
        const auto now = clock_type::now();
        return d >= clock_type::time_point::max() - now ? deadline{} : deadline{now + d};
    }

    [[nodiscard]] constexpr bool is_never() const noexcept { return at_ == clock_type::time_point::max(); }
    [[nodiscard]] bool is_reached() const noexcept { return !is_never() && clock_type::now() >= at_; }
    [[nodiscard]] constexpr clock_type::time_point at() const noexcept { return at_; }

    /// Time left; zero when reached, `max()` when never.
    [[nodiscard]] std::chrono::nanoseconds left() const noexcept {
        if (is_never()) return std::chrono::nanoseconds::max();
        return std::max(std::chrono::nanoseconds::zero(),
                        std::chrono::duration_cast<std::chrono::nanoseconds>(at_ - clock_type::now()));
    }

    /// The earlier of this and `d` from now: a phase inside a whole.
    [[nodiscard]] deadline at_most(std::chrono::nanoseconds d) const noexcept {
        return deadline{std::min(at_, after(d).at_)};
    }

    friend constexpr auto operator<=>(deadline, deadline) noexcept = default;

private:
    clock_type::time_point at_ = clock_type::time_point::max();
};

}  // namespace dormouse::base
