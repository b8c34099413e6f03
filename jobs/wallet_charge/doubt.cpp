#include "jobs/wallet_charge/doubt.hpp"

#include "jobs/api/memory.hpp"

namespace dormouse::jobs::wallet_charge {

namespace {

using site::charge_standing;
using site::charge_state;

// Never a new key after that.
decision unknown_for_good(const charge_args& args, const charge_standing& before, const std::string& why) {
    decision d;
    d.standing = before;
    d.standing.state = charge_state::ended;
    d.standing.note = "charge_unknown";
    d.outcome = queue::dead(
        "charge_unknown",
        "charge " + args.key + ": " + why + "; look into the wallet before you charge again under a new key",
        queue::sent::maybe);
    d.alert = "nobody knows whether the money moved";
    return d;
}

// Nothing was in doubt, so nothing is: but no new key without a look.
decision never_looked(const charge_args& args, const charge_standing& before, const std::string& trouble) {
    decision d;
    d.standing = before;
    d.standing.state = charge_state::ended;
    d.standing.note = "unreconciled";
    d.outcome = queue::dead("unreconciled", "charge " + args.key + ": " + trouble);
    d.alert = "a new key was not used, because the wallet's transactions could not be read for 7 days";
    return d;
}

decision unreconciled(const unsent_attempt& a, const charge_standing& standing, const std::string& trouble) {
    api::memory past{a.state};
    const auto blind = a.now - past.since("blind_since", a.now);
    if (blind >= longest_blind)
        return standing.unsure_since ? unknown_for_good(a.args, standing, trouble)
                                     : never_looked(a.args, standing, trouble);
    decision d;
    d.standing = standing;
    d.outcome = queue::retry("unreconciled", "charge " + a.args.key + ": " + trouble, queue::sent::nothing);
    if (blind >= blind_until_alert && past.add("told") == 1)
        d.alert = "a charge waits for a look into the wallet's transactions, and they cannot be read: " + trouble;
    d.outcome.state = past.state();
    return d;
}

bool may_still_arrive(const ended_attempt& a) {
    return a.before.unsure_since && a.now - *a.before.unsure_since < late_arrival;
}

decision held_back(const ended_attempt& a, const queue::outcome& o) {
    decision d;
    d.standing = a.before;
    d.outcome = queue::retry_at(*a.before.unsure_since + late_arrival, o.reason,
                                o.detail + "; an earlier request may still arrive", queue::sent::answered);
    d.outcome.state = o.state;
    return d;
}

}  // namespace

decision resolved(const ended_attempt& a, decision d, const search_result& seen) {
    if (seen.found) return settled(a.args, a.before, seen.transaction_id, seen.balance_after);
    if (seen.complete) {
        const bool early = d.outcome.what == queue::outcome::verb::dead && may_still_arrive(a);
        return early ? held_back(a, d.outcome) : d;
    }
    if (d.look != look::must) {
        d.outcome.detail += "; " + seen.trouble;
        return d;
    }
    auto standing = a.before;
    standing.unsure_since = a.before.unsure_since.value_or(a.sent_at);
    const auto said = d.outcome.reason + ", but an earlier request may have charged, and " + seen.trouble;
    return unreconciled({a.args, a.before, a.now, a.state}, standing, said);
}

std::optional<decision> seen_first(const unsent_attempt& a, step s, const search_result& seen) {
    if (seen.found) return settled(a.args, a.before, seen.transaction_id, seen.balance_after);
    if (!seen.complete) return unreconciled(a, a.before, seen.trouble);
    if (s == step::look)
        return unknown_for_good(a.args, a.before,
                                "no clear answer for 23 hours, and the wallet's transactions do not show it");
    return std::nullopt;
}

queue::outcome still_ended(const unsent_attempt& a) {
    return queue::dead(a.before.note.empty() ? "ended" : a.before.note,
                       "charge " + a.args.key + " was given up already; retry the job to open it again");
}

queue::outcome not_due(const unsent_attempt& a) {
    const auto due = next_request(a.before);
    auto o = queue::defer(due, "not_due", "charge " + a.args.key + ": asked again on " + base::to_iso8601(due));
    o.state = a.state;
    return o;
}

bool expires_in_doubt(const decision& d, const job_limits& limits, base::time_ms due) {
    using verb = queue::outcome::verb;
    const bool again = d.outcome.what == verb::retry || d.outcome.what == verb::defer;
    return again && d.standing.unsure_since && limits.expire && due >= *limits.expire;
}

decision expired(const unsent_attempt& a, const decision& d, const search_result& seen) {
    if (seen.found) return settled(a.args, a.before, seen.transaction_id, seen.balance_after);
    auto why = "the job expires without a clear answer (" + d.outcome.reason + "), and " +
               (seen.complete ? std::string{"the wallet's transactions do not show the charge"} : seen.trouble);
    return unknown_for_good(a.args, d.standing, why);
}

decision outlasting(decision d, const job_limits& limits, base::time_ms due) {
    if (!limits.last_attempt || d.outcome.what != queue::outcome::verb::retry || !d.standing.unsure_since) return d;
    d.outcome.what = queue::outcome::verb::defer;
    d.outcome.when = due;
    return d;
}

}  // namespace dormouse::jobs::wallet_charge
