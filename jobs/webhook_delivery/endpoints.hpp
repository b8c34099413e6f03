#pragma once
// What this process has learnt about the endpoints of hooks: pauses, strength, and what a person has been told already.
// Kept in memory only; another process learns it for itself. Event loop only.

#include "base/clock.hpp"
#include "jobs/webhook_delivery/answer.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace dormouse::jobs::webhook_delivery {

class endpoints {
public:
    /// `full` is the number of attempts that a healthy endpoint gets at once, at least 1.
    explicit endpoints(int full) noexcept : full_{full} {}

    /// Until when nothing is sent to the hook; empty if it is not paused at `now`.
    [[nodiscard]] std::optional<base::time_ms> paused_until(std::int64_t hook_id, base::time_ms now);

    /// The later of this pause and an earlier one holds.
    void pause(std::int64_t hook_id, base::time_ms until);

    /// Strained halves what the hook gets at once, down to 1; healthy gives one back.
    void learn(std::int64_t hook_id, strain s);

    [[nodiscard]] int slots(std::int64_t hook_id) const noexcept;

    /// True the first time `step` percent (site health, alert_step) is reached since the last success.
    [[nodiscard]] bool first_alert(std::int64_t hook_id, int step);
    void forget_alerts(std::int64_t hook_id);

    /// True once per hook.
    [[nodiscard]] bool first_secret_warning(std::int64_t hook_id);

private:
    struct memory {
        std::optional<base::time_ms> paused_until;
        int slots;
        int alerted = 0;
        bool secret_warned = false;
    };
    memory& at(std::int64_t hook_id) { return known_.try_emplace(hook_id, memory{{}, full_}).first->second; }
    void drop_if_ordinary(std::int64_t hook_id);

    int full_;
    std::unordered_map<std::int64_t, memory> known_;
};

}  // namespace dormouse::jobs::webhook_delivery
