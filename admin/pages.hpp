#pragma once
// The table of everything the admin server answers.

#include "admin/depth_source.hpp"
#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "admin/reply.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dormouse::admin {

/// `/` (status page), `/healthz`, `/readyz`, `/metrics`, `/api/v1/depth`. All three must outlive the server.
[[nodiscard]] std::vector<route> make_routes(health& h, metrics_page& m, depth_source& d);

/// What the status page reads. Ages are whole milliseconds, null if there is nothing that could be old.
[[nodiscard]] std::string depth_json(const queue::site_depth& depth);

/// The status page: one self-contained HTML text (admin/status.html).
[[nodiscard]] std::string_view status_html() noexcept;

}  // namespace dormouse::admin
