#include "site/charges.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/text_column.hpp"

#include <array>

namespace dormouse::site {

namespace {

constexpr std::size_t note_column = 191;

constexpr std::array<std::string_view, 4> state_names{"open", "refused", "charged", "ended"};

std::string_view name_of(charge_state s) noexcept { return state_names.at(static_cast<std::size_t>(s)); }

charge_state state_of(std::string_view name) {
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names.at(i) == name) return static_cast<charge_state>(i);
    throw base::failure{{base::errc::protocol, "dormouse_charge.state: unknown state '" + std::string{name} + "'"}};
}

std::optional<base::time_ms> time_at(const row& r, std::size_t column) {
    const auto ms = r.number(column);
    return ms ? std::optional{base::from_epoch_ms(*ms)} : std::nullopt;
}

sql_value stored(const std::optional<base::time_ms>& t) { return t ? sql_value{base::to_epoch_ms(*t)} : sql_value{}; }

constexpr std::string_view standing_columns =
    "state, dunning, unsure_since, refused_at, transaction_id, balance_after, note";

charge_standing standing_of(const row& r, std::size_t first) {
    charge_standing s;
    s.state = state_of(r.text(first));
    s.dunning = static_cast<int>(r.number(first + 1).value_or(0));
    s.unsure_since = time_at(r, first + 2);
    s.refused_at = time_at(r, first + 3);
    s.transaction_id = r.text(first + 4);
    s.balance_after = r.number(first + 5);
    s.note = r.text(first + 6);
    return s;
}

base::error other_facts(const charge_facts& facts, const row& r) {
    return {base::errc::conflict, "the key " + facts.key + " belongs to a charge of " + r.text(1) + " " + r.text(2) +
                                      " for project " + r.text(0) + ", not of " + std::to_string(facts.amount) + " " +
                                      facts.currency + " for " + facts.project};
}

base::result<charge_claim> claim_row(connection& c, const std::string& table, const charge_facts& f,
                                     const std::string& job_id, std::int64_t now, const charges::opening& open) {
    c.execute("INSERT IGNORE INTO `" + table +
                  "` (charge_key, project, amount, currency, reason, state, created_at, updated_at) "
                  "VALUES (?, ?, ?, ?, ?, 'open', ?, ?)",
              {std::string_view{f.key}, std::string_view{f.project}, f.amount, std::string_view{f.currency},
               std::string_view{f.reason}, now, now});
    transaction whole{c};
    const auto rows =
        c.query("SELECT project, amount, currency, reason, epoch, job_id, created_at, " +
                    std::string{standing_columns} + " FROM `" + table + "` WHERE charge_key = ? FOR UPDATE",
                {std::string_view{f.key}});
    if (rows.empty()) return base::error{base::errc::unavailable, "the row of " + f.key + " could not be made"};
    const auto& r = rows.front();
    if (r.text(0) != f.project || r.number(1) != f.amount) return other_facts(f, r);
    if (!f.any_currency && r.text(2) != f.currency) return other_facts(f, r);
    charge_claim out;
    out.currency = r.text(2);
    out.reason = r.text(3);
    out.epoch = r.number(4).value_or(0) + 1;
    out.job_id = r.text(5);
    out.made_at = time_at(r, 6).value_or(base::time_ms{});
    out.standing = standing_of(r, 7);
    const auto begun = open(out);
    c.execute("UPDATE `" + table +
                  "` SET epoch = ?, job_id = ?, state = ?, dunning = ?, unsure_since = ?, updated_at = ? "
                  "WHERE charge_key = ?",
              {out.epoch, std::string_view{job_id}, name_of(begun.state), std::int64_t{begun.dunning},
               stored(begun.unsure_since), now, std::string_view{f.key}});
    whole.commit();
    return out;
}

bool record_row(connection& c, const std::string& table, const std::string& key, std::int64_t epoch,
                const charge_standing& s, std::int64_t now) {
    const auto note = fit_text(s.note, {charset::utf8mb4, static_cast<std::size_t>(-1), note_column});
    // The version makes a repetition of the same words count as a change, so that 0 rows always means a lost fence.
    const auto changed =
        c.execute("UPDATE `" + table +
                      "` SET state = ?, dunning = ?, unsure_since = ?, refused_at = ?, transaction_id = ?, "
                      "balance_after = ?, note = ?, version = version + 1, updated_at = ? "
                      "WHERE charge_key = ? AND epoch = ?",
                  {name_of(s.state), std::int64_t{s.dunning}, stored(s.unsure_since), stored(s.refused_at),
                   s.transaction_id.empty() ? sql_value{} : sql_value{std::string_view{s.transaction_id}},
                   nullable(s.balance_after), std::string_view{note}, now, std::string_view{key}, epoch});
    return changed == 1;
}

}  // namespace

base::awaitable<base::result<charge_claim>> charges::claim(charge_facts facts, std::string job_id, base::time_ms now,
                                                           opening open, base::deadline limit) {
    co_return co_await pool_.run([table = pool_.table("dormouse_charge"), facts = std::move(facts),
                                  job_id = std::move(job_id), at = base::to_epoch_ms(now), open = std::move(open)](
                                     connection& c) { return claim_row(c, table, facts, job_id, at, open); },
                                 limit, on_loss::repeat);
}

base::awaitable<base::result<bool>> charges::record(std::string key, std::int64_t epoch, charge_standing standing,
                                                    base::time_ms now, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table("dormouse_charge"), key = std::move(key), epoch, standing = std::move(standing),
         at = base::to_epoch_ms(now)](connection& c) -> base::result<bool> {
            return record_row(c, table, key, epoch, standing, at);
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::optional<charge_standing>>> charges::find(std::string key, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table("dormouse_charge"),
         key = std::move(key)](connection& c) -> base::result<std::optional<charge_standing>> {
            const auto rows =
                c.query("SELECT " + std::string{standing_columns} + " FROM `" + table + "` WHERE charge_key = ?",
                        {std::string_view{key}});
            if (rows.empty()) return std::optional<charge_standing>{};
            return std::optional{standing_of(rows.front(), 0)};
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
