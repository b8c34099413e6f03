#include "site/site_users.hpp"

#include "site/connection.hpp"
#include "site/sleeper_keys.hpp"
#include "site/table_shape.hpp"

namespace dormouse::site {

namespace {
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

std::vector<std::int64_t> read_existing(connection& c, const tables& t, std::span<const std::int64_t> users) {
    require_users(c, t);
    std::vector<std::int64_t> out;
    c.each("SELECT ID FROM `" + t.users + "` WHERE ID IN (" + number_list(users) + ") ORDER BY ID",
           [&](std::span<const std::int64_t> r) { out.push_back(r[0]); });
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
