#include "site/retention.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace dormouse::site {

namespace {

struct tables {
    std::string delivery, sleeper, scan, grant_audit;
};

/// What one call may do.
struct share {
    std::int64_t before;  ///< ms
    std::int64_t most;
};

std::string quoted(const std::string& table) { return "`" + table + "`"; }

/// One DELETE. At the server's usual level it would lock the gaps between old rows, too.
std::size_t remove_rows(connection& c, const std::string& table, const std::string& which,
                        std::initializer_list<sql_value> values) {
    c.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    return static_cast<std::size_t>(c.execute("DELETE FROM " + quoted(table) + " WHERE " + which, values));
}

std::size_t remove_deliveries(connection& c, const std::string& table, bool done, share s) {
    // State by state, so that each search is one range of the index (state, created_at).
    for (const auto& r : c.query("SELECT DISTINCT state FROM " + quoted(table))) {
        const auto state = r.text(0);
        if ((state == "done") != done) continue;
        const auto gone = remove_rows(c, table, "state = ? AND created_at < ? ORDER BY created_at LIMIT ?",
                                      {std::string_view{state}, s.before, s.most});
        if (gone > 0) return gone;
    }
    return 0;
}

/// Runs that are read or may be: the published one, the one before it (somebody may still page over it), and one that
/// is under way. One statement, hence one moment: a run that is published meanwhile is in one part or the other.
std::vector<std::int64_t> kept_runs(connection& c, const std::string& scan) {
    std::vector<std::int64_t> out;
    for (const auto& r :
         c.query("(SELECT id FROM " + quoted(scan) + " WHERE state = 'running') UNION ALL (SELECT id FROM " +
                 quoted(scan) + " WHERE state = 'done' ORDER BY id DESC LIMIT 2)"))
        out.push_back(r.number(0).value());
    return out;
}

bool contains(const std::vector<std::int64_t>& all, std::int64_t one) {
    return std::ranges::find(all, one) != all.end();
}

std::size_t remove_sleepers(connection& c, const tables& t, share s) {
    // In this order: a run is recorded before its first sleeper.
    const auto runs = c.query("SELECT DISTINCT run_id FROM " + quoted(t.sleeper));
    const auto kept = kept_runs(c, t.scan);
    for (const auto& r : runs)
        if (const auto run = r.number(0).value(); !contains(kept, run))
            return remove_rows(c, t.sleeper, "run_id = ? ORDER BY term_id, user_id LIMIT ?", {run, s.most});
    return 0;
}

std::size_t remove_scans(connection& c, const tables& t, share s) {
    const auto kept = kept_runs(c, t.scan);
    const auto used = c.query("SELECT DISTINCT run_id FROM " + quoted(t.sleeper));
    std::size_t gone = 0;
    for (const auto& r : c.query("SELECT id FROM " + quoted(t.scan) + " WHERE started_at < ? ORDER BY id LIMIT ?",
                                 {s.before, s.most})) {
        const auto run = r.number(0).value();
        const bool has_rows = std::ranges::any_of(used, [run](const row& u) { return u.number(0) == run; });
        if (!has_rows && !contains(kept, run)) gone += remove_rows(c, t.scan, "id = ? AND state <> 'running'", {run});
    }
    return gone;
}

std::size_t remove_audit(connection& c, const std::string& table, share s) {
    // Its created_at is a DATETIME in UTC, like our sessions.
    return remove_rows(c, table, "created_at < FROM_UNIXTIME(?) ORDER BY created_at LIMIT ?",
                       {s.before / 1000, s.most});
}

std::size_t remove_share(connection& c, const tables& t, old_rows what, share s) {
    switch (what) {
        case old_rows::deliveries_done: return remove_deliveries(c, t.delivery, true, s);
        case old_rows::deliveries_failed: return remove_deliveries(c, t.delivery, false, s);
        case old_rows::sleepers: return remove_sleepers(c, t, s);
        case old_rows::scans: return remove_scans(c, t, s);
        case old_rows::grant_audit: return remove_audit(c, t.grant_audit, s);
    }
    return 0;
}

}  // namespace

std::string_view to_string(old_rows what) noexcept {
    switch (what) {
        case old_rows::deliveries_done: return "deliveries_done";
        case old_rows::deliveries_failed: return "deliveries_failed";
        case old_rows::sleepers: return "sleepers";
        case old_rows::scans: return "scans";
        case old_rows::grant_audit: return "grant_audit";
    }
    return {};
}

base::awaitable<base::result<std::size_t>> retention::remove(old_rows what, base::time_ms before, std::size_t most,
                                                             base::deadline limit) {
    tables t{pool_.table("dormouse_delivery"), pool_.table("dormouse_sleeper"), pool_.table("dormouse_scan"),
             pool_.table("dormouse_grant_audit")};
    const share s{base::to_epoch_ms(before), static_cast<std::int64_t>(most)};
    co_return co_await pool_.run(
        [t = std::move(t), what, s](connection& c) -> base::result<std::size_t> { return remove_share(c, t, what, s); },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
