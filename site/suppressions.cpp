#include "site/suppressions.hpp"

#include "site/connection.hpp"
#include "site/number_list.hpp"
#include "site/pool.hpp"
#include "site/reminder.hpp"
#include "site/tables.hpp"
#include "site/text_column.hpp"

#include <map>
#include <ranges>

namespace dormouse::site {

namespace {

constexpr auto table_name = "dormouse_suppression";
constexpr std::size_t reason_column = 32;
constexpr std::size_t note_column = 191;

suppression suppression_of(const row& r) {
    return {r.text(0), r.text(1), r.text(2), base::from_epoch_ms(r.number(3).value_or(0))};
}

/// Two users may have written the same address differently.
using hashed_users = std::multimap<std::string, std::int64_t>;

hashed_users users_by_hash(connection& c, const std::string& table, const std::vector<std::int64_t>& users) {
    hashed_users out;
    for (const auto& r : c.query("SELECT ID, user_email FROM `" + table + "` WHERE ID IN (" + number_list(users) + ")"))
        out.emplace(hash_address(r.text(1)), r.number(0).value_or(0));
    return out;
}

/// Hexadecimal digits only, so they stand in the text.
std::string quoted_keys(const hashed_users& users) {
    std::string out;
    for (const auto& [hash, user] : users) out.append(out.empty() ? "'" : ",'").append(hash).append("'");
    return out;
}

std::string fitted(const std::string& text, std::size_t characters) {
    return fit_text(text, {charset::utf8mb4, static_cast<std::size_t>(-1), characters});
}

}  // namespace

std::optional<suppression> suppressions::find(connection& c, const std::string& table, std::string_view address_hash) {
    const auto rows = c.query(
        "SELECT address_hash, reason, note, created_at FROM `" + table + "` WHERE address_hash = ?", {address_hash});
    if (rows.empty()) return std::nullopt;
    return suppression_of(rows.front());
}

base::awaitable<base::result<std::optional<suppression>>> suppressions::find(std::string address_hash,
                                                                             base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), hash = std::move(address_hash)](
            connection& c) -> base::result<std::optional<suppression>> { return find(c, table, hash); },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<std::int64_t>>> suppressions::among(std::vector<std::int64_t> users,
                                                                             base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), people = tables_of(pool_).users,
         users = std::move(users)](connection& c) -> base::result<std::vector<std::int64_t>> {
            std::vector<std::int64_t> out;
            const auto by_hash = users_by_hash(c, people, users);
            if (by_hash.empty()) return out;
            for (const auto& r : c.query("SELECT address_hash FROM `" + table + "` WHERE address_hash IN (" +
                                         quoted_keys(by_hash) + ")")) {
                const auto [first, last] = by_hash.equal_range(r.text(0));
                for (const auto& [hash, user] : std::ranges::subrange{first, last}) out.push_back(user);
            }
            return out;
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<bool>> suppressions::add(suppression s, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), s = std::move(s)](connection& c) -> base::result<bool> {
            const auto reason = fitted(s.reason, reason_column);
            const auto note = fitted(s.note, note_column);
            return c.execute("INSERT IGNORE INTO `" + table +
                                 "` (address_hash, reason, note, created_at) VALUES (?, ?, ?, ?)",
                             {std::string_view{s.address_hash}, std::string_view{reason}, std::string_view{note},
                              base::to_epoch_ms(s.created_at)}) == 1;
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<bool>> suppressions::remove(std::string address_hash, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), hash = std::move(address_hash)](connection& c) -> base::result<bool> {
            return c.execute("DELETE FROM `" + table + "` WHERE address_hash = ?", {std::string_view{hash}}) == 1;
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<suppression>>> suppressions::list(int limit_rows, int offset,
                                                                           base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), limit_rows, offset](connection& c) -> base::result<std::vector<suppression>> {
            std::vector<suppression> out;
            for (const auto& r : c.query("SELECT address_hash, reason, note, created_at FROM `" + table +
                                             "` ORDER BY created_at DESC, address_hash LIMIT ? OFFSET ?",
                                         {std::int64_t{limit_rows}, std::int64_t{offset}}))
                out.push_back(suppression_of(r));
            return out;
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
