#pragma once
// What was delivered: one compatible row per attempt in the site's `{prefix}memberlux_hook_action`, and our own
// `{prefix}dormouse_delivery` that carries the state (spec 3-jobs, "Traps inside the seeds" and B0.11).
// Rows are written in batches; a failing insert is kept and tried again here and never causes a second HTTP call.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "site/hook_health.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace dormouse::site {

class pool;

/// One attempt, ready to be written.
struct delivery_row {
    std::string job_id;       ///< Also the webhook-id's source.
    std::string delivery_id;  ///< The webhook-id.
    std::int64_t hook_id = 0;
    std::string event;
    int attempt = 1;
    std::string state;   ///< done | retry | dead
    std::string reason;  ///< Outcome's reason; empty when done.
    std::string sent;    ///< not_sent | maybe | answered
    std::optional<int> response_code;
    std::string response_body;  ///< Raw; sanitised to the column by `deliveries`.
    std::string payload;        ///< The bytes that were sent.
    std::optional<base::time_ms> next_at;
    base::ms duration{0};
    base::time_ms at{};
};

/// For metrics.
struct delivery_counters {
    std::uint64_t written = 0;
    std::uint64_t batches = 0;
    std::uint64_t put_aside = 0;
    std::uint64_t lost = 0;  ///< Found no room among the rows put aside; the oldest stay.
};

/// Room for rows put aside.
struct spool_limits {
    std::size_t rows = 10'000;
    std::size_t bytes = std::size_t{64} * 1024 * 1024;
};

/// Owned by the composition (cli); used on one event loop. `p` must outlive the loop's work.
class deliveries {
public:
    deliveries(pool& p, boost::asio::any_io_executor executor, spool_limits room = {});
    ~deliveries();
    deliveries(const deliveries&) = delete;
    deliveries& operator=(const deliveries&) = delete;

    /// Writes the row with others within a few ms and gives the hook's health after it (empty before `dormouse
    /// migrate`). errc::unavailable when the row was put aside for a later try: at `limit`, or sooner when the database
    /// refused it; `spooled` grows. Cancelling leaves the row in line and gives errc::cancelled. Nothing here ever
    /// calls for another HTTP request.
    [[nodiscard]] base::awaitable<base::result<hook_health>> record(delivery_row row, base::deadline limit);

    /// Rows that nobody waits for any more and that are not written yet (metric log_spool_depth).
    [[nodiscard]] std::size_t spooled() const noexcept;

    /// Writes what is put aside, oldest first, until `limit` or until the database refuses again; call periodically
    /// and on shutdown. Returns at once while another call is at it.
    [[nodiscard]] base::awaitable<void> flush(base::deadline limit);

    [[nodiscard]] const delivery_counters& counters() const noexcept;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace dormouse::site
