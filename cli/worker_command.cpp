// dormouse worker: takes jobs from the queue and runs them, until told to stop.
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/worker_service.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse worker --config /etc/dormouse/dormouse.yaml
  systemctl enable --now dormouse-worker@1

SIGTERM drains: no new jobs, running attempts get worker.drain to end, the rest goes back to the queue unharmed.
A second SIGTERM ends the process at once. SIGHUP reads the signing keys again. More throughput is more instances.)";

exit_code work(const context& ctx, const std::string& instance) {
    auto settings = load_settings(ctx);
    if (!settings) return exit_code::usage;
    base::log::configure(
        {ctx.verbose ? base::log::level::debug : settings->log.level, settings->log.format, settings->log.file});
    settings->admin.listen = listen_of_instance(settings->admin.listen, instance);
    return run_worker(std::move(*settings), ctx.config_file);
}

}  // namespace

void add_worker(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("worker", "Run jobs until told to stop");
    const auto instance = std::make_shared<std::string>();
    sub->add_option("--instance", *instance,
                    "Name of this one among several on the machine; a number moves the port of admin.listen");
    sub->footer(example);
    sub->callback([instance, &ctx] { ctx.chosen = [instance, &ctx] { return work(ctx, *instance); }; });
}

}  // namespace dormouse::cli
