#pragma once
// What one run of the planner goes by: the levels as they are now, the site's clock and the configuration.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"
#include "scheduler/reminders/pace.hpp"
#include "scheduler/reminders/planner.hpp"

#include <string_view>
#include <vector>

namespace dormouse::site {
class pool;
}

namespace dormouse::scheduler {

struct reminder_setting {
    level_map levels;
    time_zone zone;
    sending_window window;
    reminder_options options;
    int per_hour = 0;
};

/// `09:00-20:00`, as the configuration has checked it; errc::invalid_argument for anything else.
[[nodiscard]] base::result<sending_window> read_window(std::string_view text);

[[nodiscard]] reminder_options options_of(const config::reminders_settings& s) noexcept;

/// `scheduler.zone`, or the site's own.
[[nodiscard]] base::awaitable<base::result<time_zone>> read_zone(site::pool& p, const config::scheduler_settings& s,
                                                                 base::deadline limit);

/// When letters may go from `now` on, by the configuration and the site's clock (`openings_from`).
[[nodiscard]] base::awaitable<base::result<std::vector<site::opening>>> read_openings(
    site::pool& p, const config::scheduler_settings& s, base::time_ms now, base::deadline limit);

/// The pool must outlive the call.
[[nodiscard]] base::awaitable<base::result<reminder_setting>> read_setting(site::pool& p,
                                                                           const config::scheduler_settings& s,
                                                                           base::deadline limit);

}  // namespace dormouse::scheduler
