#pragma once
// The scheduler of a process, with all duties: the one place where they are composed.

#include "cli/exit_code.hpp"
#include "cli/service.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <memory>

namespace dormouse::cli {

/// Must not outlive the service. Throws `base::failure` when a part cannot be made (the Redis URL is none).
[[nodiscard]] std::unique_ptr<service_part> make_scheduler(service& of);

/// A process that is a scheduler and nothing else (service.hpp); its pages are at `scheduler.listen`.
[[nodiscard]] exit_code run_scheduler(config::settings settings, std::filesystem::path config_file);

/// A worker and a scheduler in one process; their pages are at `admin.listen`.
[[nodiscard]] exit_code run_both(config::settings settings, std::filesystem::path config_file);

}  // namespace dormouse::cli
