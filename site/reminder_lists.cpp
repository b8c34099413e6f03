// What is read of the ledger, and the planner's writing: reminders::plan, find, list, waiting, count, digest_members.
#include "site/connection.hpp"
#include "site/number_list.hpp"
#include "site/pool.hpp"
#include "site/reminder_rows.hpp"
#include "site/reminders.hpp"

#include <algorithm>
#include <set>

namespace dormouse::site {

namespace {

using enum letter_state;

constexpr std::size_t insert_batch = 100;
constexpr int lock_wait_seconds = 10;

/// One planner of the site at a time. Whatever goes wrong before `release` ends the session, and with it the lock: it
/// may be broken already.
class planner_lock {
public:
    planner_lock(connection& c, const std::string& table) : connection_{c}, name_{"dormouse_plan_" + table} {
        const auto got = c.query("SELECT GET_LOCK('" + name_ + "', " + std::to_string(lock_wait_seconds) + ")");
        held_ = got.at(0).number(0) == 1;
    }
    ~planner_lock() {
        if (held_) connection_.close();
    }
    planner_lock(const planner_lock&) = delete;
    planner_lock& operator=(const planner_lock&) = delete;
    [[nodiscard]] bool held() const noexcept { return held_; }
    void release() {
        (void)connection_.query("SELECT RELEASE_LOCK('" + name_ + "')");
        held_ = false;
    }

private:
    connection& connection_;
    std::string name_;
    bool held_ = false;
};

std::vector<reminder> rows_of(connection& c, const std::string& table, const std::vector<std::int64_t>& users,
                              const std::string& day) {
    auto rows = users.empty() ? std::vector<reminder>{}
                              : reminders_of(c.query(select_reminders(table) + "WHERE user_id IN (" +
                                                     number_list(users) + ") ORDER BY id"));
    // Locked, so that no digest goes out while somebody is being added to it.
    const auto digests =
        reminders_of(c.query(select_reminders(table) + "WHERE user_id = 0 AND lapse = ? AND stage = 'admin' FOR UPDATE",
                             {std::string_view{day}}));
    rows.insert(rows.end(), digests.begin(), digests.end());
    return rows;
}

/// Words of ours and whole numbers only, so they stand in the text: no prepared statement for each size of a batch.
std::string values_of(const planned_letter& p, base::time_ms now) {
    const auto at = std::to_string(base::to_epoch_ms(now));
    return "(" + std::to_string(p.what.user_id) + "," + std::to_string(p.what.term_id) + ",'" + p.what.lapse + "','" +
           std::string{to_string(p.what.stage)} + "','" + std::string{to_string(p.state)} + "','" + p.reason + "'," +
           std::to_string(base::to_epoch_ms(p.due_at)) + "," + at + "," + at + ")";
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == ':';
    });
}

void insert(connection& c, const std::string& table, std::span<const planned_letter> batch, base::time_ms now) {
    std::string values;
    for (const auto& p : batch) {
        if (!is_plain(p.what.lapse) || !is_plain(p.reason))
            throw base::failure{{base::errc::invalid_argument,
                                 "a planned letter with the words '" + p.what.lapse + "', '" + p.reason + "'"}};
        values.append(values.empty() ? "" : ",").append(values_of(p, now));
    }
    c.execute("INSERT IGNORE INTO `" + table +
              "` (user_id, term_id, lapse, stage, state, reason, due_at, created_at, updated_at) VALUES " + values);
}

/// Those of the batch that are in the table and planned, and were not before.
void add_new(connection& c, const std::string& table, std::span<const planned_letter> batch,
             const std::set<letter_identity>& before, std::vector<reminder>& out) {
    std::vector<std::int64_t> users;
    std::set<letter_identity> wanted;
    for (const auto& p : batch) {
        if (p.state != planned || before.contains(p.what)) continue;
        users.push_back(p.what.user_id);
        wanted.insert(p.what);
    }
    if (users.empty()) return;
    for (auto& r : reminders_of(c.query(select_reminders(table) + "WHERE user_id IN (" + number_list(users) +
                                        ") AND state = 'planned' ORDER BY id")))
        if (wanted.contains(r.what)) out.push_back(std::move(r));
}

struct plan_words {
    std::string table;
    std::vector<std::int64_t> users;
    std::string day;
    reminders::decision decide;
    base::time_ms now;
};

std::vector<reminder> decide_and_insert(connection& c, const plan_words& w) {
    transaction whole{c};
    const auto known = rows_of(c, w.table, w.users, w.day);
    const auto letters = w.decide(known);
    std::set<letter_identity> before;
    for (const auto& r : known) before.insert(r.what);
    std::vector<reminder> out;
    for (std::size_t at = 0; at < letters.size(); at += insert_batch) {
        const auto batch = std::span{letters}.subspan(at, std::min(insert_batch, letters.size() - at));
        insert(c, w.table, batch, w.now);
        add_new(c, w.table, batch, before, out);
    }
    whole.commit();
    return out;
}

