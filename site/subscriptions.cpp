#include "site/subscriptions.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"

#include <string>

namespace dormouse::site {

namespace {

constexpr auto table_name = "dormouse_subscription";

void note_version(connection& c, const std::string& table, licence_step step, std::int64_t id, std::int64_t version,
                  std::int64_t now) {
    if (step == licence_step::period) {
        c.execute("INSERT INTO `" + table +
                      "` (subscription_id, newest_version, updated_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                      "newest_version = GREATEST(newest_version, VALUES(newest_version)), "
                      "updated_at = VALUES(updated_at)",
                  {id, version, now});
        return;
    }
    c.execute("INSERT INTO `" + table +
                  "` (subscription_id, newest_provision, provisioning_at, updated_at) VALUES (?, ?, ?, ?) "
                  "ON DUPLICATE KEY UPDATE newest_provision = GREATEST(newest_provision, VALUES(newest_provision)), "
                  "provisioning_at = VALUES(provisioning_at), updated_at = VALUES(updated_at)",
              {id, version, now, now});
}

subscription_standing read_standing(connection& c, const std::string& table, std::int64_t id) {
    const auto rows =
        c.query("SELECT newest_provision, provisioned_version, newest_version, pushed_version, provisioning_at FROM `" +
                    table + "` WHERE subscription_id = ?",
                {id});
    subscription_standing s;
    if (rows.empty()) return s;
    const auto& r = rows.front();
    s.newest_provision = r.number(0).value_or(0);
    s.provisioned = r.number(1).value_or(0);
    s.newest_period = r.number(2).value_or(0);
    s.pushed = r.number(3).value_or(0);
    if (const auto at = r.number(4); at && s.newest_provision > s.provisioned)
        s.provisioning_at = base::from_epoch_ms(*at);
    return s;
}

}  // namespace

base::awaitable<base::result<subscription_standing>> subscriptions::note(licence_step step, std::int64_t id,
                                                                         std::int64_t version, base::time_ms now,
                                                                         base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), step, id, version,
         at = base::to_epoch_ms(now)](connection& c) -> base::result<subscription_standing> {
            note_version(c, table, step, id, version, at);
            return read_standing(c, table, id);
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<void>> subscriptions::done(licence_step step, std::int64_t id, std::int64_t version,
                                                        base::time_ms now, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), step, id, version,
         at = base::to_epoch_ms(now)](connection& c) -> base::result<void> {
            if (step == licence_step::period)
                c.execute("UPDATE `" + table +
                              "` SET pushed_version = GREATEST(pushed_version, ?), updated_at = ? "
                              "WHERE subscription_id = ?",
                          {version, at, id});
            else
                c.execute("UPDATE `" + table +
                              "` SET provisioned_version = GREATEST(provisioned_version, ?), provisioned_at = ?, "
                              "updated_at = ? WHERE subscription_id = ?",
                          {version, at, at, id});
            return {};
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<void>> subscriptions::give_up_provision(std::int64_t id, std::int64_t version,
                                                                     base::time_ms now, base::deadline limit) {
    co_return co_await pool_.run(
        [table = pool_.table(table_name), id, version,
         at = base::to_epoch_ms(now)](connection& c) -> base::result<void> {
            c.execute("UPDATE `" + table +
                          "` SET provisioning_at = NULL, updated_at = ? WHERE subscription_id = ? AND "
                          "newest_provision <= ?",
                      {at, id, version});
            return {};
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
