#include "site/hooks.hpp"

#include "base/log.hpp"
#include "site/connection.hpp"
#include "site/pool.hpp"
#include "site/secret_rotation.hpp"
#include "site/table_shape.hpp"
#include "site/text_column.hpp"

#include <algorithm>
#include <memory>

namespace dormouse::site {

namespace {
constexpr std::string_view every_event = "all";

struct hook_tables {
    std::string hook;
    std::string action;
    std::string own;
};

hook_tables tables_of(const pool& p) {
    return {p.table("memberlux_hook"), p.table("memberlux_hook_action"), p.table("dormouse_hook")};
}

/// How the hook's table calls its columns; a column that is not there is selected as NULL.
class hook_columns {
public:
    explicit hook_columns(const table_shape& shape)
        : url{shape.has("url") ? "url" : "destination"},
          active{shape.has("is_active") ? "is_active" : "active"},
          event{of(shape, "event")},
          name{of(shape, "name")},
          secret{of(shape, "secret")} {}

    std::string url;
    std::string active;
    std::string event;
    std::string name;
    std::string secret;

private:
    static std::string of(const table_shape& shape, const std::string& column) {
        return shape.has(column) ? "h.`" + column + "`" : "NULL";
    }
};

std::optional<base::time_ms> time_at(const row& r, std::size_t column) {
    const auto ms = r.number(column);
    return ms ? std::optional{base::from_epoch_ms(*ms)} : std::nullopt;
}

std::optional<std::int64_t> epoch(const std::optional<base::time_ms>& t) {
    return t ? std::optional{base::to_epoch_ms(*t)} : std::nullopt;
}

/// Remembers a change of the secret. The old `rotated_at` guards against a colleague who saw the change first.
void store(connection& c, const std::string& table, std::int64_t id, const remembered_secrets& before,
           const remembered_secrets& after) {
    c.execute("INSERT IGNORE INTO `" + table + "` (hook_id) VALUES (?)", {id});
    c.execute("UPDATE `" + table +
                  "` SET last_secret = ?, previous_secret = ?, rotated_at = ? "
                  "WHERE hook_id = ? AND rotated_at <=> ? AND COALESCE(last_secret, '') = ?",
              {std::string_view{after.last}, std::string_view{after.previous}, nullable(epoch(after.rotated_at)), id,
               nullable(epoch(before.rotated_at)), std::string_view{before.last}});
}

/// The secret still valid beside `present`. Failing to remember a change costs the overlap, never the delivery.
base::secret previous_secret(connection& c, const std::string& table, std::int64_t id, const std::string& present,
                             const remembered_secrets& known, base::time_ms now) {
    const auto decided = rotate(present, known, now);
    if (decided.store) {
        try {
            store(c, table, id, known, *decided.store);
        } catch (const base::failure& e) {
            if (e.get() == base::errc::connection_lost) throw;
            base::log::warn("site.hook.secret_not_remembered", {{"hook_id", id}, {"error", e.get().message()}});
        }
    }
    return base::secret{decided.previous};
}

std::vector<std::string> subscribed_events(connection& c, table_shapes& shapes, const std::string& table,
                                           std::int64_t id) {
    std::vector<std::string> events;
    const auto shape = shapes.of(c, table);
    if (!shape->has("hook_id") || !shape->has("action")) return events;
    for (const auto& r : c.query("SELECT `action` FROM `" + table + "` WHERE hook_id = ?", {id}))
        events.push_back(r.text(0));
    return events;
}

std::string select_hook(const hook_tables& t, const hook_columns& columns, bool with_own) {
    const std::string remembered = with_own ? "o.last_secret, o.previous_secret, o.rotated_at" : "NULL, NULL, NULL";
    const std::string joined = with_own ? " LEFT JOIN `" + t.own + "` o ON o.hook_id = h.id" : "";
    return "SELECT h.`" + columns.url + "`, h.`" + columns.active + "`, " + columns.event + ", " + columns.name + ", " +
           columns.secret + ", " + remembered + " FROM `" + t.hook + "` h" + joined + " WHERE h.id = ?";
}

// A site that is being restored has no table for a while; its hooks are not gone.
void require_hook_table(const table_shape& shape, const hook_tables& t) {
    if (!shape.exists()) throw base::failure{{base::errc::not_found, "there is no table " + t.hook}};
}

std::optional<hook> read_hook(connection& c, table_shapes& shapes, const hook_tables& t, std::int64_t id,
                              base::time_ms now) {
    const auto shape = shapes.of(c, t.hook);
    require_hook_table(*shape, t);
    const hook_columns columns{*shape};
    const bool with_own = shapes.if_allowed(c, t.own)->has("rotated_at");
    const auto rows = c.query(select_hook(t, columns, with_own), {id});
    if (rows.empty()) return std::nullopt;
    const auto& r = rows.front();
    hook out;
    out.id = id;
    out.url = r.text(0);
    out.active = r.number(1).value_or(0) != 0;
    out.name = r.text(3);
    out.secret = base::secret{r.text(4)};
    if (shape->has("event"))
        out.events = {r.text(2)};
    else
        out.events = subscribed_events(c, shapes, t.action, id);
    if (with_own)
        out.previous_secret = previous_secret(c, t.own, id, r.text(4), {r.text(5), r.text(6), time_at(r, 7)}, now);
    return out;
}

void switch_off(connection& c, table_shapes& shapes, const hook_tables& t, std::int64_t id, const std::string& reason,
                base::time_ms now) {
    const auto shape = shapes.of(c, t.hook);
    require_hook_table(*shape, t);
    transaction whole{c};
    c.execute("UPDATE `" + t.hook + "` SET `" + hook_columns{*shape}.active + "` = 0 WHERE id = ?", {id});
    if (shapes.if_allowed(c, t.own)->has("disabled_reason")) {
        const auto at = base::to_epoch_ms(now);
        c.execute("INSERT INTO `" + t.own +
                      "` (hook_id, disabled_reason, disabled_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                      "disabled_reason = ?, disabled_at = ?, failures = 0, first_failure_at = NULL",
                  {id, std::string_view{reason}, at, std::string_view{reason}, at});
    }
    whole.commit();
}

/// Runs `f`, and once more with fresh shapes if a table is not what it was a moment ago.
template <class F>
auto with_fresh_shapes(table_shapes& shapes, F f) {
    try {
        return f();
    } catch (const base::failure& e) {
        if (e.get() != base::errc::not_found) throw;
        shapes.forget();
    }
    return f();
}
}  // namespace

bool hook::listens_to(std::string_view event) const noexcept {
    return std::ranges::any_of(events, [&](const std::string& e) { return e == event || e == every_event; });
}

base::awaitable<base::result<std::optional<hook>>> hooks::find(std::int64_t id, base::deadline limit) {
    const auto now = clock_.now();
    co_return co_await pool_.run(
        [&shapes = pool_.shapes(), t = tables_of(pool_), id, now](connection& c) -> base::result<std::optional<hook>> {
            return with_fresh_shapes(shapes, [&] { return read_hook(c, shapes, t, id, now); });
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<void>> hooks::disable(std::int64_t id, std::string reason, base::deadline limit) {
    constexpr std::size_t reason_column = 191;
    const auto now = clock_.now();
    auto text = fit_text(reason, {charset::utf8mb4, static_cast<std::size_t>(-1), reason_column});
    co_return co_await pool_.run(
        [&shapes = pool_.shapes(), t = tables_of(pool_), id, text = std::move(text),
         now](connection& c) -> base::result<void> {
            with_fresh_shapes(shapes, [&] { switch_off(c, shapes, t, id, text, now); });
            return {};
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
