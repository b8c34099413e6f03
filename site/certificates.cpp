#include "site/certificates.hpp"

#include "site/connection.hpp"
#include "site/number_list.hpp"
#include "site/sleeper_keys.hpp"
#include "site/table_shape.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace dormouse::site {

namespace {
constexpr std::int64_t page_of_rows = 50'000;
constexpr std::int64_t epoch_day = 719'528;

/// Columns in the certificates plugin's spelling or the seed's, and the ledger joined where there is one.
struct certificate_sql {
    bool exists = false;
    std::string id;
    std::string created;
    std::string how = "NULL";
    std::string from;

    certificate_sql(connection& c, const tables& t, bool use_ledger) {
        const auto shape = t.shapes->if_allowed(c, t.certificates);
        exists = shape->exists();
        id = shape->has("certificate_id") ? "c.certificate_id" : "c.id";
        created = shape->has("create_date") ? "c.create_date" : "NULL";
        from = " FROM `" + t.certificates + "` c";
        if (!use_ledger || !t.shapes->if_allowed(c, t.ledger)->has("how")) return;
        how = "l.how";
        from += " LEFT JOIN `" + t.ledger + "` l ON l.certificate_id = " + id;
    }
};

std::vector<std::int64_t> ids_of(std::span<const level_settings> levels, bool only_automatic) {
    std::vector<std::int64_t> out;
    for (const auto& l : levels)
        if (!only_automatic || l.issues_certificates_itself()) out.push_back(l.term_id);
    return out;
}

/// What is_by_hand() says, in SQL.
std::string by_hand(const certificate_sql& sql, std::span<const level_settings> levels) {
    const auto automatic = number_list(ids_of(levels, true));
    const auto by_level = "c.wpmlevel_id NOT IN (" + automatic + ")";
    return "CASE COALESCE(" + sql.how + ", '') WHEN 'MANUAL' THEN 1 WHEN 'AUTO' THEN 0 ELSE " + by_level + " END";
}

/// The later of two days as numbers of the server; 0 = neither is a real day.
day newest_of(std::int64_t issued, std::int64_t made) {
    const auto number = std::max(issued, made);
    if (number <= epoch_day) return certificates_by_hand::always;
    return day{std::chrono::days{number - epoch_day}};
}
}  // namespace

std::vector<certificate_row> read_certificates(connection& c, const tables& t, std::int64_t user_id,
                                               std::int64_t term_id) {
    const certificate_sql sql{c, t, true};
    std::vector<certificate_row> out;
    if (!sql.exists) return out;
    for (const auto& r : c.query("SELECT " + sql.id + ", c.date_issue, " + sql.created + ", " + sql.how + sql.from +
                                     " WHERE c.user_id = ? AND c.wpmlevel_id = ? ORDER BY " + sql.id,
                                 {user_id, term_id}))
        out.push_back({r.number(0).value_or(0), r.text(1), r.text(2), r.text(3)});
    return out;
}

certificates_by_hand::certificates_by_hand(std::vector<holder> all) : all_{std::move(all)} {
    std::ranges::sort(all_, [](const holder& a, const holder& b) {
        return std::tie(a.term_id, a.user_id, b.newest) < std::tie(b.term_id, b.user_id, a.newest);
    });
    const auto repeated = std::ranges::unique(
        all_, [](const holder& a, const holder& b) { return a.term_id == b.term_id && a.user_id == b.user_id; });
    all_.erase(repeated.begin(), repeated.end());
}

const certificates_by_hand::holder* certificates_by_hand::find(std::int64_t term_id, std::int64_t user_id) const {
    const auto place = [](const holder& h) { return std::pair{h.term_id, h.user_id}; };
    const auto found = std::ranges::lower_bound(all_, std::pair{term_id, user_id}, {}, place);
    return found != all_.end() && place(*found) == std::pair{term_id, user_id} ? &*found : nullptr;
}

certificates_by_hand read_certificates_by_hand(connection& c, const tables& t, std::span<const level_settings> levels,
                                               bool use_ledger) {
    const certificate_sql sql{c, t, use_ledger};
    if (!sql.exists || levels.empty()) return {};
    std::vector<certificates_by_hand::holder> all;
    std::int64_t last = 0;
    for (std::int64_t rows = page_of_rows; rows == page_of_rows;) {
        rows = 0;
        c.each("SELECT " + sql.id +
                   ", c.wpmlevel_id, c.user_id, COALESCE(TO_DAYS(c.date_issue), 0), COALESCE(TO_DAYS(" + sql.created +
                   "), 0), c.wpmlevel_id IN (" + number_list(ids_of(levels, false)) + ") AND " + by_hand(sql, levels) +
                   sql.from + " WHERE " + sql.id + " > " + std::to_string(last) + " ORDER BY " + sql.id + " LIMIT " +
                   std::to_string(page_of_rows),
               [&](std::span<const std::int64_t> r) {
                   ++rows;
                   last = r[0];
                   if (r[5] != 0) all.push_back({r[1], r[2], newest_of(r[3], r[4])});
               });
    }
    return certificates_by_hand{std::move(all)};
}

}  // namespace dormouse::site
