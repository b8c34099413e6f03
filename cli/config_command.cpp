// dormouse config check, dormouse config schema.
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/table.hpp"
#include "config/describe.hpp"
#include "config/load.hpp"
#include "scheduler/plan.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

constexpr const char* example = R"(Example:
  dormouse config check
  dormouse --config ./dormouse.yaml config check --json
  dormouse config schema > dormouse.schema.json)";

constexpr const char* check_example = R"(Example:
  dormouse config check
  dormouse config check --json | jq .settings.worker

Prints the settings in force, defaults included and secrets blanked. Problems are told as file:line:column: key: text,
and the exit code is 2.)";

constexpr const char* schema_example = R"(Example:
  dormouse config schema > dormouse.schema.json

For editors that check YAML while you type (JSON Schema 2020-12).)";

json::object to_json(const config::problem& p) {
    return {{"file", p.file}, {"line", p.line}, {"column", p.column}, {"path", p.path}, {"text", p.text}};
}

/// `worker.slots: 256`, one line a setting.
void print_flat(std::ostream& out, const std::string& path, const json::value& v) {
    const auto* const object = v.if_object();
    if (object == nullptr || object->empty()) {
        out << path << ": " << printable(json::serialize(v)) << '\n';
        return;
    }
    for (const auto& [name, inner] : *object)
        print_flat(out, (path.empty() ? "" : path + ".") + std::string{name}, inner);
}

exit_code check(const context& ctx, bool as_json) {
    const auto loaded = config::load(ctx.config_file, scheduler::check);
    const bool good = loaded.problems.empty();
    if (as_json) {
        json::array problems;
        for (const auto& p : loaded.problems) problems.emplace_back(to_json(p));
        print_json(ctx, {{"valid", good},
                         {"problems", std::move(problems)},
                         {"settings", good ? json::value(config::to_json(loaded.settings)) : json::value{}}});
    } else if (good) {
        print_flat(ctx.out, "", config::to_json(loaded.settings));
        ctx.err << ctx.config_file << " is valid\n";
    } else {
        for (const auto& p : loaded.problems) ctx.err << p.message() << '\n';
    }
    return good ? exit_code::ok : exit_code::usage;
}

}  // namespace

void add_config(CLI::App& app, context& ctx) {
    auto* const sub = app.add_subcommand("config", "Check the configuration, or print its schema");
    sub->require_subcommand(1);
    sub->footer(example);

    auto* const checks = sub->add_subcommand("check", "Check the configuration and print what is in force");
    const auto as_json = std::make_shared<bool>(false);
    checks->add_flag("--json", *as_json, "Print JSON");
    checks->footer(check_example);
    checks->callback([as_json, &ctx] { ctx.chosen = [as_json, &ctx] { return check(ctx, *as_json); }; });

    auto* const schema = sub->add_subcommand("schema", "Print the JSON Schema of the configuration");
    schema->footer(schema_example);
    schema->callback([&ctx] {
        ctx.chosen = [&ctx] {
            ctx.out << config::json_schema() << '\n';
            return exit_code::ok;
        };
    });
}

}  // namespace dormouse::cli
