// dormouse simulate: which letters would go on which day.
#include "cli/commands.hpp"
#include "cli/letter_print.hpp"
#include "cli/site_session.hpp"
#include "cli/values.hpp"
#include "scheduler/reminders/simulate.hpp"
#include "scheduler/sleepers/scan.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse simulate --days 14
  dormouse simulate --from 2026-12-01 --days 30 --level 7 --format csv > letters.csv

Sends nothing and writes nothing. Takes the site as it is: who renews, unsubscribes or gets a certificate meanwhile will
get fewer letters than this, and an edited level others (docs/letters.md).)";

constexpr auto longest_run = std::chrono::hours{1};

struct words {
    std::string from;
    int days = 7;
    std::int64_t level = 0;
    std::string format = "table";
};

base::awaitable<exit_code> simulate(site::pool& pool, const context& ctx, const config::settings& s, site::day from,
                                    words w) {
    const auto format = w.format == "json"  ? letter_format::json
                        : w.format == "csv" ? letter_format::csv
                                            : letter_format::table;
    scheduler::sleepers_scan scan{pool, s.scheduler.sleepers, base::system_clock()};
    scheduler::simulation future{pool, scan, s.scheduler};
    simulation_printer printer{ctx.out, format, w.level};
    const scheduler::simulation::reader print = [&printer](const auto& day) { printer.add(day); };
    const auto done = co_await future.run(std::chrono::local_days{from.time_since_epoch()}, w.days, print,
                                          base::deadline::after(longest_run));
    if (!done) co_return report_site(ctx, s.site.database, done.error());
    printer.end();
    ctx.err << printer.letters() << (printer.letters() == 1 ? " letter" : " letters") << " in " << w.days
            << (w.days == 1 ? " day" : " days") << '\n';
    co_return exit_code::ok;
}

exit_code simulate(const context& ctx, const words& w) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    const auto from = day_or_today("--from", w.from);
    if (!from) return report(ctx, from.error());
    const auto database = scheduler::database_for_scan(settings->site.database, settings->scheduler.sleepers);
    return with_site(ctx, database, [&](site::pool& pool) { return simulate(pool, ctx, *settings, *from, w); });
}

}  // namespace

void add_simulate(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("simulate", "Print which letters would go on which day, and send none");
    const auto w = std::make_shared<words>();
    sub->add_option("--from", w->from, "First day, by the site's clock; otherwise today");
    sub->add_option("--days", w->days, "So many days")
        ->capture_default_str()
        ->check(CLI::Range(1, scheduler::simulation::most_days));
    sub->add_option("--level", w->level, "Print only letters of this level")->check(CLI::PositiveNumber);
    sub->add_option("--format", w->format, "table, json or csv")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "json", "csv"}));
    sub->footer(example);
    sub->callback([w, &ctx] { ctx.chosen = [w, &ctx] { return simulate(ctx, *w); }; });
}

}  // namespace dormouse::cli
