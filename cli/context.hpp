#pragma once
// What every command shares: where the configuration is, where words go, and the command that was chosen. Data goes to
// standard output, everything else to standard error, so that output can be piped.

#include "base/error.hpp"
#include "cli/exit_code.hpp"
#include "config/settings.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace dormouse::cli {

/// Lives in main. Commands set `chosen` while the command line is parsed; it runs afterwards.
struct context {
    std::string config_file = "/etc/dormouse/dormouse.yaml";
    bool verbose = false;  ///< Also log what happens, to standard error.
    std::function<exit_code()> chosen;
    std::ostream& out;
    std::ostream& err;
};

/// Reads the configuration. Nothing if there are problems: then all of them have been printed, one a line, and the
/// exit code is `usage`.
[[nodiscard]] std::optional<config::settings> load_settings(const context& ctx);

/// The log of commands that end by themselves: nothing but what the command says, unless --verbose.
void configure_quiet_log(const context& ctx);

/// Prints the error, without anything secret, and gives its exit code.
exit_code report(const context& ctx, const base::error& e);

/// One JSON text and a line feed.
void print_json(const context& ctx, const boost::json::value& v);

}  // namespace dormouse::cli
