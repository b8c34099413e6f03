#include "jobs/wallet_charge/answer.hpp"

#include "jobs/api/rows.hpp"
#include "jobs/contact.hpp"
#include "net/retry_after.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace dormouse::jobs::wallet_charge {

namespace {

namespace json = boost::json;

api::ended_call call_of(const ended_attempt& a) {
    return {.said = a.answer, .subject = "charge " + a.args.key, .now = a.now};
}

std::string about(const ended_attempt& a) { return api::about(call_of(a)); }

/// The wallet confirms exactly what was asked for.
bool confirms(const ended_attempt& a) {
    const auto& answer = a.answer;
    const auto currency = answer.text("currency");
    return answer.text("status") == "completed" && !answer.text("transaction_id").empty() &&
           answer.integer("amount") == a.args.amount && answer.text("project_id") == a.args.project &&
           (currency.empty() || currency == a.args.currency);
}

bool is_wallets_word(const ended_attempt& a) { return !a.answer.text("error").empty(); }

void note_doubt(const ended_attempt& a, decision& d) {
    d.standing.unsure_since = a.before.unsure_since.value_or(a.sent_at);
}

// Nobody knows whether money moved: the same key again, for as long as the wallet surely remembers it.
decision unsure(const ended_attempt& a, std::string reason) {
    decision d;
    d.standing = a.before;
    note_doubt(a, d);
    d.outcome = queue::retry(std::move(reason), about(a), sent_of(a.answer.exchange));
    return d;
}

// The attempt moved no money: the doubt is what it was before it. An end is none yet where an earlier request may have
// charged.
decision harmless(const ended_attempt& a, api::verdict v) {
    decision d;
    d.standing = a.before;
    d.standing.note = v.outcome.reason;
    if (v.outcome.what == queue::outcome::verb::dead) {
        d.standing.state = site::charge_state::ended;
        if (a.before.unsure_since) d.look = look::must;
    }
    d.outcome = std::move(v.outcome);
    d.alert = std::move(v.alert);
    return d;
}

decision parked(const ended_attempt& a, std::string reason, std::string alert = {}) {
    return harmless(a, api::parked(call_of(a), std::move(reason), std::move(alert)));
}

decision unreached(const ended_attempt& a, api::memory& past) {
    if (a.now - past.since("unreached_since", a.now) >= longest_unreachable)
        return parked(a, "unreachable", "the wallet could not be reached for 7 days");
    return harmless(a, {queue::retry(api::failure_of(call_of(a)), about(a), queue::sent::not_sent)});
}

decision out_of_dunning(const ended_attempt& a, decision d) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(a.now - *d.standing.refused_at).count();
    d.standing.state = site::charge_state::ended;
    d.look = look::must;
    d.outcome = queue::dead(no_funds,
                            "charge " + a.args.key + ": refused " + std::to_string(a.before.dunning + 1) +
                                " times in " + std::to_string(days) + " days",
                            queue::sent::answered);
    d.alert = "the funds did not come within the dunning time";
    return d;
}

// A refusal ends the doubt and opens a key of its own, unless an earlier request under the old one is what emptied the
// wallet: some look at the balance before they look for the key.
decision refused_for_lack_of_funds(const ended_attempt& a) {
    decision d;
    d.standing = a.before;
    d.standing.note = no_funds;
    d.standing.unsure_since.reset();
    d.standing.refused_at = a.before.refused_at.value_or(a.now);
    const int step = std::max(a.before.dunning, 0) + 1;
    if (step > dunning_steps) return out_of_dunning(a, std::move(d));
    d.standing.state = site::charge_state::refused;
    d.standing.dunning = step;
    d.look = a.before.unsure_since ? look::must : look::may;
    const auto due = std::max(next_request(d.standing), step == 1 ? a.now : a.now + least_between_dunning);
    d.outcome = queue::defer(due, no_funds,
                             about(a) + "; dunning " + std::to_string(step) + " of " + std::to_string(dunning_steps) +
                                 " on " + base::to_iso8601(due));
    return d;
}

