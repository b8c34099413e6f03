#include "site/scan_runs.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/scan_tables.hpp"
#include "site/text_column.hpp"

#include <algorithm>

namespace dormouse::site {

namespace {
constexpr auto server_now = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";
// Grows with every write, so that 0 changed rows always mean a lost claim.
constexpr auto sign_of_life = "touched_at = GREATEST(CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), touched_at + 1)";
constexpr auto fence = " WHERE id = ? AND epoch = ? AND state = 'running'";
constexpr std::size_t note_length = 191;

std::string noted(std::string_view note) { return fit_text(note, {charset::utf8mb4, 4 * note_length, note_length}); }

base::failure not_ours(const scan_claim& claim) {
    return base::failure{{base::errc::conflict, "scan run " + std::to_string(claim.run) +
                                                    " was taken over by another process, or ended by it"}};
}

struct running {
    scan_claim claim;
    std::string owner;
    base::ms quiet_for{0};
};

std::optional<running> find_running(connection& c, const scan_tables& t) {
    const auto rows =
        c.query("SELECT id, epoch, as_of, cursor_term, cursor_user, levels, rows_read, sleepers, owner, " +
                std::string{server_now} + " - touched_at FROM `" + t.scan + "` WHERE state = 'running'");
    if (rows.empty()) return std::nullopt;
    const auto& r = rows.front();
    const auto number = [&](std::size_t i) { return r.number(i).value_or(0); };
    running out;
    out.claim.run = number(0);
    out.claim.epoch = number(1);
    out.claim.as_of = parse_day(r.text(2)).value_or(day{});
    out.claim.cursor = {number(3), number(4)};
    out.claim.counts = {.levels = number(5), .rows_read = number(6), .sleepers = number(7)};
    out.owner = r.text(8);
    out.quiet_for = base::ms{number(9)};
    return out;
}

scan_claim take(connection& c, const scan_tables& t, running found, const std::string& owner) {
    const auto changed =
        c.execute("UPDATE `" + t.scan + "` SET epoch = epoch + 1, owner = ?, note = '', " + sign_of_life + fence,
                  {std::string_view{owner}, found.claim.run, found.claim.epoch});
    if (changed != 1) throw not_ours(found.claim);
    ++found.claim.epoch;
    return found.claim;
}

void abandon(connection& c, const scan_tables& t, const running& found, std::int64_t now) {
    c.execute("UPDATE `" + t.scan + "` SET state = 'abandoned', note = 'older than a day', ended_at = ?" + fence,
              {now, found.claim.run, found.claim.epoch});
}

scan_claim begin_new(connection& c, const scan_tables& t, day as_of, const std::string& owner, std::int64_t now) {
    const auto date = to_text(as_of);
    c.execute("INSERT INTO `" + t.scan +
                  "` (as_of, state, owner, epoch, started_at, touched_at) VALUES (?, 'running', " + "?, 1, ?, " +
                  server_now + ")",
              {std::string_view{date}, std::string_view{owner}, now});
    const auto id = c.query("SELECT LAST_INSERT_ID()").at(0).number(0).value_or(0);
    return {.run = id, .epoch = 1, .as_of = as_of, .cursor = {}, .counts = {}};
}

scan_claim begin_or_take(connection& c, const scan_tables& t, day as_of, const std::string& owner, bool take_over,
                         std::int64_t now) {
    if (const auto found = find_running(c, t)) {
        const bool free =
            found->owner.empty() || found->owner == owner || take_over || found->quiet_for > scan_runs::silent;
        if (!free)
            throw base::failure{{base::errc::conflict, "a scan is under way already: run " +
                                                           std::to_string(found->claim.run) + " of " + found->owner}};
        if (found->claim.as_of + std::chrono::days{1} >= as_of) return take(c, t, *found, owner);
        abandon(c, t, *found, now);
    }
    return begin_new(c, t, as_of, owner, now);
}

/// Words of ours; anything else would be a mistake that must not reach a statement.
std::string plain_words(std::string text) {
    std::erase_if(text, [](char ch) { return !((ch >= 'a' && ch <= 'z') || ch == '_' || ch == ','); });
    return text;
}

void insert_rows(connection& c, const scan_tables& t, std::int64_t run, const std::vector<sleeper_row>& rows) {
    constexpr std::size_t batch = 1'000;
    for (std::size_t from = 0; from < rows.size(); from += batch) {
        std::string values;
        for (std::size_t i = from; i < std::min(rows.size(), from + batch); ++i) {
            const auto& r = rows[i];
            values += values.empty() ? "(" : ", (";
            values += std::to_string(run) + "," + std::to_string(r.user_id) + "," + std::to_string(r.term_id) + ",'" +
                      to_text(r.lapse) + "'," + std::to_string(r.days) + "," + std::to_string(r.key_id) + ",'" +
                      plain_words(r.flags) + "')";
        }
        c.execute("INSERT INTO `" + t.sleeper + "` (run_id, user_id, term_id, lapse, days, key_id, flags) VALUES " +
                  values);
    }
}

void move_on(connection& c, const scan_tables& t, const scan_claim& claim, const sleeper_cursor& cursor,
             const scan_counts& counts) {
    const auto changed = c.execute(
        "UPDATE `" + t.scan +
            "` SET cursor_term = ?, cursor_user = ?, levels = ?, rows_read = ?, "
            "sleepers = ?, " +
            sign_of_life + fence,
        {cursor.term_id, cursor.user_id, counts.levels, counts.rows_read, counts.sleepers, claim.run, claim.epoch});
    if (changed != 1) throw not_ours(claim);
}

/// The run's counts if it is done: then the answer to an earlier call was lost.
std::optional<scan_counts> counts_of_done(connection& c, const scan_tables& t, const scan_claim& claim) {
    const auto rows = c.query("SELECT levels, rows_read, sleepers, added, gone FROM `" + t.scan +
                                  "` WHERE id = ? AND epoch = ? AND state = 'done'",
                              {claim.run, claim.epoch});
    if (rows.empty()) return std::nullopt;
    const auto number = [&](std::size_t i) { return rows.front().number(i).value_or(0); };
    return scan_counts{number(0), number(1), number(2), number(3), number(4)};
}

scan_counts publish_run(connection& c, const scan_tables& t, const scan_claim& claim, scan_counts counts,
                        std::int64_t now) {
    if (const auto done = counts_of_done(c, t, claim)) return *done;
    count_changes(c, t, claim.run, counts);
    const auto changed = c.execute(
        "UPDATE `" + t.scan +
            "` SET state = 'done', ended_at = ?, levels = ?, rows_read = ?, sleepers = ?, "
            "added = ?, gone = ?" +
            fence,
        {now, counts.levels, counts.rows_read, counts.sleepers, counts.added, counts.gone, claim.run, claim.epoch});
    if (changed != 1) throw not_ours(claim);
    return counts;
}
}  // namespace

base::awaitable<base::result<scan_claim>> scan_runs::begin(day as_of, std::string owner, bool take_over,
                                                           base::time_ms now, base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), as_of, owner = std::move(owner), take_over, at = base::to_epoch_ms(now)](
            connection& c) -> base::result<scan_claim> { return begin_or_take(c, t, as_of, owner, take_over, at); },
        limit, on_loss::repeat);
}

