#pragma once
// The SQL of delivery rows: one transaction for a batch. Blocking; runs on a connection of the pool.

#include "site/deliveries.hpp"
#include "site/hook_health.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dormouse::site {

class connection;
class table_shapes;

struct delivery_tables {
    std::string own;     ///< {prefix}dormouse_delivery
    std::string health;  ///< {prefix}dormouse_hook
    std::string log;     ///< {prefix}memberlux_hook_action
};

using delivery_batch = std::vector<std::shared_ptr<const delivery_row>>;

/// What became of a batch.
struct written {
    std::map<std::int64_t, hook_health> health;  ///< Of every hook in the batch, after it; empty without our tables.
    bool own_table = false;  ///< False: `dormouse migrate` has not run, or our account may not use it.
    bool log_table = false;  ///< False: no log of the seed's shape that we may write.
};

/// Longest stored response body (B0.3).
inline constexpr std::size_t stored_body_bytes = std::size_t{16} * 1024;

/// Writes the batch into our table, the site's log and the hooks' health, all or nothing. `maybe_written`: an earlier
/// try ended in the dark, so rows that are there already are left alone. Throws base::failure.
[[nodiscard]] written write_deliveries(connection& c, table_shapes& shapes, const delivery_tables& tables,
                                       const delivery_batch& rows, bool maybe_written);

}  // namespace dormouse::site
