#include "site/schema.hpp"

#include "base/log.hpp"
#include "site/connection.hpp"
#include "site/migrations.hpp"
#include "site/pool.hpp"
#include "site/table_shape.hpp"

#include <algorithm>
#include <map>

namespace dormouse::site {

namespace {
constexpr int lock_patience_seconds = 30;

struct applied_step {
    std::string name;
    base::time_ms at;
};
using applied_steps = std::map<int, applied_step>;

/// Held from construction to destruction; the server frees it if the connection is lost. Server-wide, so the name
/// carries the prefix; two sites with one prefix merely take turns. At most 64 characters (MySQL).
class migration_lock {
public:
    migration_lock(connection& c, const std::string& prefix, base::deadline limit)
        : connection_{c}, name_{"dormouse_migrate_" + prefix} {
        // A statement may not outlast its session's bound, which is tighter than the patience.
        const auto end = limit.at_most(std::chrono::seconds{lock_patience_seconds});
        while (!try_once())
            if (end.is_reached())
                throw base::failure{{base::errc::unavailable, "another `dormouse migrate` is running"}};
    }
    ~migration_lock() {
        try {
            (void)connection_.query("SELECT RELEASE_LOCK(?)", {std::string_view{name_}});
        } catch (const base::failure&) {
            connection_.close();
        }
    }
    migration_lock(const migration_lock&) = delete;
    migration_lock& operator=(const migration_lock&) = delete;

private:
    bool try_once() {
        return connection_.query("SELECT GET_LOCK(?, 1)", {std::string_view{name_}}).at(0).number(0) == 1;
    }

    connection& connection_;
    std::string name_;
};

applied_steps read_applied(connection& c, const std::string& ledger) {
    applied_steps out;
    try {
        for (const auto& r : c.query("SELECT version, name, applied_at FROM `" + ledger + "`"))
            out[static_cast<int>(r.number(0).value_or(0))] = {r.text(1), base::from_epoch_ms(r.number(2).value_or(0))};
    } catch (const base::failure& e) {
        if (e.get() != base::errc::not_found) throw;
    }
    return out;
}

std::vector<migration> pending(const applied_steps& applied) {
    std::vector<migration> out;
    std::ranges::copy_if(migrations(), std::back_inserter(out),
                         [&](const migration& m) { return !applied.contains(m.version); });
    return out;
}

void refuse_newer(const applied_steps& applied) {
    const int known = migrations().back().version;
    if (applied.empty() || applied.rbegin()->first <= known) return;
    throw base::failure{{base::errc::conflict, "the tables are at version " + std::to_string(applied.rbegin()->first) +
                                                   ", this program knows " + std::to_string(known) +
                                                   ": install the newer Dormouse"}};
}

void apply(connection& c, const migration& m, const std::string& prefix, base::time_ms now) {
    c.execute(with_prefix(m.sql, prefix));
    c.execute("INSERT IGNORE INTO `" + prefix + "dormouse_schema` (version, name, applied_at) VALUES (?, ?, ?)",
              {std::int64_t{m.version}, m.name, base::to_epoch_ms(now)});
    base::log::info("site.schema.applied", {{"version", m.version}, {"name", m.name}, {"prefix", prefix}});
}

std::vector<int> apply_pending(connection& c, const std::string& prefix, base::time_ms now, base::deadline limit) {
    const auto ledger = prefix + "dormouse_schema";
    const migration_lock turn{c, prefix, limit};
    auto applied = read_applied(c, ledger);
    refuse_newer(applied);
    const auto missing = pending(applied);
    if (!missing.empty()) c.execute(with_prefix(ledger_sql(), prefix));
    std::vector<int> out;
    for (const auto& m : missing) {
        apply(c, m, prefix, now);
        out.push_back(m.version);
    }
    return out;
}

std::vector<migration_state> all_states(const applied_steps& applied) {
    std::map<int, migration_state> states;
    for (const auto& m : migrations()) states[m.version] = {m.version, std::string{m.name}, {}};
    for (const auto& [version, step] : applied) states[version] = {version, step.name, step.at};
    std::vector<migration_state> out;
    out.reserve(states.size());
    for (auto& [version, state] : states) out.push_back(std::move(state));
    return out;
}

std::string pending_sql(const applied_steps& applied, const std::string& prefix) {
    refuse_newer(applied);
    const auto missing = pending(applied);
    if (missing.empty()) return {};
    auto out = with_prefix(ledger_sql(), prefix) + ";\n";
    for (const auto& m : missing)
        out +=
            "-- " + std::to_string(m.version) + " " + std::string{m.name} + "\n" + with_prefix(m.sql, prefix) + ";\n";
    return out;
}
}  // namespace

base::awaitable<base::result<std::vector<migration_state>>> schema::status(base::deadline limit) {
    co_return co_await pool_.run(
        [ledger = pool_.table("dormouse_schema")](connection& c) -> base::result<std::vector<migration_state>> {
            return all_states(read_applied(c, ledger));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::vector<int>>> schema::migrate(base::deadline limit) {
    const auto now = clock_.now();
    auto done = co_await pool_.run(
        [prefix = pool_.settings().prefix, now, limit](connection& c) -> base::result<std::vector<int>> {
            return apply_pending(c, prefix, now, limit);
        },
        limit, on_loss::repeat);
    pool_.shapes().forget();
    co_return done;
}

base::awaitable<base::result<std::string>> schema::dry_run(base::deadline limit) {
    co_return co_await pool_.run(
        [prefix = pool_.settings().prefix](connection& c) -> base::result<std::string> {
            return pending_sql(read_applied(c, prefix + "dormouse_schema"), prefix);
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
