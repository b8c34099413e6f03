#pragma once
// Time as a dependency. Rules (backoff, cron, leases, signatures) take `now` as a parameter; services
// hold a `clock&`. Redis has a clock of its own, which alone decides leases and due times (spec 2-queue).

#include <atomic>
#include <chrono>
#include <string>

namespace dormouse::base {

using ms = std::chrono::milliseconds;

/// A point in wall time, UTC, in whole milliseconds: what Redis and the envelope store.
using time_ms = std::chrono::sys_time<ms>;

/// Milliseconds since the epoch, as written to Redis and JSON.
[[nodiscard]] constexpr std::int64_t to_epoch_ms(time_ms t) noexcept { return t.time_since_epoch().count(); }
[[nodiscard]] constexpr time_ms from_epoch_ms(std::int64_t v) noexcept { return time_ms{ms{v}}; }

/// `2026-11-20T03:04:05.678Z`, for logs and screens.
[[nodiscard]] std::string to_iso8601(time_ms t);

/// Where `now` comes from. Thread-safe.
class clock {
public:
    virtual ~clock() = default;
    [[nodiscard]] virtual time_ms now() const noexcept = 0;
};

/// The machine's clock. Lives for the whole program.
[[nodiscard]] clock& system_clock() noexcept;

/// A clock that moves only when told to; for tests and simulations. Thread-safe.
class manual_clock final : public clock {
public:
    explicit manual_clock(time_ms start) noexcept : now_{to_epoch_ms(start)} {}
    [[nodiscard]] time_ms now() const noexcept override { return from_epoch_ms(now_.load()); }
    void advance(ms by) noexcept { now_.fetch_add(by.count()); }
    void set(time_ms t) noexcept { now_.store(to_epoch_ms(t)); }

private:
    std::atomic<std::int64_t> now_;
};

}  // namespace dormouse::base
