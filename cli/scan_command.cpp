// dormouse scan: the nightly scan for sleepers, now; or only what it would find.
#include "base/process_name.hpp"
#include "cli/commands.hpp"
#include "cli/site_session.hpp"
#include "cli/sleeper_print.hpp"
#include "cli/values.hpp"
#include "scheduler/sleepers/scan.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <memory>
#include <optional>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse scan --dry-run
  dormouse scan --dry-run --level 7 --as-of 2026-12-01 --format csv > sleepers.csv
  dormouse scan

The scheduler does it every night (docs/sleepers.md). A dry run writes nothing and may go beside it.)";

struct words {
    bool dry_run = false;
    bool take_over = false;
    std::string format = "table";
    std::int64_t level = 0;
    std::string as_of;
};

std::string owner() {
    constexpr std::size_t longest = 64;
    return ("cli " + std::to_string(::getpid()) + " on " + base::host_name()).substr(0, longest);
}

void print_published(const context& ctx, const scheduler::scan_report& r, bool as_json) {
    if (as_json) {
        auto out = to_json(r);
        out["run"] = r.run;
        print_json(ctx, out);
        return;
    }
    const auto& c = r.counts;
    ctx.out << "run " << r.run << " is published: " << c.sleepers << " sleepers of " << c.levels
            << " watched levels as of " << site::to_text(r.as_of) << ", " << c.added << " new, " << c.gone << " gone; "
            << c.rows_read << " rows read in " << short_duration(r.took) << '\n';
}

/// How long either may take.
base::deadline limit_of(const config::settings& s) {
    return base::deadline::after(s.scheduler.duties.sleepers_scan.limit);
}

base::awaitable<exit_code> publish(site::pool& pool, const context& ctx, const config::settings& s, site::day as_of,
                                   const words& w) {
    scheduler::sleepers_scan scan{pool, s.scheduler.sleepers, base::system_clock()};
    const auto done = co_await scan.publish(as_of, owner(), w.take_over, limit_of(s));
    if (!done) co_return report_site(ctx, s.site.database, done.error());
    print_published(ctx, *done, w.format == "json");
    co_return exit_code::ok;
}

base::awaitable<exit_code> look(site::pool& pool, const context& ctx, const config::settings& s, site::day as_of,
                                std::optional<std::int64_t> level, sleeper_format format) {
    scheduler::sleepers_scan scan{pool, s.scheduler.sleepers, base::system_clock()};
    sleeper_printer printer{ctx.out, format, as_of};
    const scheduler::sleepers_scan::reader print = [&printer](const auto& rows) { printer.add(rows); };
    const auto done = co_await scan.look(as_of, level, print, limit_of(s));
    if (!done) co_return report_site(ctx, s.site.database, done.error());
    printer.end(*done);
    if (level && done->counts.levels == 0)
        ctx.err << "level " << *level << " is not watched, or there is no such level\n";
    co_return exit_code::ok;
}

exit_code scan(const context& ctx, const words& w) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    const auto format = w.format == "json"  ? sleeper_format::json
                        : w.format == "csv" ? sleeper_format::csv
                                            : sleeper_format::table;
    if (!w.dry_run && (w.level != 0 || !w.as_of.empty() || format == sleeper_format::csv))
        return report(ctx, {base::errc::invalid_argument,
                            "--level, --as-of and --format csv need --dry-run: a run that is published is of all "
                            "levels, as of today"});
    const auto as_of = day_or_today("--as-of", w.as_of);
    if (!as_of) return report(ctx, as_of.error());
    const auto level = w.level == 0 ? std::nullopt : std::optional{w.level};
    const auto database = scheduler::database_for_scan(settings->site.database, settings->scheduler.sleepers);
    return with_site(ctx, database, [&](site::pool& pool) {
        return w.dry_run ? look(pool, ctx, *settings, *as_of, level, format) : publish(pool, ctx, *settings, *as_of, w);
    });
}

}  // namespace

void add_scan(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("scan", "Look for students whose access ended");
    const auto w = std::make_shared<words>();
    auto* const dry = sub->add_flag("--dry-run", w->dry_run, "Print them and write nothing");
    sub->add_flag("--take-over", w->take_over, "The process that was at it is dead: go on where it stood")
        ->excludes(dry);
    sub->add_option("--format", w->format, "table, json or csv")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "json", "csv"}));
    sub->add_option("--level", w->level, "Only of this level (a dry run)")->check(CLI::PositiveNumber);
    sub->add_option("--as-of", w->as_of, "As of this UTC day instead of today (a dry run)");
    sub->footer(example);
    sub->callback([w, &ctx] { ctx.chosen = [w, &ctx] { return scan(ctx, *w); }; });
}

}  // namespace dormouse::cli
