#pragma once
// The two tables of the sleepers scan and what is read from both; scan_runs.hpp is the door.

#include "site/scan_runs.hpp"

#include <string>

namespace dormouse::site {

class connection;

struct scan_tables {
    std::string scan;
    std::string sleeper;
};
[[nodiscard]] scan_tables scan_tables_of(const pool& p);

/// Fills in sleepers, added and gone of a run against the newest that is done; level by level, each by the primary
/// key. Throws as `connection` does.
void count_changes(connection& c, const scan_tables& t, std::int64_t run, scan_counts& counts);

}  // namespace dormouse::site
