// dormouse explain: why a student is a sleeper of a level, or is none.
#include "cli/commands.hpp"
#include "cli/site_session.hpp"
#include "cli/sleeper_print.hpp"
#include "cli/values.hpp"
#include "scheduler/reminders/setting.hpp"
#include "site/pool.hpp"
#include "site/reminders.hpp"
#include "site/sleepers.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse explain --user 42 --level 7
  dormouse explain --user 42 --level 7 --as-of 2026-12-01 --json

Every rule in its order, with the rows that decide it: the first that says NO is why nobody writes to the student. Of a sleeper it
tells which letter is next, and when.)";

constexpr auto longest_read = std::chrono::seconds{60};

struct words {
    std::int64_t user = 0;
    std::int64_t level = 0;
    std::string as_of;
    bool json = false;
};

/// Which letter is next, by the planner that plans them.
base::awaitable<> add_next_letter(site::pool& pool, const config::settings& s, explained& e, base::deadline limit) {
    if (!e.verdict.is_sleeper) co_return;
    const auto setting = co_await scheduler::read_setting(pool, s.scheduler, limit);
    site::reminders ledger{pool};
    const auto rows = co_await ledger.of_users({e.facts.user_id}, limit);
    if (!setting || !rows) {
        e.next_unknown = setting ? rows.error().message() : setting.error().message();
        co_return;
    }
    const auto level = setting->levels.find(e.facts.term_id);
    const auto lapse = site::parse_day(e.verdict.lapse);
    if (level == setting->levels.end() || !lapse) co_return;
    const auto time_of_day = base::system_clock().now() - scheduler::day_of(base::system_clock().now());
    const scheduler::sleep_cycle cycle{e.facts.user_id, e.facts.term_id, *lapse};
    e.next = scheduler::next_letter(cycle, *rows, level->second, setting->options, e.as_of + time_of_day);
}

base::awaitable<exit_code> explain(site::pool& pool, const context& ctx, const config::settings& s, const words& w,
                                   site::day as_of) {
    const auto limit = base::deadline::after(longest_read);
    auto facts = co_await site::read_facts(pool, w.user, w.level, limit);
    if (!facts) co_return report_site(ctx, s.site.database, facts.error());
    const auto options = site::options_of(s.scheduler.sleepers);
    explained all{
        .facts = std::move(*facts), .verdict = {}, .rules = {}, .as_of = as_of, .next = {}, .next_unknown = {}};
    all.verdict = site::judge(all.facts, options, as_of);
    all.rules = scheduler::explain(all.facts, options, as_of);
    co_await add_next_letter(pool, s, all, limit);
    if (w.json)
        print_json(ctx, to_json(all));
    else
        print(ctx.out, all);
    co_return exit_code::ok;
}

exit_code run(const context& ctx, const words& w) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    const auto as_of = day_or_today("--as-of", w.as_of);
    if (!as_of) return report(ctx, as_of.error());
    return with_site(ctx, settings->site.database,
                     [&](site::pool& pool) { return explain(pool, ctx, *settings, w, *as_of); });
}

}  // namespace

void add_explain(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("explain", "Tell why a student is a sleeper of a level, or is none");
    const auto w = std::make_shared<words>();
    sub->add_option("--user", w->user, "The user's id")->required()->check(CLI::PositiveNumber);
    sub->add_option("--level", w->level, "The level's id (term_id)")->required()->check(CLI::PositiveNumber);
    sub->add_option("--as-of", w->as_of, "As of this UTC day instead of today");
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(example);
    sub->callback([w, &ctx] { ctx.chosen = [w, &ctx] { return run(ctx, *w); }; });
}

}  // namespace dormouse::cli
