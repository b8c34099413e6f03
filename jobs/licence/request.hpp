#pragma once
// What the licence server is told. Pure.

#include "jobs/licence/args.hpp"
#include "jobs/licence/companion.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::licence {

/// `/wc/provision` or `/wc/subscription_period`, below the configured URL.
[[nodiscard]] std::string_view path_of(licence_step step) noexcept;

/// `provision:<site>:<subscription>:<version>`, `period:…`: of a job whose envelope has no key.
[[nodiscard]] std::string key_of(licence_step step, std::string_view site, const licence_args& args);

[[nodiscard]] std::string provision_body(std::int64_t subscription_id, const subscription& s, std::string_view site);

[[nodiscard]] std::string period_body(std::int64_t subscription_id, const billing_period& p);

/// What `jobs show` says of a job that is done.
[[nodiscard]] std::string result_of(const licence_args& args, const std::optional<billing_period>& period,
                                    std::optional<std::int64_t> updated);

}  // namespace dormouse::jobs::licence
