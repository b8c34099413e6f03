#pragma once
// The worker process: builds every room's parts, starts them, and ends them in the order of house law 6.

#include "cli/exit_code.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace dormouse::cli {

/// Runs until SIGTERM or SIGINT and the drain that follows; a second signal ends the process at once. SIGHUP reads the
/// configuration again and takes over its signing keys. Throws `base::failure` when a part cannot be made (the admin
/// address is taken, the Redis URL is none).
[[nodiscard]] exit_code run_worker(config::settings settings, std::filesystem::path config_file);

/// Where instance `instance` of several on one machine serves `admin.listen`: `%i` stands for the name; otherwise a
/// port grows by one for each number after 1. An empty instance changes nothing.
[[nodiscard]] std::string listen_of_instance(std::string listen, const std::string& instance);

}  // namespace dormouse::cli
