#pragma once
// Rows of `{prefix}memberlux_hook`, in either shape: the seed's (`url,event,is_active,secret`) or the API module's
// (`destination,active` with `memberlux_hook_action.action`), told apart by their columns (spec 3-jobs, decisions).

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
    /// Both must outlive this. `c` decides how long a previous secret lives.
    explicit hooks(pool& p, base::clock& c = base::system_clock()) : pool_{p}, clock_{c} {}

    /// The row as it is now, read at send time. Empty optional = no such row; errc::not_found = no hook table at all,
    /// which may be a site in the middle of a restore. errc::denied is a missing GRANT.
    [[nodiscard]] base::awaitable<base::result<std::optional<hook>>> find(std::int64_t id, base::deadline limit = {});

    /// Switches the hook off in its own table, records why in `{prefix}dormouse_hook`, and starts its count of failures
    /// afresh for whoever switches it on again. May be done twice. errc::not_found when there is no hook table.
    [[nodiscard]] base::awaitable<base::result<void>> disable(std::int64_t id, std::string reason,
                                                              base::deadline limit = {});

private:
    pool& pool_;
    base::clock& clock_;
};

}  // namespace dormouse::site
