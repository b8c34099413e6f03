#pragma once
// What was delivered: one compatible row per attempt in the site's `{prefix}memberlux_hook_action`, and our own
// `{prefix}dormouse_delivery` that carries the state (spec 3-jobs, "Traps inside the seeds" and B0.11).
// Rows are written in batches; a failing insert is kept and tried again here and never causes a second HTTP call.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

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

/// Failures of one hook since its last success: what auto-disable decides on (B1).
struct hook_health {
    int failures = 0;
    std::optional<base::time_ms> first_failure;
    std::optional<base::time_ms> last_failure;
    std::optional<base::time_ms> last_success;
};

class deliveries {
public:
    explicit deliveries(pool& p, boost::asio::any_io_executor executor);
    ~deliveries();

    /// Writes the row with others within a few ms. Completes when it is stored, or when it has been put aside after
    /// `limit` for a later try (errc::unavailable; `spooled` grows). Event loop only.
    [[nodiscard]] base::awaitable<base::result<hook_health>> record(delivery_row row, base::deadline limit);

    /// Rows put aside and not written yet (metric log_spool_depth).
    [[nodiscard]] std::size_t spooled() const noexcept;

    /// Writes what is put aside; call periodically and on shutdown.
    [[nodiscard]] base::awaitable<void> flush(base::deadline limit);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace dormouse::site
