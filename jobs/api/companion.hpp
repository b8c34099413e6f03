#pragma once
// Asking the companion plugin, for the kinds that need the site's own word: subscriptions, rendered letters.

#include "config/settings.hpp"
#include "jobs/api/call.hpp"

#include <string_view>

namespace dormouse::jobs::api {

/// A GET of `<root><path>` with the plugin's key; 10 s in all.
[[nodiscard]] request companion_request(const config::companion_settings& s, std::string_view path);

}  // namespace dormouse::jobs::api
