#pragma once
// One command's conversation with the site's database: connections are made on first use, SIGINT and SIGTERM cancel the
// command, which then ends in order.

#include "base/async/awaitable.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "config/settings.hpp"

#include <functional>

namespace dormouse::site {
class pool;
}

namespace dormouse::cli {

/// Called once. Not itself a coroutine: it calls one and returns what that returned.
using site_command = std::function<base::awaitable<exit_code>(site::pool&)>;

/// Runs the command on an event loop of its own, to completion.
[[nodiscard]] exit_code with_site(const context& ctx, const config::database_settings& database,
                                  const site_command& command);

/// Prints the error; where the database cannot be reached, with its place.
exit_code report_site(const context& ctx, const config::database_settings& database, const base::error& e);

}  // namespace dormouse::cli
