#include "cli/app.hpp"

#include "base/redact.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "config/values.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>
#include <span>

namespace dormouse::cli {

namespace {

constexpr const char* footer = R"(Example:
  dormouse enqueue webhook-delivery --args '{"hook_id":7,"event":"test","payload":"{}"}' --wait
  dormouse queues
  dormouse jobs list --state dead

Exit codes: 0 done, 1 failed, 2 wrong command line or configuration, 3 no such job, key or queue, 4 Redis or the
database cannot be reached. `dormouse COMMAND --help` tells more about a command; so does docs/cli.md.)";

void describe(CLI::App& app, context& ctx) {
    app.name("dormouse");
    app.footer(footer);
    app.require_subcommand(1);
    // Options of the whole program may also stand behind the command.
    app.fallthrough();
    app.add_option("--config", ctx.config_file, "The configuration")->envname("DORMOUSE_CONFIG")->capture_default_str();
    app.add_flag("--verbose", ctx.verbose, "Also log what happens, to standard error");
    add_worker(app, ctx);
    add_scheduler(app, ctx);
    add_run(app, ctx);
    add_enqueue(app, ctx);
    add_queues(app, ctx);
    add_jobs(app, ctx);
    add_retry(app, ctx);
    add_cancel(app, ctx);
    add_pause(app, ctx);
    add_resume(app, ctx);
    add_schedules(app, ctx);
    add_scan(app, ctx);
    add_explain(app, ctx);
    add_simulate(app, ctx);
    add_letters(app, ctx);
    add_migrate(app, ctx);
    add_config(app, ctx);
    add_bench(app, ctx);
    add_version(app, ctx);
}

/// How far the words name commands, and the first word that should name one and does not.
struct way {
    const CLI::App* command;
    std::string path = "dormouse";
    std::string_view stray{};
};

/// Without option groups, which are nameless subcommands to CLI11.
std::vector<const CLI::App*> subcommands(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App* s) { return !s->get_name().empty(); });
}

way follow(const CLI::App& app, std::span<const char* const> words) {
    way w{&app};
    bool is_value = false;
    for (const std::string_view word : words) {
        const bool skip = is_value || word.starts_with('-');
        is_value = word == "--config";
        const auto deeper = subcommands(*w.command);
        if (skip || deeper.empty()) continue;
        const auto it =
            std::find_if(deeper.begin(), deeper.end(), [&](const auto* s) { return s->get_name() == word; });
        if (it == deeper.end()) {
            w.stray = word;
            return w;
        }
        w.command = *it;
        w.path += " " + w.command->get_name();
    }
    return w;
}

/// "there is no command 'quues'. Did you mean 'queues'?"
std::string no_command(const way& w) {
    std::vector<std::string> names;
    for (const auto* const sub : subcommands(*w.command)) names.push_back(sub->get_name());
    const auto near = config::nearest(w.stray, names);
    return "there is no command '" + w.path + " " + std::string{w.stray} + "'." +
           (near.empty() ? std::string{} : " Did you mean '" + std::string{near} + "'?");
}

exit_code explain(const CLI::App& app, const CLI::ParseError& e, std::span<const char* const> words,
                  const context& ctx) {
    if (e.get_exit_code() == 0) return static_cast<exit_code>(app.exit(e, ctx.out, ctx.err));
    const auto w = follow(app, words);
    ctx.err << "dormouse: " << base::redact(w.stray.empty() ? std::string{e.what()} : no_command(w)) << "\nSee `"
            << w.path << " --help`.\n";
    return exit_code::usage;
}

exit_code parse_and_run(int argc, const char* const* argv, context& ctx) {
    CLI::App app{"Job queue worker and scheduler beside a WordPress site."};
    describe(app, ctx);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return explain(app, e, std::span{argv, static_cast<std::size_t>(argc)}.subspan(1), ctx);
    }
    return ctx.chosen();
}

}  // namespace

exit_code run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    context ctx{.chosen = {}, .out = out, .err = err};
    try {
        auto code = parse_and_run(argc, argv, ctx);
        if (!out.flush()) {
            err << "dormouse: standard output cannot be written\n";
            if (code == exit_code::ok) code = exit_code::failed;
        }
        return code;
    } catch (const base::failure& e) {
        return report(ctx, e.get());
    } catch (const std::exception& e) {
        err << "dormouse: " << base::redact(e.what()) << '\n';
        return exit_code::failed;
    }
}

}  // namespace dormouse::cli
