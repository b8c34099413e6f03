#pragma once
// Which secret a hook had before the one it has now (spec 3-jobs, B1: the previous secret is valid for 24 h after a
// rotation). The hook's table holds only the present one, so `{prefix}dormouse_hook` remembers what was seen. Pure.

#include "base/clock.hpp"

#include <optional>
#include <string>

namespace dormouse::site {

/// What `{prefix}dormouse_hook` remembers.
struct remembered_secrets {
    std::string last;
    std::string previous;
    std::optional<base::time_ms> rotated_at;
    friend bool operator==(const remembered_secrets&, const remembered_secrets&) = default;
};

struct rotation {
    std::string previous;                     ///< To sign with beside the present one; empty = none.
    std::optional<remembered_secrets> store;  ///< To be written; empty = nothing changed.
};

inline constexpr base::ms previous_secret_life = std::chrono::hours{24};

/// `present` = the secret in the hook's row now; an empty one (unsigned deliveries) has no previous one either.
[[nodiscard]] rotation rotate(const std::string& present, const remembered_secrets& known, base::time_ms now);

}  // namespace dormouse::site
