// What readers of runs ask: the published run, its pages, and what changed since the one before.
#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/scan_runs.hpp"
#include "site/scan_tables.hpp"

#include <algorithm>
#include <initializer_list>

namespace dormouse::site {

namespace {
constexpr auto run_columns =
    "SELECT id, as_of, state, cursor_term, cursor_user, levels, rows_read, sleepers, added, gone, started_at, "
    "ended_at, owner, note FROM `";

scan_run run_of(const row& r) {
    const auto number = [&](std::size_t i) { return r.number(i).value_or(0); };
    scan_run out;
    out.id = number(0);
    out.as_of = parse_day(r.text(1)).value_or(day{});
    out.state = r.text(2);
    out.cursor = {number(3), number(4)};
    out.counts = {number(5), number(6), number(7), number(8), number(9)};
    out.started_at = base::from_epoch_ms(number(10));
    if (const auto at = r.number(11)) out.ended_at = base::from_epoch_ms(*at);
    out.owner = r.text(12);
    out.note = r.text(13);
    return out;
}

sleeper_row sleeper_of(const row& r) {
    return {.user_id = r.number(0).value_or(0),
            .term_id = r.number(1).value_or(0),
            .lapse = parse_day(r.text(2)).value_or(day{}),
            .days = static_cast<int>(r.number(3).value_or(0)),
            .key_id = r.number(4).value_or(0),
            .flags = r.text(5)};
}

constexpr auto newest_done = "SELECT MAX(id) FROM `";
std::optional<std::int64_t> published_run(connection& c, const scan_tables& t) {
    return c.query(newest_done + t.scan + "` WHERE state = 'done'").at(0).number(0);
}

std::int64_t count(connection& c, const std::string& sql, std::initializer_list<sql_value> values) {
    return c.query(sql, values).at(0).number(0).value_or(0);
}

std::int64_t count_of(connection& c, const scan_tables& t, std::int64_t run, std::int64_t level) {
    return count(c, "SELECT COUNT(*) FROM `" + t.sleeper + "` WHERE run_id = ? AND term_id = ?", {run, level});
}

/// Sleepers of the level that both runs have: same user, same lapse.
std::int64_t count_in_both(connection& c, const scan_tables& t, std::int64_t run, std::int64_t other,
                           std::int64_t level) {
    return count(c,
                 "SELECT COUNT(*) FROM `" + t.sleeper + "` n JOIN `" + t.sleeper +
                     "` o ON o.run_id = ? AND o.term_id = n.term_id AND o.user_id = n.user_id AND o.lapse = n.lapse "
                     "WHERE n.run_id = ? AND n.term_id = ?",
                 {other, run, level});
}

/// Levels of a run, ascending: each found by one jump in the primary key.
std::vector<std::int64_t> levels_of(connection& c, const scan_tables& t, std::int64_t run) {
    std::vector<std::int64_t> out;
    for (std::int64_t last = -1;;) {
        const auto next =
            c.query("SELECT MIN(term_id) FROM `" + t.sleeper + "` WHERE run_id = ? AND term_id > ?", {run, last})
                .at(0)
                .number(0);
        if (!next) return out;
        out.push_back(last = *next);
    }
}
}  // namespace

scan_tables scan_tables_of(const pool& p) { return {p.table("dormouse_scan"), p.table("dormouse_sleeper")}; }

void count_changes(connection& c, const scan_tables& t, std::int64_t run, scan_counts& counts) {
    const auto before = published_run(c, t).value_or(0);
    counts.sleepers = 0;
    std::int64_t same = 0;
    for (const auto level : levels_of(c, t, run)) {
        counts.sleepers += count_of(c, t, run, level);
        if (before != 0) same += count_in_both(c, t, run, before, level);
    }
    std::int64_t had = 0;
    if (before != 0)
        for (const auto level : levels_of(c, t, before)) had += count_of(c, t, before, level);
    counts.added = counts.sleepers - same;
    counts.gone = had - same;
}

base::awaitable<base::result<std::optional<scan_run>>> scan_runs::published(base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_)](connection& c) -> base::result<std::optional<scan_run>> {
            const auto rows = c.query(run_columns + t.scan + "` WHERE state = 'done' ORDER BY id DESC LIMIT 1");
            if (rows.empty()) return std::optional<scan_run>{};
            return std::optional{run_of(rows.front())};
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<scan_run>>> scan_runs::newest(std::size_t most, base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), most](connection& c) -> base::result<std::vector<scan_run>> {
            std::vector<scan_run> out;
            for (const auto& r :
                 c.query(run_columns + t.scan + "` ORDER BY id DESC LIMIT ?", {static_cast<std::int64_t>(most)}))
                out.push_back(run_of(r));
            return out;
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<sleeper_row>>> scan_runs::page(std::int64_t run, sleeper_cursor after,
                                                                        std::size_t most,
                                                                        std::optional<std::int64_t> only_level,
                                                                        base::deadline limit) {
    const auto rows = static_cast<std::int64_t>(std::min(most, most_rows));
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), run, after, rows,
         only_level](connection& c) -> base::result<std::vector<sleeper_row>> {
            const auto select = "SELECT user_id, term_id, lapse, days, key_id, flags FROM `" + t.sleeper + "` ";
            // Two ranges of the primary key instead of one OR: the rest of this level, then the levels after it.
            std::vector<sleeper_row> out;
            const auto first = only_level.value_or(after.term_id);
            const auto last = first == after.term_id ? after.user_id : std::int64_t{0};
            if (first >= after.term_id)
                for (const auto& r :
                     c.query(select + "WHERE run_id = ? AND term_id = ? AND user_id > ? ORDER BY user_id LIMIT ?",
                             {run, first, last, rows}))
                    out.push_back(sleeper_of(r));
            const auto left = rows - static_cast<std::int64_t>(out.size());
            if (only_level || left == 0) return out;
            for (const auto& r : c.query(select + "WHERE run_id = ? AND term_id > ? ORDER BY term_id, user_id LIMIT ?",
                                         {run, first, left}))
                out.push_back(sleeper_of(r));
            return out;
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
