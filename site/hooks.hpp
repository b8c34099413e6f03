#pragma once
// Rows of `{prefix}memberlux_hook`, in either shape: the seed's (`url,event,is_active,secret`) or the API module's
// (`destination,active` with `memberlux_hook_action.action`), told apart by their columns (spec 3-jobs, decisions).

#include "base/async/awaitable.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::site {

class pool;

struct hook {
    std::int64_t id = 0;
    std::string name;
    std::string url;
    std::vector<std::string> events;  ///< One in the seed's shape; the action rows in the module's.
    bool active = false;
    base::secret secret;           ///< Empty = deliver unsigned.
    base::secret previous_secret;  ///< Still valid for 24 h after a rotation; empty = none.
    [[nodiscard]] bool listens_to(std::string_view event) const noexcept;  ///< Its own events, or `all`.
};

class hooks {
public:
    explicit hooks(pool& p) : pool_{p} {}

    /// The row as it is now, read at send time. Empty optional = no such row (or no hook table at all).
    [[nodiscard]] base::awaitable<base::result<std::optional<hook>>> find(std::int64_t id);

    /// Switches the hook off in its own table and records why in `{prefix}dormouse_hook`.
    [[nodiscard]] base::awaitable<base::result<void>> disable(std::int64_t id, std::string reason);

private:
    pool& pool_;
};

}  // namespace dormouse::site
