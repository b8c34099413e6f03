#pragma once
// The subcommands. Each has a file of its own, which adds its words to the command line and, when it is the chosen
// one, puts what is to be done into the context. Both arguments outlive parsing and running.

namespace CLI {
class App;
}

namespace dormouse::cli {

struct context;

void add_bench(CLI::App& app, context& ctx);
void add_cancel(CLI::App& app, context& ctx);
void add_config(CLI::App& app, context& ctx);
void add_enqueue(CLI::App& app, context& ctx);
void add_explain(CLI::App& app, context& ctx);
void add_jobs(CLI::App& app, context& ctx);
void add_letters(CLI::App& app, context& ctx);
void add_migrate(CLI::App& app, context& ctx);
void add_pause(CLI::App& app, context& ctx);
void add_queues(CLI::App& app, context& ctx);
void add_resume(CLI::App& app, context& ctx);
void add_retry(CLI::App& app, context& ctx);
void add_run(CLI::App& app, context& ctx);
void add_scan(CLI::App& app, context& ctx);
void add_scheduler(CLI::App& app, context& ctx);
void add_schedules(CLI::App& app, context& ctx);
void add_simulate(CLI::App& app, context& ctx);
void add_suppressions(CLI::App& letters, context& ctx);  ///< Below `letters`.
void add_version(CLI::App& app, context& ctx);
void add_worker(CLI::App& app, context& ctx);

}  // namespace dormouse::cli
