#include "site/sleeper_keys.hpp"

#include "site/connection.hpp"
#include "site/number_list.hpp"
#include "site/table_shape.hpp"

#include <algorithm>

namespace dormouse::site {

namespace {
constexpr auto term_index = "memberlux_term_keys_term_id_idx";

// One number that orders keys by their end and then by their id, so that a grouped read needs no second one to learn
// which key ended last: MariaDB's day number times this, and the id. Zero dates and days that do not exist are NULL.
constexpr std::int64_t ids = 1'000'000'000'000;
constexpr std::int64_t epoch_day = 719'528;

constexpr std::int64_t day_number(day d) noexcept { return epoch_day + d.time_since_epoch().count(); }
constexpr day day_of(std::int64_t number) noexcept { return day{std::chrono::days{number - epoch_day}}; }

std::string text(std::int64_t number) { return std::to_string(number); }

/// The hint if the server knows the index: one that names another is an error of the whole statement.
std::string hint(connection& c, const std::string& table, const std::string& index) {
    auto use = " USE INDEX (`" + index + "`)";
    try {
        (void)c.query("SELECT term_id FROM `" + table + "`" + use + " LIMIT 0");
        return use;
    } catch (const base::failure& e) {
        if (e.get() != base::errc::server_error) throw;
        return {};
    }
}
}  // namespace

key_table find_key_table(connection& c, const tables& t) {
    const auto shape = t.shapes->of(c, t.keys);
    if (!shape->exists())
        throw base::failure{{base::errc::not_found, "there is no table " + t.keys +
                                                        ": is MemberLux installed, and site.database.prefix the prefix "
                                                        "of its blog?"}};
    return {t.keys, hint(c, t.keys, term_index), shape->has("is_unlimited") ? "COALESCE(is_unlimited, 0)" : "0"};
}

std::vector<lapsed_user> read_lapsed(connection& c, const key_table& k, std::int64_t term_id, day as_of,
                                     std::int64_t after, std::size_t most) {
    const auto least = text(day_number(day{} + std::chrono::days{1}) * ids);
    const auto beyond = text((day_number(as_of) + 1) * ids);
    std::vector<lapsed_user> out;
    c.each("SELECT user_id, MAX(TO_DAYS(date_end) * " + text(ids) + " + id) AS last_key FROM `" + k.name + "`" +
               k.by_term + " WHERE term_id = " + text(term_id) + " AND user_id > " + text(after) +
               " AND is_banned = 0 GROUP BY user_id HAVING MAX(" + k.unlimited + ") = 0 AND last_key >= " + least +
               " AND last_key < " + beyond + " ORDER BY user_id LIMIT " + std::to_string(most),
           [&](std::span<const std::int64_t> r) { out.push_back({r[0], r[1] % ids, day_of(r[1] / ids)}); });
    return out;
}

// Sorted here: the server would make a temporary table of it.
std::vector<std::int64_t> read_active(connection& c, const key_table& k, std::int64_t term_id, day as_of) {
    std::vector<std::int64_t> out;
    c.each("SELECT user_id FROM `" + k.name + "`" + k.by_term + " WHERE term_id = " + text(term_id) +
               " AND user_id > 0 AND is_banned = 0 AND (" + k.unlimited + " <> 0 OR TO_DAYS(date_end) > " +
               text(day_number(as_of)) + ")",
           [&](std::span<const std::int64_t> r) { out.push_back(r[0]); });
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    out.shrink_to_fit();
    return out;
}

std::map<std::int64_t, std::vector<key_row>> read_keys(connection& c, const key_table& k,
                                                       std::span<const std::int64_t> users,
                                                       std::span<const std::int64_t> levels) {
    std::map<std::int64_t, std::vector<key_row>> out;
    for (const auto& r : c.query("SELECT user_id, id, term_id, status, key_type, is_banned, " + k.unlimited +
                                 ", date_start, date_end FROM `" + k.name + "` WHERE user_id IN (" +
                                 number_list(users) + ") AND term_id IN (" + number_list(levels) + ") ORDER BY id"))
        out[r.number(0).value_or(0)].push_back({.id = r.number(1).value_or(0),
                                                .term_id = r.number(2).value_or(0),
                                                .status = r.text(3),
                                                .key_type = r.text(4),
                                                .banned = r.number(5) != 0,
                                                .unlimited = r.number(6).value_or(0) != 0,
                                                .date_start = r.text(7),
                                                .date_end = r.text(8)});
    return out;
}

}  // namespace dormouse::site
