#include "site/outbox.hpp"

#include "base/log.hpp"
#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/text_column.hpp"

#include <utility>

namespace dormouse::site {

namespace {

constexpr std::size_t note_column = 255;
constexpr std::string_view too_large = "too large: ";

struct table {
    std::string name;
    std::string database;
    outbox_limits limits;

    [[nodiscard]] std::string from() const { return " FROM `" + name + "`"; }
};

/// The plugin's own lock for moving rows, held where it can be had, so that visits stand aside meanwhile.
class moving {
public:
    moving(connection& c, const table& t) : connection_{c}, table_{t} { held_ = say("SELECT GET_LOCK(", ", 0)"); }
    ~moving() {
        try {
            if (held_) say("SELECT RELEASE_LOCK(", ")");
        } catch (const base::failure&) {
            connection_.close();
        }
    }
    moving(const moving&) = delete;
    moving& operator=(const moving&) = delete;

    [[nodiscard]] bool held() const noexcept { return held_; }

private:
    bool say(const std::string& before, const std::string& after) {
        // As Outbox::drain of the plugin names it.
        return connection_
                   .query(before + "CONCAT('dormouse_outbox_', MD5(CONCAT(?, ?)))" + after,
                          {std::string_view{table_.database}, std::string_view{table_.name}})
                   .at(0)
                   .number(0) == 1;
    }

    connection& connection_;
    const table& table_;
    bool held_ = false;
};

struct picked {
    std::vector<std::int64_t> ids;
    outbox_batch batch;
};

/// Locks a batch. The lengths are read first, so that a batch of large rows needs no more memory than it may.
picked pick(connection& c, const table& t, std::int64_t after) {
    const auto rows =
        c.query("SELECT id, LENGTH(envelope)" + t.from() +
                    " WHERE id > ? AND LENGTH(envelope) <= ? ORDER BY id LIMIT ? FOR UPDATE" +
                    (c.server().skips_locked() ? " SKIP LOCKED" : ""),
                {after, static_cast<std::int64_t>(t.limits.row_bytes), static_cast<std::int64_t>(t.limits.rows)});
    picked out;
    for (const auto& r : rows) {
        const auto bytes = static_cast<std::uint64_t>(r.number(1).value_or(0));
        if (out.batch.rows > 0 && out.batch.bytes + bytes > t.limits.bytes) break;
        out.batch.last_id = r.number(0).value();
        out.batch.bytes += bytes;
        ++out.batch.rows;
        out.ids.push_back(out.batch.last_id);
    }
    out.batch.more = out.batch.rows < rows.size() || rows.size() == t.limits.rows;
    return out;
}

std::vector<std::string> envelopes_of(connection& c, const table& t, const std::vector<std::int64_t>& ids) {
    std::vector<std::string> out;
    auto next = ids.begin();
    // Between the ids of this batch there may be rows that others move.
    for (const auto& r :
         c.query("SELECT id, envelope" + t.from() + " WHERE id BETWEEN ? AND ? AND LENGTH(envelope) <= ? ORDER BY id",
                 {ids.front(), ids.back(), static_cast<std::int64_t>(t.limits.row_bytes)})) {
        if (next == ids.end() || r.number(0) != *next) continue;
        out.push_back(r.text(1));
        ++next;
    }
    if (next != ids.end())
        throw base::failure{
            {base::errc::conflict, t.name + ": row " + std::to_string(*next) + " went while it was locked"}};
    return out;
}

// One by one: a list of ids may be searched for by reading the whole table, which waits for rows that others move, and
// they for ours.
void remove(connection& c, const table& t, const std::vector<std::int64_t>& ids) {
    for (const auto id : ids) c.execute("DELETE" + t.from() + " WHERE id = ?", {id});
}

void note(connection& c, const table& t, const std::vector<std::int64_t>& ids, const base::error& why) {
    const auto text = fit_text(why.message(), {charset::ascii, note_column, note_column});
    for (const auto id : ids)
        c.execute("UPDATE `" + t.name + "` SET attempts = attempts + 1, last_error = ? WHERE id = ?",
                  {std::string_view{text}, id});
}

base::result<outbox_batch> move_rows(connection& c, const table& t, std::int64_t after, const outbox::push& to) {
    const moving turn{c, t};
    if (!turn.held() && !c.server().skips_locked()) return outbox_batch{.busy = true};
    picked rows;
    base::result<void> taken;
    {
        // At the default level the lock would reach into the gap behind the last row, where pages add theirs.
        c.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        transaction whole{c};
        rows = pick(c, t, after);
        if (rows.ids.empty()) return rows.batch;
        taken = to(envelopes_of(c, t, rows.ids));
        if (taken) {
            remove(c, t, rows.ids);
            whole.commit();
            return rows.batch;
        }
    }
    note(c, t, rows.ids, taken.error());
    return taken.error();
}

std::size_t put_rows_aside(connection& c, const table& t) {
    const auto found = c.query(
        "SELECT id, LENGTH(envelope)" + t.from() +
            " WHERE LENGTH(envelope) > ? AND LEFT(last_error, ?) <> ? ORDER BY id LIMIT 100",
        {static_cast<std::int64_t>(t.limits.row_bytes), static_cast<std::int64_t>(too_large.size()), too_large});
    for (const auto& r : found) {
        const auto text = std::string{too_large} + r.text(1) + " bytes, at most " + std::to_string(t.limits.row_bytes) +
                          " can be moved";
        c.execute("UPDATE `" + t.name + "` SET attempts = attempts + 1, last_error = ? WHERE id = ?",
                  {std::string_view{text}, r.number(0).value()});
        base::log::warn("outbox.row_too_large", {{"id", r.text(0)}, {"bytes", r.text(1)}, {"table", t.name}});
    }
    return found.size();
}

outbox_size read_size(connection& c, const table& t) {
    const auto counts = c.query("SELECT COUNT(*), SUM(LEFT(last_error, ?) = ?)" + t.from(),
                                {static_cast<std::int64_t>(too_large.size()), too_large})
                            .at(0);
    outbox_size out{static_cast<std::uint64_t>(counts.number(0).value_or(0)),
                    static_cast<std::uint64_t>(counts.number(1).value_or(0)),
                    {}};
    const auto oldest = c.query("SELECT UNIX_TIMESTAMP(created_at)" + t.from() + " ORDER BY id LIMIT 1");
    if (!oldest.empty())
        if (const auto seconds = oldest.front().number(0)) out.oldest = base::from_epoch_ms(*seconds * 1000);
    return out;
}

table table_of(const pool& p, const outbox_limits& limits) {
    return {p.table("dormouse_outbox"), p.settings().name, limits};
}

}  // namespace

base::awaitable<base::result<outbox_batch>> outbox::move_batch(std::int64_t after, push to, base::deadline limit) {
    co_return co_await pool_.run(
        [t = table_of(pool_, limits_), after, to = std::move(to)](connection& c) { return move_rows(c, t, after, to); },
        limit);
}

base::awaitable<base::result<std::size_t>> outbox::put_aside(base::deadline limit) {
    co_return co_await pool_.run(
        [t = table_of(pool_, limits_)](connection& c) -> base::result<std::size_t> { return put_rows_aside(c, t); },
        limit, on_loss::repeat);
}

base::awaitable<base::result<outbox_size>> outbox::size(base::deadline limit) {
    co_return co_await pool_.run(
        [t = table_of(pool_, limits_)](connection& c) -> base::result<outbox_size> { return read_size(c, t); }, limit,
        on_loss::repeat);
}

}  // namespace dormouse::site
