#include "site/site_users.hpp"

#include "site/connection.hpp"
#include "site/table_shape.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>

namespace dormouse::site {

namespace {
constexpr std::int64_t page_of_rows = 100'000;
// The database's comparison ignores case (and more), PHP's does not.
constexpr auto is_status = "m.meta_key = 'wpm_status' AND BINARY m.meta_key = 'wpm_status'";

void require_users(connection& c, const tables& t) {
    for (const auto* table : {&t.users, &t.usermeta})
        if (!t.shapes->of(c, *table)->exists())
            throw base::failure{
                {base::errc::not_found, "there is no table " + *table +
                                            ": the users of a network lie in the tables of its first site, which "
                                            "site.database.users_table and site.database.usermeta_table must name"}};
}
}  // namespace

user_standing read_user(connection& c, const tables& t, std::int64_t user_id) {
    require_users(c, t);
    user_standing out;
    out.exists = !c.query("SELECT ID FROM `" + t.users + "` WHERE ID = ?", {user_id}).empty();
    const auto status = c.query("SELECT m.meta_value FROM `" + t.usermeta + "` m WHERE m.user_id = ? AND " + is_status +
                                    " ORDER BY m.umeta_id LIMIT 1",
                                {user_id});
    if (!status.empty()) out.status = status.front().text(0);
    return out;
}

void user_ids::add(std::int64_t id) {
    if (!stretches_.empty() && stretches_.back().last + 1 == id)
        stretches_.back().last = id;
    else
        stretches_.push_back({id, id});
}

bool user_ids::contains(std::int64_t id) const {
    const auto beyond = std::ranges::upper_bound(stretches_, id, {}, &stretch::first);
    return beyond != stretches_.begin() && id <= std::prev(beyond)->last;
}

user_ids read_users(connection& c, const tables& t) {
    require_users(c, t);
    user_ids out;
    std::int64_t last = 0;
    for (std::int64_t rows = page_of_rows; rows == page_of_rows;) {
        rows = 0;
        c.each("SELECT ID FROM `" + t.users + "` WHERE ID > " + std::to_string(last) + " ORDER BY ID LIMIT " +
                   std::to_string(page_of_rows),
               [&](std::span<const std::int64_t> r) {
                   ++rows;
                   out.add(last = r[0]);
               });
    }
    return out;
}

std::vector<std::int64_t> read_blocked(connection& c, const tables& t) {
    require_users(c, t);
    std::vector<std::int64_t> out;
    c.each("SELECT DISTINCT m.user_id FROM `" + t.usermeta + "` m WHERE " + is_status +
               " AND BINARY m.meta_value = 'inactive' AND NOT EXISTS (SELECT f.umeta_id FROM `" + t.usermeta +
               "` f WHERE f.user_id = m.user_id AND f.meta_key = 'wpm_status' AND BINARY f.meta_key = 'wpm_status' "
               "AND f.umeta_id < m.umeta_id) ORDER BY m.user_id",
           [&](std::span<const std::int64_t> r) { out.push_back(r[0]); });
    return out;
}

}  // namespace dormouse::site