decision in_progress(const ended_attempt& a, api::memory& past, base::random_source& random) {
    auto d = unsure(a, "in_progress");
    const auto soon = api::in_progress(call_of(a), past, 1s, 10s, random).outcome.when;
    const int conflicts = past.count("conflicts");
    if (conflicts >= most_conflicts) d.look = look::may;
    if (conflicts <= most_conflicts) d.outcome.when = soon;
    return d;
}

// A firewall that does not like the wallet's answer says 403, too: after the charge.
decision key_refused(const ended_attempt& a, base::random_source& random) {
    auto d = harmless(a, api::key_refused(call_of(a), random));
    if (a.answer.status() == 403 && !is_wallets_word(a)) note_doubt(a, d);
    return d;
}

decision overloaded(const ended_attempt& a, base::random_source& random) {
    auto d = unsure(a, "server_error");
    if (a.answer.status() == 503 && a.answer.retry_after)
        d.outcome.when = a.now + net::obey_retry_after(2s, a.answer.retry_after, sure_window, random);
    return d;
}

// That the wallet knows the key although the facts are always the same may mean that it has made the charge.
decision key_reused(const ended_attempt& a) {
    auto d = parked(a, "key_reused", "the wallet knows this key with other facts");
    d.look = look::must;
    return d;
}

decision confirmed(const ended_attempt& a) {
    if (confirms(a))
        return settled(a.args, a.before, std::string{a.answer.text("transaction_id")},
                       a.answer.integer("balance_after"));
    auto d = unsure(a, "unconfirmed");
    d.look = look::may;
    return d;
}

decision refused(const ended_attempt& a) {
    const auto word = a.answer.text("error");
    if (a.answer.status() == 402) return word == no_funds ? refused_for_lack_of_funds(a) : unsure(a, "bad_answer");
    if (word.empty()) return unsure(a, "bad_answer");
    if (a.answer.status() == 422) return key_reused(a);
    return parked(a, word == "wallet_not_found" ? "wallet_not_found" : "refused");
}

decision answered(const ended_attempt& a, api::memory& past, base::random_source& random) {
    const int status = a.answer.status();
    switch (status) {
        case 200:
        case 201: return confirmed(a);
        case 401:
        case 403: return key_refused(a, random);
        case 408:
        case 425: return unsure(a, "try_again");
        case 409: return in_progress(a, past, random);
        // Said before anything is done, so it costs neither certainty nor an attempt.
        case 429: return harmless(a, api::told_to_wait(call_of(a), past, "rate_limited", 30s, random));
        default: break;
    }
    if (status >= 500) return overloaded(a, random);
    if (status >= 400) return refused(a);
    return unsure(a, "bad_answer");
}

}  // namespace

decision decide(const ended_attempt& a, base::random_source& random) {
    const auto& e = a.answer.exchange;
    const bool unsent = e.progress == net::progress::not_sent;
    api::memory past{a.state};
    if (a.answer.status() != 429) past.forget("waiting_since");
    if (!unsent) past.forget("unreached_since");
    past.forget("blind_since");
    past.forget("told");
    auto d = unsent                                  ? unreached(a, past)
             : e.progress == net::progress::answered ? answered(a, past, random)
                                                     : unsure(a, api::failure_of(call_of(a)));
    d.outcome.state = past.state();
    return d;
}

decision settled(const charge_args& args, const site::charge_standing& before, std::string transaction_id,
                 std::optional<std::int64_t> balance_after) {
    decision d;
    d.standing = before;
    d.standing.state = site::charge_state::charged;
    d.standing.unsure_since.reset();
    d.standing.transaction_id = std::move(transaction_id);
    d.standing.balance_after = balance_after;
    d.standing.note.clear();
    json::object result{{"transaction_id", d.standing.transaction_id},
                        {"project_id", args.project},
                        {"amount", args.amount},
                        {"currency", args.currency},
                        {"charge_key", args.key},
                        {"dunning", before.dunning}};
    if (balance_after) result["balance_after"] = *balance_after;
    d.outcome = queue::done(json::serialize(result));
    return d;
}

}  // namespace dormouse::jobs::wallet_charge
