#pragma once
// What becomes of a charge that an answer alone does not settle: what the wallet's transactions make of it, and when
// it is given up (spec 3-jobs B4, "reconcile", `charge_unknown`). Pure.

#include "jobs/wallet_charge/answer.hpp"
#include "jobs/wallet_charge/transactions.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::wallet_charge {

/// When a person is told that the transactions cannot be read, and when the job gives up.
inline constexpr base::ms blind_until_alert = 1h;
inline constexpr base::ms longest_blind = 7 * 24h;

/// How long a request without an answer may be under way before it reaches the wallet: proxies keep one for minutes.
inline constexpr base::ms late_arrival = 10min;

/// A decision that asked for a look, after it. An end waits for requests that may still arrive.
[[nodiscard]] decision resolved(const ended_attempt& a, decision d, const search_result& seen);

/// An attempt that has not sent anything and does not know whether it may.
struct unsent_attempt {
    const charge_args& args;
    const site::charge_standing& before;
    base::time_ms now;
    std::string_view state;  ///< As of `ended_attempt`.
};

/// What the look of `step::look` or `step::look_send` ends the attempt with; empty = nothing is in the way of sending.
[[nodiscard]] std::optional<decision> seen_first(const unsent_attempt& a, step s, const search_result& seen);

/// `step::stay` and `step::wait`: nothing is sent, and nothing changes.
[[nodiscard]] queue::outcome still_ended(const unsent_attempt& a);
[[nodiscard]] queue::outcome not_due(const unsent_attempt& a);

/// Limits that the producer gave its job.
struct job_limits {
    bool last_attempt = false;  ///< A retry would be the end of the job.
    std::optional<base::time_ms> expire;
};

/// The job would end in doubt, because it comes back too late: this attempt must find out what it can.
[[nodiscard]] bool expires_in_doubt(const decision& d, const job_limits& limits, base::time_ms due);

/// Its end, after a look: found, or known to nobody.
[[nodiscard]] decision expired(const unsent_attempt& a, const decision& d, const search_result& seen);

/// A number of attempts does not end a doubt: the retry that would be one too many becomes a defer until `due`.
[[nodiscard]] decision outlasting(decision d, const job_limits& limits, base::time_ms due);

}  // namespace dormouse::jobs::wallet_charge
