#pragma once
// An HTTP exchange in the queue's words, for outcomes of all kinds that call out.

#include "net/http_client.hpp"
#include "queue/outcome.hpp"

#include <string_view>

namespace dormouse::jobs {

/// What the far end may have seen (spec 3-jobs B0.1).
[[nodiscard]] queue::sent sent_of(const net::exchange& e) noexcept;

/// Whom the exchange with `url` called and what it says about the target's health (spec 3-jobs B0.5). A fault of the
/// URL or a header, and a cancellation, say nothing.
[[nodiscard]] queue::contact contact_of(const net::exchange& e, std::string_view url);

}  // namespace dormouse::jobs
