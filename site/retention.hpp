#pragma once
// Removing rows that are old enough, a few at a time. What is never removed, and why: docs/operations.md.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace dormouse::site {

class pool;

/// Sorts of rows that grow old.
enum class old_rows {
    deliveries_done,    ///< Attempts that succeeded.
    deliveries_failed,  ///< All others.
    sleepers,           ///< Of runs that nobody reads any more; their age does not matter.
    scans,              ///< Records of scans that ended, but never of those whose sleepers are kept.
    grant_audit,        ///< The plugin's table; it may be missing.
};
inline constexpr std::array all_old_rows{old_rows::deliveries_done, old_rows::deliveries_failed, old_rows::sleepers,
                                         old_rows::scans, old_rows::grant_audit};
/// `deliveries_done`, as in the configuration and in metrics.
[[nodiscard]] std::string_view to_string(old_rows what) noexcept;

/// Owned by the composition; used on one event loop, like the pool.
class retention {
public:
    /// The pool must outlive this.
    explicit retention(pool& p) : pool_{p} {}

    /// Removes at most `most` rows, the oldest of those from before `before`, in one short transaction that keeps no
    /// writer waiting. How many they were: 0 = there are no more. To be repeated, also after a crash.
    /// errc::not_found without the table, errc::timed_out when the server took longer than `limit`.
    [[nodiscard]] base::awaitable<base::result<std::size_t>> remove(old_rows what, base::time_ms before,
                                                                    std::size_t most, base::deadline limit);

private:
    pool& pool_;
};

}  // namespace dormouse::site