base::awaitable<base::result<void>> scan_runs::add_page(scan_claim claim, std::vector<sleeper_row> rows,
                                                        sleeper_cursor cursor, scan_counts counts,
                                                        base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), claim, rows = std::move(rows), cursor,
         counts](connection& c) -> base::result<void> {
            transaction whole{c};
            move_on(c, t, claim, cursor, counts);
            insert_rows(c, t, claim.run, rows);
            whole.commit();
            return {};
        },
        limit);
}

base::awaitable<base::result<void>> scan_runs::touch(scan_claim claim, base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), claim](connection& c) -> base::result<void> {
            if (c.execute("UPDATE `" + t.scan + "` SET " + sign_of_life + fence, {claim.run, claim.epoch}) != 1)
                throw not_ours(claim);
            return {};
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<void>> scan_runs::release(scan_claim claim, std::string note, base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), claim, note = noted(note)](connection& c) -> base::result<void> {
            c.execute("UPDATE `" + t.scan + "` SET owner = '', note = ?" + fence,
                      {std::string_view{note}, claim.run, claim.epoch});
            return {};
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<scan_counts>> scan_runs::publish(scan_claim claim, scan_counts counts, base::time_ms now,
                                                              base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), claim, counts, at = base::to_epoch_ms(now)](
            connection& c) -> base::result<scan_counts> { return publish_run(c, t, claim, counts, at); },
        limit, on_loss::repeat);
}

base::awaitable<base::result<void>> scan_runs::fail(scan_claim claim, std::string note, base::time_ms now,
                                                    base::deadline limit) {
    co_return co_await pool_.run(
        [t = scan_tables_of(pool_), claim, note = noted(note),
         at = base::to_epoch_ms(now)](connection& c) -> base::result<void> {
            c.execute("UPDATE `" + t.scan + "` SET state = 'failed', note = ?, ended_at = ?" + fence,
                      {std::string_view{note}, at, claim.run, claim.epoch});
            return {};
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
