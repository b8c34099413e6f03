// dormouse letters list, show, resolve.
#include "base/ulid.hpp"
#include "cli/commands.hpp"
#include "cli/letter_print.hpp"
#include "cli/queue_session.hpp"
#include "cli/site_session.hpp"
#include "scheduler/reminders/letter_job.hpp"
#include "scheduler/reminders/setting.hpp"

#include <boost/json/array.hpp>

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

constexpr const char* example = R"(Example:
  dormouse letters list --state in_doubt
  dormouse letters show 4711
  dormouse letters resolve 4711 --again
  dormouse letters suppress anna@example.org --note "asked by phone"

docs/letters.md tells what each state means and what to do about it.)";

constexpr const char* list_example = R"(Example:
  dormouse letters list
  dormouse letters list --state in_doubt --json
  dormouse letters list --user 42 --level 7

The newest come first.)";

constexpr const char* show_example = R"(Example:
  dormouse letters show 4711 --json)";

constexpr const char* resolve_example = R"(Example:
  dormouse letters resolve 4711 --sent
  dormouse letters resolve 4711 --again
  dormouse letters resolve 4711 --never

A letter in doubt may have arrived: look for its message id in the log of the mail server first.)";

constexpr auto longest_call = std::chrono::seconds{30};

base::deadline limit() { return base::deadline::after(longest_call); }

// --- list -----------------------------------------------------------------------------------------------------

struct list_words {
    std::string state;
    std::int64_t user = -1;
    std::int64_t level = 0;
    std::int64_t before = 0;
    int limit = 50;
    bool json = false;
};

site::letter_filter filter_of(const list_words& w) {
    site::letter_filter f;
    f.state = site::parse_letter_state(w.state);
    if (w.user >= 0) f.user_id = w.user;
    if (w.level > 0) f.term_id = w.level;
    if (w.before > 0) f.before = w.before;
    f.limit = w.limit;
    return f;
}

base::awaitable<exit_code> list(site::pool& pool, const context& ctx, const config::settings& s, list_words w) {
    site::reminders ledger{pool};
    const auto rows = co_await ledger.list(filter_of(w), limit());
    if (!rows) co_return report_site(ctx, s.site.database, rows.error());
    const bool more = static_cast<int>(rows->size()) == w.limit;
    if (w.json) {
        json::array all;
        for (const auto& r : *rows) all.push_back(to_json(r));
        print_json(ctx, {{"letters", std::move(all)}, {"next", more ? json::value(rows->back().id) : json::value{}}});
        co_return exit_code::ok;
    }
    if (rows->empty())
        ctx.err << "no letters\n";
    else
        print_letters(ctx.out, *rows);
    if (more) ctx.err << "there may be more: --before " << rows->back().id << '\n';
    co_return exit_code::ok;
}

// --- show -----------------------------------------------------------------------------------------------------

struct show_words {
    std::int64_t id = 0;
    bool json = false;
};

base::awaitable<exit_code> show(site::pool& pool, const context& ctx, const config::settings& s, show_words w) {
    site::reminders ledger{pool};
    const auto row = co_await ledger.find(w.id, limit());
    if (!row) co_return report_site(ctx, s.site.database, row.error());
    if (!*row) co_return report(ctx, {base::errc::not_found, "there is no letter " + std::to_string(w.id)});
    const auto job = scheduler::job_of(s, **row, base::system_clock().now()).id;
    if (w.json) {
        auto out = to_json(**row);
        out["job_id"] = job;
        print_json(ctx, out);
    } else {
        print_letter(ctx.out, **row, job);
    }
    co_return exit_code::ok;
}

// --- resolve --------------------------------------------------------------------------------------------------

struct resolve_words {
    std::int64_t id = 0;
    bool sent = false;
    bool again = false;
    bool never = false;
    std::string by;
    bool json = false;
};

/// Who says so, for the ledger.
std::string speaker(const std::string& given) {
    if (!given.empty()) return given;
    for (const auto* name : {"SUDO_USER", "USER"})
        if (const auto* const who = std::getenv(name); who != nullptr && *who != '\0') return who;
    return "an operator";
}

/// A letter, and when it may go.
struct letter_to_go {
    site::reminder letter;
    std::vector<site::opening> openings;
};

base::awaitable<exit_code> resolve(site::pool& pool, const context& ctx, const config::settings& s, resolve_words w,
                                   letter_to_go& out) {
    site::reminders ledger{pool};
    const auto now = base::system_clock().now();
    if (w.again) {
        auto openings = co_await scheduler::read_openings(pool, s.scheduler, now, limit());
        if (!openings) co_return report_site(ctx, s.site.database, openings.error());
        out.openings = std::move(*openings);
    }
    const auto what = w.sent ? site::resolution::sent : w.again ? site::resolution::again : site::resolution::never;
    auto row = co_await ledger.resolve(w.id, what, speaker(w.by), now, limit());
    if (!row) co_return report_site(ctx, s.site.database, row.error());
    out.letter = std::move(*row);
    co_return exit_code::ok;
}

