#pragma once
// What is sent for a grant. Functions of the job alone, so every attempt sends the same bytes under the same key and
// the site can recognise a repetition (spec 3-jobs B2).

#include "config/kind_settings.hpp"
#include "jobs/api/call.hpp"
#include "jobs/grant/args.hpp"

#include <string>
#include <string_view>

namespace dormouse::jobs::grant {

/// Which endpoint these args go to.
[[nodiscard]] config::grant_api endpoint_of(const grant_args& args, const config::grant_settings& s) noexcept;

/// `grant:<site>:<external id>`
[[nodiscard]] std::string idempotency_key(std::string_view site, const grant_args& args);

/// The body: the bridge's `user` and `grant`, or the order API's `customer`, `product` and `meta`.
[[nodiscard]] std::string body_of(const grant_args& args, config::grant_api endpoint);

/// The whole request; its URL is empty if that endpoint is not configured.
[[nodiscard]] api::request request_of(const grant_args& args, std::string_view site, const config::grant_settings& s);

}  // namespace dormouse::jobs::grant
