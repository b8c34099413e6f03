#include "site/delivery_writer.hpp"

#include "site/connection.hpp"
#include "site/table_shape.hpp"
#include "site/text_column.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <set>
#include <span>
#include <tuple>

namespace dormouse::site {

namespace {
constexpr std::size_t unlimited = static_cast<std::size_t>(-1);
// Statement texts stay few (they are kept prepared) because their row counts are powers of two.
constexpr std::size_t most_rows = 64;
// Below the smallest max_allowed_packet in the field (1 MiB), whatever one row holds.
constexpr std::size_t most_bytes = std::size_t{640} * 1024;

using attempt_key = std::tuple<std::string, std::int64_t, std::int64_t>;
using rows_view = std::span<const std::shared_ptr<const delivery_row>>;

std::string ascii_id(const std::string& id, std::size_t characters) {
    return fit_text(id, {charset::ascii, unlimited, characters});
}

std::string short_text(const std::string& text, std::size_t characters) {
    return fit_text(text, {charset::utf8mb4, unlimited, characters});
}

attempt_key key_of(const delivery_row& r) { return {ascii_id(r.job_id, 64), r.attempt, base::to_epoch_ms(r.at)}; }

/// Parameters of a statement; owns the texts that were made for it.
class parameters {
public:
    void add(sql_value v) { values_.push_back(v); }
    void add_text(std::string text) { values_.emplace_back(std::string_view{texts_.emplace_back(std::move(text))}); }
    [[nodiscard]] std::span<const sql_value> values() const { return values_; }

private:
    std::deque<std::string> texts_;
    std::vector<sql_value> values_;
};

/// `(?,?),(?,?)`
std::string places(std::size_t rows, std::size_t columns) {
    std::string one = "(";
    for (std::size_t i = 0; i < columns; ++i) one += i == 0 ? "?" : ",?";
    one += ")";
    std::string all;
    for (std::size_t i = 0; i < rows; ++i) all += i == 0 ? one : "," + one;
    return all;
}

/// Calls `f(part)` for parts whose sizes are powers of two and whose texts fit one packet.
template <class F>
void in_parts(rows_view rows, F f) {
    while (!rows.empty()) {
        std::size_t bytes = 0;
        std::size_t fit = 0;
        for (; fit < std::min(rows.size(), most_rows); ++fit) {
            bytes += rows[fit]->payload.size() + rows[fit]->response_body.size();
            if (bytes > most_bytes && fit > 0) break;
        }
        const auto size = std::bit_floor(fit);
        f(rows.first(size));
        rows = rows.subspan(size);
    }
}

std::set<attempt_key> already_there(connection& c, const std::string& table, rows_view rows) {
    std::set<attempt_key> found;
    in_parts(rows, [&](rows_view part) {
        parameters p;
        for (const auto& r : part) p.add_text(ascii_id(r->job_id, 64));
        for (const auto& r : c.query(
                 "SELECT job_id, attempt, created_at FROM `" + table + "` WHERE job_id IN " + places(1, part.size()),
                 p.values()))
            found.emplace(r.text(0), r.number(1).value_or(0), r.number(2).value_or(0));
    });
    return found;
}

void insert_own(connection& c, const std::string& table, rows_view rows, bool with_payload) {
    const std::string head = "INSERT INTO `" + table +
                             "` (job_id, delivery_id, hook_id, event, attempt, state, reason, sent, response_code, "
                             "response_body, payload, next_at, duration_ms, created_at) VALUES ";
    in_parts(rows, [&](rows_view part) {
        parameters p;
        for (const auto& r : part) {
            p.add_text(ascii_id(r->job_id, 64));
            p.add_text(ascii_id(r->delivery_id, 100));
            p.add(r->hook_id);
            p.add_text(short_text(r->event, 100));
            p.add(std::int64_t{r->attempt});
            p.add_text(short_text(r->state, 10));
            p.add_text(short_text(r->reason, 191));
            p.add_text(short_text(r->sent, 10));
            p.add(r->response_code ? sql_value{std::int64_t{*r->response_code}} : sql_value{});
            p.add_text(fit_text(r->response_body, {}, stored_body_bytes));
            if (with_payload)
                p.add_text(fit_text(r->payload, {charset::utf8mb4, unlimited, unlimited}));
            else
                p.add({});
            p.add(r->next_at ? sql_value{base::to_epoch_ms(*r->next_at)} : sql_value{});
            p.add(std::int64_t{r->duration.count()});
            p.add(base::to_epoch_ms(r->at));
        }
        c.execute(head + places(part.size(), 14), p.values());
    });
}

/// `2026-11-20 03:04:05`, UTC.
std::string datetime(base::time_ms t) {
    const auto iso = base::to_iso8601(t);
    return iso.substr(0, 10) + " " + iso.substr(11, 8);
}

bool is_log(const table_shape& shape) {
    return shape.has("hook_id") && shape.has("payload") && shape.has("response_code") && shape.has("response_body");
}

/// One row per attempt in the shape the seed gave its log. IGNORE: a charset or a width we did not foresee costs
/// characters there, not the row.
void insert_log(connection& c, const std::string& table, const table_shape& shape, rows_view rows) {
    const bool dated = shape.has("created_at");
    const std::string head = "INSERT IGNORE INTO `" + table + "` (hook_id, payload, response_code, response_body" +
                             (dated ? ", created_at" : "") + ") VALUES ";
    in_parts(rows, [&](rows_view part) {
        parameters p;
        for (const auto& r : part) {
            p.add(r->hook_id);
            p.add_text(fit_text(r->payload, shape.text("payload")));
            p.add(r->response_code ? sql_value{std::int64_t{*r->response_code}} : sql_value{});
            p.add_text(fit_text(r->response_body, shape.text("response_body"), stored_body_bytes));
            if (dated) p.add_text(datetime(r->at));
        }
        c.execute(head + places(part.size(), dated ? 5 : 4), p.values());
    });
}

std::optional<base::time_ms> time_at(const row& r, std::size_t column) {
    const auto ms = r.number(column);
    return ms ? std::optional{base::from_epoch_ms(*ms)} : std::nullopt;
}

sql_value epoch(const std::optional<base::time_ms>& t) { return t ? sql_value{base::to_epoch_ms(*t)} : sql_value{}; }

/// Takes the rows' locks, in the order of their ids so that two writers never wait for each other in a circle.
std::map<std::int64_t, hook_health> lock_health(connection& c, const std::string& table,
                                                const std::set<std::int64_t>& hooks) {
    std::map<std::int64_t, hook_health> out;
    const std::string sql = "SELECT failures, first_failure_at, last_failure_at, last_success_at FROM `" + table +
                            "` WHERE hook_id = ? FOR UPDATE";
    for (const auto id : hooks) {
        auto& health = out[id];
        for (const auto& r : c.query(sql, {id}))
            health = {static_cast<int>(r.number(0).value_or(0)), time_at(r, 1), time_at(r, 2), time_at(r, 3)};
    }
    return out;
}

void store_health(connection& c, const std::string& table, const std::map<std::int64_t, hook_health>& all) {
    const std::string sql = "INSERT INTO `" + table +
                            "` (hook_id, failures, first_failure_at, last_failure_at, last_success_at) VALUES "
                            "(?,?,?,?,?) ON DUPLICATE KEY UPDATE failures = VALUES(failures), "
                            "first_failure_at = VALUES(first_failure_at), last_failure_at = VALUES(last_failure_at), "
                            "last_success_at = VALUES(last_success_at)";
    for (const auto& [id, h] : all)
        c.execute(sql,
                  {id, std::int64_t{h.failures}, epoch(h.first_failure), epoch(h.last_failure), epoch(h.last_success)});
}

std::map<std::int64_t, hook_health> update_health(connection& c, const std::string& table, const delivery_batch& all,
                                                  rows_view fresh) {
    std::set<std::int64_t> hooks;
    for (const auto& r : all) hooks.insert(r->hook_id);
    auto health = lock_health(c, table, hooks);
    for (const auto& r : fresh) {
        auto& h = health[r->hook_id];
        h = after_attempt(h, r->state == "done", r->at);
    }
    if (!fresh.empty()) store_health(c, table, health);
    return health;
}

}  // namespace

written write_deliveries(connection& c, table_shapes& shapes, const delivery_tables& tables, const delivery_batch& rows,
                         bool maybe_written) {
    const auto own = shapes.if_allowed(c, tables.own);
    const auto health = shapes.if_allowed(c, tables.health);
    const auto log = shapes.if_allowed(c, tables.log);
    written out{{}, own->exists(), is_log(*log)};

    transaction whole{c};
    auto fresh = rows;
    if (maybe_written && out.own_table) {
        const auto there = already_there(c, tables.own, rows);
        std::erase_if(fresh, [&](const auto& r) { return there.contains(key_of(*r)); });
    }
    if (out.own_table) insert_own(c, tables.own, fresh, !out.log_table);
    if (out.log_table) insert_log(c, tables.log, *log, fresh);
    if (health->exists()) out.health = update_health(c, tables.health, rows, fresh);
    whole.commit();
    return out;
}

}  // namespace dormouse::site
