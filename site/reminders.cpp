#include "site/reminders.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/reminder_rows.hpp"
#include "site/text_column.hpp"

#include <algorithm>

namespace dormouse::site {

namespace {

using enum letter_state;

constexpr std::size_t reason_column = 64;
constexpr std::size_t text_column_size = 191;

std::string fitted(const std::string& text, std::size_t characters) {
    return fit_text(text, {charset::utf8mb4, static_cast<std::size_t>(-1), characters});
}

std::optional<reminder> read_row(connection& c, const std::string& table, std::int64_t id, std::string_view lock = {}) {
    auto rows = reminders_of(c.query(select_reminders(table) + "WHERE id = ? " + std::string{lock}, {id}));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

// --- claim ----------------------------------------------------------------------------------------------------

/// Since when this person may get the next letter, by what is known of the others.
std::optional<base::time_ms> pause_of(connection& c, const std::string& table, const reminder& r, base::time_ms now) {
    if (r.what.stage == letter_stage::admin) return std::nullopt;
    static const auto states = in_states({sent, in_doubt, claimed, streaming});
    const auto others = reminders_of(c.query(
        select_reminders(table) + "WHERE user_id = ? AND id <> ? AND stage <> 'admin' AND state IN (" + states + ")",
        {r.what.user_id, r.id}));
    std::optional<base::time_ms> until;
    for (const auto& other : others) {
        const bool running = other.state == claimed || other.state == streaming;
        const auto at = running ? other.lease_until : other.sent_at;
        if (!at) continue;
        const auto end = running ? *at : *at + letter_pause;
        if (end > now) until = std::max(until.value_or(end), end);
    }
    return until;
}

std::optional<base::time_ms> earliest(connection& c, const std::string& table, const reminder& r,
                                      const std::string& owner, base::time_ms now) {
    const bool leased = r.state == claimed || r.state == streaming;
    if (leased && r.owner != owner && r.lease_until && *r.lease_until > now) return r.lease_until;
    if (!leased && r.due_at > now) return r.due_at;
    return pause_of(c, table, r, now);
}

void refuse(connection& c, const std::string& table, reminder& r, const letter_refusal& no, base::time_ms now) {
    r.state = no.state;
    r.reason = fitted(no.reason, reason_column);
    r.epoch += 1;
    r.updated_at = now;
    r.lease_until.reset();
    c.execute(
        "UPDATE `" + table + "` SET state = ?, reason = ?, epoch = ?, lease_until = NULL, updated_at = ? WHERE id = ?",
        {to_string(r.state), std::string_view{r.reason}, r.epoch, base::to_epoch_ms(now), r.id});
}

void take(connection& c, const std::string& table, reminder& r, const std::string& owner, base::ms lease,
          base::time_ms now) {
    r.state = claimed;
    r.reason.clear();
    r.epoch += 1;
    r.owner = owner;
    r.lease_until = now + lease;
    r.attempts += 1;
    r.updated_at = now;
    c.execute("UPDATE `" + table +
                  "` SET state = 'claimed', reason = '', epoch = ?, owner = ?, lease_until = ?, attempts = ?, "
                  "updated_at = ? WHERE id = ?",
              {r.epoch, std::string_view{owner}, base::to_epoch_ms(now + lease), std::int64_t{r.attempts},
               base::to_epoch_ms(now), r.id});
}

struct claim_words {
    std::string table;
    std::int64_t id;
    std::string owner;
    base::ms lease;
    reminders::second_look check;
    base::time_ms now;
};

base::result<letter_claim> claim_row(connection& c, const claim_words& w) {
    letter_claim out;
    transaction whole{c};
    auto row = read_row(c, w.table, w.id, "FOR UPDATE");
    if (!row) return out;
    out.row = std::move(*row);
    auto& r = out.row;
    if (!is_pending(r.state)) {
        out.what = letter_claim::end::settled;
        return out;
    }
    if (const auto at = earliest(c, w.table, r, w.owner, w.now)) {
        out.what = letter_claim::end::not_yet;
        out.again_at = *at;
        return out;
    }
    auto no = w.check(c, r);
    if (!no) return base::fail(std::move(no));
    if (*no) {
        refuse(c, w.table, r, **no, w.now);
        out.what = letter_claim::end::refused;
    } else {
        take(c, w.table, r, w.owner, w.lease, w.now);
        out.what = letter_claim::end::claimed;
        out.fence = {r.id, r.owner, r.epoch};
    }
    whole.commit();
    return out;
}

// --- fenced updates -------------------------------------------------------------------------------------------

constexpr std::string_view fenced = " WHERE id = ? AND owner = ? AND epoch = ? AND state IN (";

/// Whether the row is still this claim's and in one of the states: what a repeated update, which changes nothing, asks.
bool holds(connection& c, const std::string& table, const letter_fence& f, const std::string& states) {
    return !c.query("SELECT 1 FROM `" + table + "`" + std::string{fenced} + states + ")",
                    {f.id, std::string_view{f.owner}, f.epoch})
                .empty();
}

bool settle_row(connection& c, const std::string& table, const letter_fence& f, const letter_end& e,
                base::time_ms now) {
    const auto at = base::to_epoch_ms(now);
    const auto reason = fitted(e.reason, reason_column);
    const auto queue_id = fitted(e.queue_id, text_column_size);
    // A letter that stays in doubt keeps the time at which it may have gone out.
    const auto sent_at = e.state == sent ? sql_value{at} : sql_value{};
    const std::string keeps = e.state == in_doubt ? "COALESCE(?, sent_at)" : "?";
    const auto due = e.state == retry ? sql_value{base::to_epoch_ms(e.due_at)} : sql_value{};
    const auto from = e.state == in_doubt ? in_states({in_doubt}) : in_states({claimed, streaming, in_doubt});
    const auto changed = c.execute(
        "UPDATE `" + table + "` SET state = ?, reason = ?, queue_id = ?, sent_at = " + keeps +
            ", due_at = COALESCE(?, due_at), lease_until = NULL, updated_at = ?" + std::string{fenced} + from + ")",
        {to_string(e.state), std::string_view{reason}, std::string_view{queue_id}, sent_at, due, at, f.id,
         std::string_view{f.owner}, f.epoch});
    return changed == 1 || holds(c, table, f, in_states({e.state}));
}

// --- of a person ----------------------------------------------------------------------------------------------

struct resolved {
    letter_state state;
    std::string_view words;
};

std::optional<resolved> resolved_from(letter_state s, resolution what) {
    switch (what) {
        case resolution::sent:
            if (s == in_doubt) return resolved{sent, "arrived, says "};
            break;
        case resolution::again:
            if (s == in_doubt || s == failed || s == suppressed) return resolved{retry, "again, says "};
            break;
        case resolution::never:
            if (s == in_doubt) return resolved{failed, "never, says "};
            if (s == planned || s == retry) return resolved{skipped, "never, says "};
            break;
    }
    return std::nullopt;
}

base::result<reminder> resolve_row(connection& c, const std::string& table, std::int64_t id, resolution what,
                                   const std::string& who, base::time_ms now) {
    transaction whole{c};
    auto row = read_row(c, table, id, "FOR UPDATE");
    if (!row) return base::error{base::errc::not_found, "there is no letter " + std::to_string(id)};
    const auto to = resolved_from(row->state, what);
    if (!to)
        return base::error{base::errc::conflict, "letter " + std::to_string(id) + " is " +
                                                     std::string{to_string(row->state)} +
                                                     ": that cannot be said of it (docs/letters.md)"};
    row->state = to->state;
    row->reason = fitted(std::string{to->words} + who, reason_column);
    row->epoch += 1;
    if (to->state == retry) {
        row->due_at = now;
        row->sent_at.reset();
    } else if (to->state != sent) {
        row->sent_at.reset();
    }
    row->updated_at = now;
    row->lease_until.reset();
    c.execute("UPDATE `" + table +
                  "` SET state = ?, reason = ?, epoch = ?, due_at = ?, sent_at = ?, lease_until = NULL, "
                  "updated_at = ? WHERE id = ?",
              {to_string(row->state), std::string_view{row->reason}, row->epoch, base::to_epoch_ms(row->due_at),
               row->sent_at ? sql_value{base::to_epoch_ms(*row->sent_at)} : sql_value{}, base::to_epoch_ms(now), id});
    whole.commit();
    return std::move(*row);
}

}  // namespace

base::awaitable<base::result<letter_claim>> reminders::claim(std::int64_t id, std::string owner, base::ms lease,
                                                             second_look check, base::time_ms now,
                                                             base::deadline limit) {
    claim_words words{pool_.table(reminder_table), id, std::move(owner), lease, std::move(check), now};
    co_return co_await pool_.run([w = std::move(words)](connection& c) { return claim_row(c, w); }, limit,
                                 on_loss::repeat);
}

base::awaitable<base::result<bool>> reminders::keep(letter_fence f, base::ms lease, base::time_ms now,
                                                    base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), f = std::move(f), lease, now](connection& c) -> base::result<bool> {
            const auto states = in_states({claimed, streaming});
            const auto changed = c.execute(
                "UPDATE `" + table + "` SET lease_until = ?, updated_at = ?" + std::string{fenced} + states + ")",
                {base::to_epoch_ms(now + lease), base::to_epoch_ms(now), f.id, std::string_view{f.owner}, f.epoch});
            return changed == 1 || holds(c, table, f, states);
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<bool>> reminders::start_streaming(letter_fence f, letter_wire wire, base::time_ms now,
                                                               base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), f = std::move(f), wire = std::move(wire),
         now](connection& c) -> base::result<bool> {
            const auto subject = fitted(wire.subject, text_column_size);
            const auto message_id = fitted(wire.message_id, text_column_size);
            const auto changed = c.execute(
                "UPDATE `" + table +
                    "` SET state = 'streaming', address_hash = ?, message_id = ?, subject = ?, content_hash = ?, "
                    "updated_at = ?" +
                    std::string{fenced} + in_states({claimed}) + ")",
                {std::string_view{wire.address_hash}, std::string_view{message_id}, std::string_view{subject},
                 std::string_view{wire.content_hash}, base::to_epoch_ms(now), f.id, std::string_view{f.owner},
                 f.epoch});
            return changed == 1 || holds(c, table, f, in_states({streaming}));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<bool>> reminders::commit_in_doubt(letter_fence f, base::time_ms now,
                                                               base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), f = std::move(f),
         at = base::to_epoch_ms(now)](connection& c) -> base::result<bool> {
            return c.execute("UPDATE `" + table + "` SET state = 'in_doubt', sent_at = ?, updated_at = ?" +
                                 std::string{fenced} + in_states({streaming}) + ")",
                             {at, at, f.id, std::string_view{f.owner}, f.epoch}) == 1;
        },
        limit, on_loss::fail);
}

