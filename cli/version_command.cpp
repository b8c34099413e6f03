// dormouse version: what exactly is running, for reports of faults.
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/version.hpp"

#include <openssl/crypto.h>
#include <boost/json/object.hpp>
#include <boost/version.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

constexpr const char* example = R"(Example:
  dormouse version --json)";

std::string boost_version() {
    return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) + "." +
           std::to_string(BOOST_VERSION % 100);
}

exit_code show_version(const context& ctx, bool as_json) {
    const std::string compiler = __VERSION__;
    const std::string openssl = OpenSSL_version(OPENSSL_VERSION_STRING);
    if (as_json)
        print_json(ctx, {{"version", version},
                         {"compiler", compiler},
                         {"libraries", {{"boost", boost_version()}, {"openssl", openssl}, {"cli11", CLI11_VERSION}}}});
    else
        ctx.out << "dormouse " << version << "\ncompiler: " << compiler << "\nlibraries: Boost " << boost_version()
                << ", OpenSSL " << openssl << ", CLI11 " << CLI11_VERSION << '\n';
    return exit_code::ok;
}

}  // namespace

void add_version(CLI::App& app, context& ctx) {
    app.set_version_flag("--version", std::string{"dormouse "} + std::string{version});
    auto* const sub = app.add_subcommand("version", "Print the version, the compiler and the libraries");
    const auto as_json = std::make_shared<bool>(false);
    sub->add_flag("--json", *as_json, "Print JSON");
    sub->footer(example);
    sub->callback([as_json, &ctx] { ctx.chosen = [as_json, &ctx] { return show_version(ctx, *as_json); }; });
}

}  // namespace dormouse::cli
