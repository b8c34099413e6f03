#pragma once
// What a job of kind `grant` says: {"email":"anna@example.com","term_id":15,"duration":6,"units":"months",
// "external_id":"lead_789","source":"amo_crm"}. It names a person and a level, never a URL. Pure.

#include "base/error.hpp"
#include "config/kind_settings.hpp"
#include "queue/limit.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::jobs::grant {

struct grant_args {
    std::string email;
    std::string first_name;
    std::string last_name;
    std::int64_t term_id = 0;
    std::int64_t duration = 0;  ///< 0 only if unlimited.
    std::string units;          ///< `days` or `months`: other spellings the site's core would fold to months.
    bool unlimited = false;
    std::string external_id;  ///< Always there: without one in the job it is `sha256:<hex>` of what is granted.
    std::string source;
    std::optional<config::grant_api> via;  ///< Empty = as configured.
};

/// Reads and checks. errc::invalid_argument names the member and what is expected.
[[nodiscard]] base::result<grant_args> read_args(const boost::json::object& args);

/// The site checks and then inserts, so one external id and one address may have one request under way each, and PHP
/// has few processes: `grant` at most `running`, then the two. None for args that cannot be read. Addresses appear as
/// hashes: names of limits are readable in Redis.
[[nodiscard]] std::vector<queue::limit> limits_of(const boost::json::object& args, int running);

}  // namespace dormouse::jobs::grant
