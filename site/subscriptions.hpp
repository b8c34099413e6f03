#pragma once
// What the licence server has been told of each subscription, {prefix}dormouse_subscription: one row per subscription,
// by which an older job knows that a newer one exists (spec 3-jobs B3: the newest version wins, a provision goes before
// a period).

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <optional>

namespace dormouse::site {

class pool;

/// The two things the licence server is told. Their versions are compared each among themselves.
enum class licence_step { provision, period };

struct subscription_standing {
    std::int64_t newest_provision = 0;  ///< Highest version of a provision that has run; 0 = none.
    std::int64_t provisioned = 0;       ///< Highest version of a provision that is done.
    std::int64_t newest_period = 0;
    std::int64_t pushed = 0;
    /// When the provision that is not done yet was last tried; empty if there is none, or it was given up.
    std::optional<base::time_ms> provisioning_at;

    [[nodiscard]] std::int64_t newest(licence_step s) const noexcept {
        return s == licence_step::provision ? newest_provision : newest_period;
    }

    friend bool operator==(const subscription_standing&, const subscription_standing&) = default;
};

/// Owned by the composition; used on one event loop, like the pool. Repeating any call is harmless.
class subscriptions {
public:
    /// The pool must outlive this.
    explicit subscriptions(pool& p) : pool_{p} {}

    /// Makes the version known, unless a newer one is, and tells what is known then.
    [[nodiscard]] base::awaitable<base::result<subscription_standing>> note(licence_step step, std::int64_t id,
                                                                            std::int64_t version, base::time_ms now,
                                                                            base::deadline limit);

    /// The licence server has confirmed this version.
    [[nodiscard]] base::awaitable<base::result<void>> done(licence_step step, std::int64_t id, std::int64_t version,
                                                           base::time_ms now, base::deadline limit);

    /// The provision of this version will not come: periods need not wait for it. Nothing happens if a newer one is
    /// known.
    [[nodiscard]] base::awaitable<base::result<void>> give_up_provision(std::int64_t id, std::int64_t version,
                                                                        base::time_ms now, base::deadline limit);

private:
    pool& pool_;
};

}  // namespace dormouse::site
