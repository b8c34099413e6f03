#pragma once
// What each answer of the grant endpoint means: the table of spec 3-jobs B2 as pure functions. The operator's form of
// the table is docs/kinds/grant.md.

#include "base/error.hpp"
#include "base/random.hpp"
#include "jobs/api/rows.hpp"
#include "jobs/grant/args.hpp"

#include <string>

namespace dormouse::jobs::grant {

using namespace std::chrono_literals;

/// How long a grant that fails is tried.
inline constexpr base::ms longest_trying = 24h;
/// Success by its status and something else by its body: a maintenance page, a firewall's, a PHP notice.
inline constexpr int most_bad_answers = 3;
inline constexpr int most_conflicts = 10;
/// The plugin that owns the route is switched off.
inline constexpr base::ms longest_without_route = 1h;
inline constexpr base::ms route_pause = 5min;

/// The result to keep with the job, {user_id, term_id, key, date_end, status, external_id, date_start?}, if the answer
/// is what the contract promises. errc::protocol says what is not. Never quotes the body: it may hold the access code.
[[nodiscard]] base::result<std::string> read_grant(const api::answer& said, const grant_args& args);

/// `past` takes up what the next attempt must know and ends in the outcome's state.
[[nodiscard]] api::verdict decide(const api::ended_call& call, const grant_args& args, api::memory past,
                                  base::random_source& random);

}  // namespace dormouse::jobs::grant
