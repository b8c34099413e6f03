#pragma once
// The kind `webhook-delivery`: posts a signed message about a fact of the site to a hook's URL (spec 3-jobs B1).
// Order of one attempt: read the hook as it is now, send, decide (answer.hpp), write the rows, return the outcome.

#include "jobs/handler.hpp"
#include "jobs/registry.hpp"

#include <memory>
#include <string_view>

namespace dormouse::jobs::webhook_delivery {

inline constexpr std::string_view kind_name = "webhook-delivery";

/// What `services` refers to must outlive the handler. Event loop only. A row that cannot be written is put aside by
/// `site::deliveries` and never changes the outcome: what was accepted is not sent again.
[[nodiscard]] std::unique_ptr<jobs::handler> make_handler(const services& s);

}  // namespace dormouse::jobs::webhook_delivery
