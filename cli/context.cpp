#include "cli/context.hpp"

#include "base/log.hpp"
#include "base/redact.hpp"
#include "config/load.hpp"
#include "scheduler/plan.hpp"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace dormouse::cli {

std::optional<config::settings> load_settings(const context& ctx) {
    auto loaded = config::load(ctx.config_file, scheduler::check);
    if (loaded.problems.empty()) return std::move(loaded.settings);
    for (const auto& p : loaded.problems) ctx.err << p.message() << '\n';
    return std::nullopt;
}

void configure_quiet_log(const context& ctx) {
    using namespace base::log;
    configure({.least = ctx.verbose ? level::debug : level::off, .form = format::human, .file = {}});
}

exit_code report(const context& ctx, const base::error& e) {
    ctx.err << "dormouse: " << base::redact(e.detail.empty() ? e.message() : e.detail) << '\n';
    return exit_code_of(e);
}

void print_json(const context& ctx, const boost::json::value& v) { ctx.out << boost::json::serialize(v) << '\n'; }

}  // namespace dormouse::cli
