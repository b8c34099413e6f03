#pragma once
// The sleepers scan: all watched levels of the site, page by page, into a run that is published whole or not at all
// (spec 4-scheduler, "The scan"). Gentle: one connection of its own with bounded statements, a pause while the server
// is busy, a limit of time. A run that was cut off, cancelled or killed goes on after its last page.
// It does not hold the site still: who changes while it runs is in it or not, and is looked at again before a letter
// goes.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"
#include "site/scan_runs.hpp"
#include "site/sleeper_pages.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::site {
class pool;
}

namespace dormouse::scheduler {

struct scan_report {
    std::int64_t run = 0;  ///< 0 = nothing was written.
    site::day as_of;
    site::scan_counts counts;
    base::ms took{0};  ///< Of this process; a run that was resumed took longer.
};

/// `as_of=2026-11-21 levels=3 sleepers=120 added=4 gone=2 rows_read=51234`.
[[nodiscard]] std::string to_line(const scan_report& r);

/// The database as the scan wants it: one connection, statements bounded as `scheduler.sleepers` says.
[[nodiscard]] config::database_settings database_for_scan(config::database_settings d,
                                                          const config::sleepers_settings& s);

/// Used on one event loop; one call at a time.
class sleepers_scan {
public:
    using reader = std::function<void(const std::vector<site::sleeper_row>&)>;

    /// All must outlive this; the pool best made of `database_for_scan`.
    sleepers_scan(site::pool& p, const config::sleepers_settings& s, base::clock& c);

    /// Scans and publishes. `owner` names the process (at most 64 bytes), `take_over` says that the process that was
    /// at it is dead. errc::conflict while another one is at it; errc::timed_out when `limit` came first, and a
    /// cancellation: the run waits for whoever goes on. Other errors that time does not heal end the run.
    [[nodiscard]] base::awaitable<base::result<scan_report>> publish(site::day as_of, std::string owner, bool take_over,
                                                                     base::deadline limit);

    /// The same without writing anything: `read` gets the sleepers in pages, by level and user. Of one level if asked.
    [[nodiscard]] base::awaitable<base::result<scan_report>> look(site::day as_of, std::optional<std::int64_t> level,
                                                                  reader read, base::deadline limit);

private:
    struct asked;
    class sink;
    class table_sink;
    class reader_sink;
    [[nodiscard]] base::awaitable<base::result<site::scan_counts>> walk(asked a, sink& to, base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<void>> walk_level(asked& a,
                                                                 std::shared_ptr<const site::scan_ground> ground,
                                                                 std::size_t level, sink& to, base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<void>> wait_for_calm(sink& to, base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<scan_report>> walk_and_publish(site::scan_claim claim,
                                                                              base::deadline limit);
    [[nodiscard]] base::awaitable<> put_down(site::scan_claim claim, base::error why);

    const config::sleepers_settings& settings_;
    base::clock& clock_;
    site::sleeper_pages pages_;
    site::scan_runs runs_;
};

}  // namespace dormouse::scheduler