base::awaitable<base::result<bool>> reminders::settle(letter_fence f, letter_end end, base::time_ms now,
                                                      base::deadline limit) {
    co_return co_await pool_.run([table = pool_.table(reminder_table), f = std::move(f), end = std::move(end), now](
                                     connection& c) -> base::result<bool> { return settle_row(c, table, f, end, now); },
                                 limit, on_loss::repeat);
}

base::awaitable<base::result<bool>> reminders::release(letter_fence f, base::time_ms now, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), f = std::move(f), now](connection& c) -> base::result<bool> {
            // MariaDB assigns from left to right, MySQL too: the state is told by the attempts as they were.
            const auto changed =
                c.execute("UPDATE `" + table +
                              "` SET state = IF(attempts > 1, 'retry', 'planned'), attempts = attempts - 1, "
                              "lease_until = NULL, updated_at = ?" +
                              std::string{fenced} + in_states({claimed, streaming}) + ")",
                          {base::to_epoch_ms(now), f.id, std::string_view{f.owner}, f.epoch});
            return changed == 1 || holds(c, table, f, in_states({planned, retry}));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<reminder>> reminders::resolve(std::int64_t id, resolution what, std::string who,
                                                           base::time_ms now, base::deadline limit) {
    co_return co_await pool_.run([table = pool_.table(reminder_table), id, what, who = std::move(who),
                                  now](connection& c) { return resolve_row(c, table, id, what, who, now); },
                                 limit);
}

}  // namespace dormouse::site
