// dormouse scheduler, dormouse run: do what is due at certain times, until told to stop.
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/scheduler_service.hpp"

#include <CLI/CLI.hpp>

namespace dormouse::cli {

namespace {

constexpr const char* scheduler_example = R"(Example:
  dormouse scheduler --config /etc/dormouse/dormouse.yaml
  systemctl enable --now dormouse-scheduler

Any number of schedulers may run beside each other; each tick is fired once. SIGTERM gives the run of a duty
scheduler.drain to end; then it is cut off, and another scheduler goes on with it.)";

constexpr const char* run_example = R"(Example:
  dormouse run --config /etc/dormouse/dormouse.yaml

For a small site or a container: one process instead of dormouse-worker@1 and dormouse-scheduler. Signals mean to both
what they mean to each.)";

using serve = exit_code (*)(config::settings, std::filesystem::path);

void add_service(CLI::App* sub, context& ctx, const char* example, serve what) {
    sub->footer(example);
    sub->callback([&ctx, what] {
        ctx.chosen = [&ctx, what] {
            auto settings = load_settings(ctx);
            if (!settings) return exit_code::usage;
            base::log::configure({ctx.verbose ? base::log::level::debug : settings->log.level, settings->log.format,
                                  settings->log.file});
            return what(std::move(*settings), ctx.config_file);
        };
    });
}

}  // namespace

void add_scheduler(CLI::App& app, context& ctx) {
    add_service(app.add_subcommand("scheduler", "Do what is due at certain times, until told to stop"), ctx,
                scheduler_example, run_scheduler);
}

void add_run(CLI::App& app, context& ctx) {
    add_service(app.add_subcommand("run", "A worker and a scheduler in one process"), ctx, run_example, run_both);
}

}  // namespace dormouse::cli