base::result<std::vector<reminder>> plan_rows(connection& c, const plan_words& w) {
    planner_lock alone{c, w.table};
    if (!alone.held())
        return base::error{base::errc::unavailable, "another planner of reminders is at work on " + w.table};
    auto out = decide_and_insert(c, w);
    alone.release();
    return out;
}

base::result<std::vector<reminder>> listed(connection& c, const std::string& table, const letter_filter& f) {
    std::string where;
    std::vector<sql_value> values;
    const auto add = [&](const std::string& condition, sql_value value) {
        where.append(where.empty() ? "WHERE " : "AND ").append(condition).append(" ");
        values.push_back(value);
    };
    if (f.state) add("state = ?", to_string(*f.state));
    if (f.user_id) add("user_id = ?", *f.user_id);
    if (f.term_id) add("term_id = ?", *f.term_id);
    if (f.before) add("id < ?", *f.before);
    values.emplace_back(std::int64_t{f.limit});
    return reminders_of(c.query(select_reminders(table) + where + "ORDER BY id DESC LIMIT ?", values));
}

}  // namespace

std::string digest_reason(std::string_view day) { return "digest:" + std::string{day}; }

base::awaitable<base::result<std::vector<reminder>>> reminders::plan(std::vector<std::int64_t> users, std::string day,
                                                                     decision decide, base::time_ms now,
                                                                     base::deadline limit) {
    plan_words words{pool_.table(reminder_table), std::move(users), std::move(day), std::move(decide), now};
    co_return co_await pool_.run([w = std::move(words)](connection& c) { return plan_rows(c, w); }, limit,
                                 on_loss::repeat);
}

base::awaitable<base::result<std::optional<reminder>>> reminders::find(std::int64_t id, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), id](connection& c) -> base::result<std::optional<reminder>> {
            auto rows = reminders_of(c.query(select_reminders(table) + "WHERE id = ?", {id}));
            if (rows.empty()) return std::optional<reminder>{};
            return std::optional{std::move(rows.front())};
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<reminder>>> reminders::of_users(std::vector<std::int64_t> users,
                                                                         base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table),
         users = std::move(users)](connection& c) -> base::result<std::vector<reminder>> {
            if (users.empty()) return std::vector<reminder>{};
            return reminders_of(
                c.query(select_reminders(table) + "WHERE user_id IN (" + number_list(users) + ") ORDER BY id"));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::optional<base::time_ms>>> reminders::latest_planned(base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table)](connection& c) -> base::result<std::optional<base::time_ms>> {
            const auto rows = c.query("SELECT MAX(due_at) FROM `" + table + "` WHERE state = 'planned'");
            const auto at = rows.at(0).number(0);
            return at ? std::optional{base::from_epoch_ms(*at)} : std::nullopt;
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<reminder>>> reminders::list(letter_filter filter, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), filter](connection& c) { return listed(c, table, filter); }, limit,
        on_loss::repeat);
}

base::awaitable<base::result<std::vector<reminder>>> reminders::waiting(std::int64_t after, int most,
                                                                        base::time_ms until,
                                                                        base::time_ms touched_before,
                                                                        base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table), after, most, until = base::to_epoch_ms(until),
         before = base::to_epoch_ms(touched_before)](connection& c) -> base::result<std::vector<reminder>> {
            // The first condition alone finds the rows by the index; all that have ended stay outside.
            return reminders_of(c.query(select_reminders(table) + "WHERE state IN (" +
                                            in_states({planned, retry, claimed, streaming}) +
                                            ") AND id > ? AND IF(state IN (" + in_states({planned, retry}) +
                                            "), due_at <= ? AND updated_at <= ?, lease_until <= ?) ORDER BY id LIMIT ?",
                                        {after, until, before, before, std::int64_t{most}}));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<std::pair<letter_state, std::int64_t>>>> reminders::count(
    base::deadline limit) {
    using counts = std::vector<std::pair<letter_state, std::int64_t>>;
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table)](connection& c) -> base::result<counts> {
            counts out;
            for (const auto& r : c.query("SELECT state, COUNT(*) FROM `" + table + "` GROUP BY state ORDER BY state"))
                if (const auto state = parse_letter_state(r.text(0))) out.emplace_back(*state, r.number(1).value_or(0));
            return out;
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<reminder>>> reminders::digest_members(letter_identity digest,
                                                                               base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(reminder_table),
         digest = std::move(digest)](connection& c) -> base::result<std::vector<reminder>> {
            return reminders_of(c.query(
                select_reminders(table) +
                    "WHERE term_id = ? AND stage = 'admin' AND state = 'skipped' AND reason = ? ORDER BY user_id",
                {digest.term_id, std::string_view{digest_reason(digest.lapse)}}));
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
