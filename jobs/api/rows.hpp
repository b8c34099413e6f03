#pragma once
// The rows that the answer tables of grant, licence and wallet have in common (spec 3-jobs B2 to B4). A kind's table
// picks among them and adds its own. Pure.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "jobs/api/call.hpp"
#include "jobs/api/memory.hpp"
#include "queue/outcome.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::api {

using namespace std::chrono_literals;

/// A server that does nothing but ask us to wait is given up after this.
inline constexpr base::ms longest_wait = 24h;

/// For kinds whose windows of time decide when a job is given up, not a number of attempts.
inline constexpr int no_limit_of_attempts = 100'000;

/// A call that has ended, and what a table may look at beside the answer.
struct ended_call {
    const answer& said;
    std::string subject;  ///< Whom it was about, for people: `grant crm-17`. No secret, no address of a person.
    base::time_ms now;    ///< When it ended, in the queue's time.
    std::optional<base::time_ms> first_failure{};
};

/// What a table makes of an answer.
struct verdict {
    queue::outcome outcome;
    std::optional<std::string> alert{};  ///< A person must look.
};

/// `<subject>: HTTP 503: maintenance`
[[nodiscard]] std::string about(const ended_call& c);

/// Uniform in [low, high).
[[nodiscard]] base::ms random_between(base::ms low, base::ms high, base::random_source& random);

/// Dead; with an alert if `alert` is not empty.
[[nodiscard]] verdict parked(const ended_call& c, std::string reason, std::string alert = {});

/// Again after the kind's backoff, until `longest` after the job's first failure: then dead, `out_of_time`, with an
/// alert. A fault of our own URL or header does not heal: dead, `bad_target`.
[[nodiscard]] verdict repeated(const ended_call& c, std::string reason, base::ms longest);

/// 409 and the like: somebody is still at it. Again after U(low, high), or when Retry-After asks; counted in
/// `past` as `conflicts`.
[[nodiscard]] verdict in_progress(const ended_call& c, memory& past, base::ms low, base::ms high,
                                  base::random_source& random);

/// 429 and 503: deferred, which spends no attempt, for at least `least` and as long as Retry-After asks. After
/// `longest_wait` of nothing else: dead, with an alert. `past` remembers the beginning as `waiting_since`, which the
/// table must forget at any other answer.
[[nodiscard]] verdict told_to_wait(const ended_call& c, memory& past, std::string reason, base::ms least,
                                   base::random_source& random);

/// 401 and 403: it is our key and not this job. Deferred for a minute or two; `kind_pause` counts them.
[[nodiscard]] verdict key_refused(const ended_call& c, base::random_source& random);

/// The kind is held (`kind_pause`) until then: deferred a little longer, so that not all its jobs ask at once. Keeps
/// the job's `state`.
[[nodiscard]] queue::outcome held(base::time_ms until, std::string why, std::string state, base::random_source& random);

/// Why a call that got no status line failed, as an outcome's reason: `timeout`, `connect`, ….
[[nodiscard]] std::string failure_of(const ended_call& c);

}  // namespace dormouse::jobs::api
