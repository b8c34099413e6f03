#pragma once
// The worker of a process: builds every room's parts, starts them, and ends them in the order of house law 6.

#include "cli/exit_code.hpp"
#include "cli/service.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace dormouse::cli {

/// Must not outlive the service. Throws `base::failure` when a part cannot be made (the Redis URL is none).
[[nodiscard]] std::unique_ptr<service_part> make_worker(service& of);

/// A process that is a worker and nothing else (service.hpp).
[[nodiscard]] exit_code run_worker(config::settings settings, std::filesystem::path config_file);

/// Where instance `instance` of several on one machine serves `admin.listen`: `%i` stands for the name; otherwise a
/// port grows by one for each number after 1. An empty instance changes nothing.
[[nodiscard]] std::string listen_of_instance(std::string listen, const std::string& instance);

}  // namespace dormouse::cli