/// The letter's job is dead, forgotten, or remembered as done: then another one is made. Which of several comes first
/// does not matter, since only one can claim the letter.
base::awaitable<exit_code> start_job(queue::operations& queue, const context& ctx, const config::settings& s,
                                     letter_to_go what) {
    const auto now = base::system_clock().now();
    const auto was = co_await queue.requeue(scheduler::job_of(s, what.letter, now).id);
    if (was) co_return exit_code::ok;
    if (was.error() != base::errc::not_found && was.error() != base::errc::conflict) co_return report(ctx, was.error());
    const auto envelope = scheduler::envelope_of(s, what.letter, now, what.openings, base::make_ulid(now));
    if (!envelope) co_return report(ctx, envelope.error());
    if (const auto done = co_await queue.enqueue(*envelope); !done) co_return report(ctx, done.error());
    co_return exit_code::ok;
}

exit_code resolve(const context& ctx, const resolve_words& w) {
    const auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    letter_to_go what;
    const auto said = with_site(ctx, settings->site.database,
                                [&](site::pool& pool) { return resolve(pool, ctx, *settings, w, what); });
    if (said != exit_code::ok) return said;
    const auto& letter = what.letter;
    if (w.json)
        print_json(ctx, to_json(letter));
    else
        ctx.out << "letter " << letter.id << " is " << to_string(letter.state) << " now\n";
    if (!w.again) return exit_code::ok;
    const auto started =
        with_queue(ctx, *settings, [&](queue::operations& queue) { return start_job(queue, ctx, *settings, what); });
    if (started != exit_code::ok)
        ctx.err << "dormouse: the letter waits, but its job could not be started: say `dormouse retry "
                << scheduler::job_of(*settings, letter, letter.updated_at).id << "` when Redis is back\n";
    return started;
}

// --- the command line -------------------------------------------------------------------------------------------

void add_list(CLI::App& letters, context& ctx) {
    auto* const sub = letters.add_subcommand("list", "List letters, the newest first");
    const auto w = std::make_shared<list_words>();
    sub->add_option("--state", w->state,
                    "planned, claimed, streaming, in_doubt, sent, retry, failed, suppressed, skipped")
        ->check(CLI::IsMember(
            {"planned", "claimed", "streaming", "in_doubt", "sent", "retry", "failed", "suppressed", "skipped"}));
    sub->add_option("--user", w->user, "Only to this user; 0 = digests")->check(CLI::NonNegativeNumber);
    sub->add_option("--level", w->level, "Only of this level")->check(CLI::PositiveNumber);
    sub->add_option("--limit", w->limit, "At most so many")->capture_default_str()->check(CLI::Range(1, 1000));
    sub->add_option("--before", w->before, "Only letters with smaller ids: the next page")->check(CLI::PositiveNumber);
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(list_example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            const auto s = load_settings(ctx);
            if (!s) return exit_code::usage;
            return with_site(ctx, s->site.database, [&](site::pool& pool) { return list(pool, ctx, *s, *w); });
        };
    });
}

void add_show(CLI::App& letters, context& ctx) {
    auto* const sub = letters.add_subcommand("show", "Show all that is known of a letter");
    const auto w = std::make_shared<show_words>();
    sub->add_option("ID", w->id, "The letter")->required()->check(CLI::PositiveNumber);
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(show_example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            const auto s = load_settings(ctx);
            if (!s) return exit_code::usage;
            return with_site(ctx, s->site.database, [&](site::pool& pool) { return show(pool, ctx, *s, *w); });
        };
    });
}

void add_resolve(CLI::App& letters, context& ctx) {
    auto* const sub = letters.add_subcommand("resolve", "Say what is to become of a letter");
    const auto w = std::make_shared<resolve_words>();
    sub->add_option("ID", w->id, "The letter")->required()->check(CLI::PositiveNumber);
    auto* const what = sub->add_option_group("end", "What is to become of it")->require_option(1);
    what->add_flag("--sent", w->sent, "It arrived (a letter in doubt)");
    what->add_flag("--again", w->again, "Send it again (in doubt, failed or suppressed)");
    what->add_flag("--never", w->never, "Never send it (in doubt, planned or in retry)");
    sub->add_option("--by", w->by, "Who says so; otherwise the user of this terminal");
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(resolve_example);
    sub->callback([w, &ctx] { ctx.chosen = [w, &ctx] { return resolve(ctx, *w); }; });
}

}  // namespace

void add_letters(CLI::App& app, context& ctx) {
    auto* const letters = app.add_subcommand("letters", "Look at letters to sleepers, and decide about them");
    letters->require_subcommand(1);
    letters->footer(example);
    add_list(*letters, ctx);
    add_show(*letters, ctx);
    add_resolve(*letters, ctx);
    add_suppressions(*letters, ctx);
}

}  // namespace dormouse::cli
