// dormouse migrate: brings our tables in the site's database up to date.
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/site_session.hpp"
#include "cli/table.hpp"
#include "site/pool.hpp"
#include "site/schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

constexpr const char* example = R"(Example:
  dormouse migrate --status
  dormouse migrate --dry-run | less
  dormouse migrate

Needs a database account that may CREATE tables with the site's prefix; the worker itself runs with far fewer rights
(docs/install.md). Safe to run again, and from several places at once.)";

constexpr auto longest_run = std::chrono::minutes{5};

struct words {
    bool dry_run = false;
    bool status = false;
    bool json = false;
};

void print_status(const context& ctx, const std::vector<site::migration_state>& states, bool as_json) {
    json::array list;
    table t{{{"VERSION", align::right}, {"NAME"}, {"APPLIED"}}};
    for (const auto& s : states) {
        const auto applied = s.applied_at ? base::to_iso8601(*s.applied_at) : std::string{};
        list.emplace_back(json::object{{"version", s.version},
                                       {"name", s.name},
                                       {"applied_at", applied.empty() ? json::value{} : json::value(applied)}});
        t.add({std::to_string(s.version), s.name, applied.empty() ? "pending" : applied});
    }
    if (as_json)
        print_json(ctx, {{"migrations", std::move(list)}});
    else
        t.print(ctx.out, stdout_is_terminal());
}

base::awaitable<base::result<void>> run(site::schema& schema, const context& ctx, words w) {
    const auto limit = base::deadline::after(longest_run);
    if (w.status) {
        const auto states = co_await schema.status(limit);
        if (!states) co_return states.error();
        print_status(ctx, *states, w.json);
    } else if (w.dry_run) {
        const auto sql = co_await schema.dry_run(limit);
        if (!sql) co_return sql.error();
        if (w.json)
            print_json(ctx, {{"sql", *sql}});
        else
            ctx.out << *sql;
        if (sql->empty() && !w.json) ctx.err << "nothing to do\n";
    } else {
        const auto applied = co_await schema.migrate(limit);
        if (!applied) co_return applied.error();
        if (w.json)
            print_json(ctx, {{"applied", json::value_from(*applied)}});
        else if (applied->empty())
            ctx.out << "nothing to do\n";
        else
            ctx.out << "applied " << applied->size() << (applied->size() == 1 ? " migration" : " migrations")
                    << ", now at version " << applied->back() << '\n';
    }
    co_return base::result<void>{};
}

base::awaitable<exit_code> migrate(site::pool& pool, const context& ctx, const config::database_settings& database,
                                   const words& w) {
    site::schema schema{pool};
    const auto ended = co_await run(schema, ctx, w);
    co_return ended ? exit_code::ok : report_site(ctx, database, ended.error());
}

exit_code migrate(const context& ctx, const words& w) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    const auto& database = settings->site.database;
    return with_site(ctx, database, [&](site::pool& pool) { return migrate(pool, ctx, database, w); });
}

}  // namespace

void add_migrate(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("migrate", "Bring Dormouse's tables in the site's database up to date");
    const auto w = std::make_shared<words>();
    auto* const dry = sub->add_flag("--dry-run", w->dry_run, "Print the SQL and change nothing");
    sub->add_flag("--status", w->status, "List the steps and when they were applied")->excludes(dry);
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(example);
    sub->callback([w, &ctx] { ctx.chosen = [w, &ctx] { return migrate(ctx, *w); }; });
}

}  // namespace dormouse::cli
