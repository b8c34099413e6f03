#pragma once
// Standard Webhooks, symmetric form `v1`: https://www.standardwebhooks.com. Pure.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::webhook_delivery {

/// Name of the fact that is delivered: the same for every attempt, and for another job about the same fact.
/// `msg_` + job id; with an idempotency key `msg_` + 26 hex digits of sha256(site "|" key). Only [A-Za-z0-9_-].
[[nodiscard]] std::string webhook_id(std::string_view site, std::string_view job_id, std::string_view idempotency_key);

/// The bytes of a secret: what follows `whsec_`, if that is base64 of 24 to 64 bytes; else the text as it is.
[[nodiscard]] std::string key_bytes(const base::secret& secret);

/// True for a secret that starts with `whsec_` and yet is used as text: its owner probably meant something else.
[[nodiscard]] bool looks_mistyped(const base::secret& secret);

/// Value of `webhook-signature`: a signature by each secret that is not empty, the current one first, separated by a
/// space. Empty if there is no secret. Signs `id "." seconds "." body`.
[[nodiscard]] std::string signature(const base::secret& current, const base::secret& previous, std::string_view id,
                                    base::time_ms at, std::string_view body);

/// Whole seconds since the epoch, rounded down: value of `webhook-timestamp`.
[[nodiscard]] std::string timestamp(base::time_ms at);

}  // namespace dormouse::jobs::webhook_delivery
