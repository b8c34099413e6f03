#include "jobs/wallet_charge/answer.hpp"

#include "jobs/contact.hpp"
#include "net/retry_after.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace dormouse::jobs::wallet_charge {

namespace {

namespace json = boost::json;

// After the first refusal; the last one ends the charge.
constexpr std::array<base::ms, 4> dunning_steps{24h, 72h, 120h, 168h};
// After an outage the steps that were missed do not follow at once.
constexpr base::ms least_between_dunning = 12h;

constexpr const char* no_funds = "insufficient_funds";

base::ms random_between(base::ms low, base::ms high, base::random_source& random) {
    return base::ms{
        static_cast<std::int64_t>(random.uniform(static_cast<double>(low.count()), static_cast<double>(high.count())))};
}

std::string about(const ended_attempt& a) { return "charge " + a.args.key + ": " + api::describe(a.answer); }

/// The wallet confirms exactly what was asked for.
bool confirms(const ended_attempt& a) {
    const auto& answer = a.answer;
    return answer.text("status") == "completed" && !answer.text("transaction_id").empty() &&
           answer.integer("amount") == a.args.amount && answer.text("project_id") == a.args.project;
}

// Nobody knows whether money moved: the same key again, for as long as the wallet surely remembers it.
decision unsure(const ended_attempt& a, std::string reason) {
    decision d;
    d.standing = a.before;
    d.standing.unsure_since = a.before.unsure_since.value_or(a.sent_at);
    d.outcome = queue::retry(std::move(reason), about(a), sent_of(a.answer.exchange));
    return d;
}

/// The attempt moved no money: the doubt is what it was before it.
decision harmless(const ended_attempt& a, queue::outcome o) {
    decision d;
    d.standing = a.before;
    d.standing.note = o.reason;
    d.outcome = std::move(o);
    return d;
}

decision parked(const ended_attempt& a, std::string reason) {
    auto d = harmless(a, queue::dead(reason, about(a), queue::sent::answered));
    d.standing.state = site::charge_state::ended;
    return d;
}

decision alarmed(decision d, std::string text) {
    d.alert = std::move(text);
    return d;
}

decision unreached(const ended_attempt& a) {
    const bool too_long = a.first_failure && a.now - *a.first_failure >= longest_unreachable;
    if (too_long) return alarmed(parked(a, "unreachable"), "the wallet could not be reached for 7 days");
    return harmless(
        a, queue::retry(std::string{net::to_string(a.answer.exchange.failed)}, about(a), queue::sent::not_sent));
}

// A refusal is an answer, so there is no doubt left; the next request goes under a key of its own.
decision refused_for_lack_of_funds(const ended_attempt& a) {
    decision d;
    d.standing = a.before;
    d.standing.unsure_since.reset();
    d.standing.refused_at = a.before.refused_at.value_or(a.now);
    const auto step = static_cast<std::size_t>(std::clamp(a.before.dunning, 0, 100));
    if (step >= dunning_steps.size()) {
        d.standing.state = site::charge_state::ended;
        d.standing.note = no_funds;
        d.outcome = queue::dead(
            no_funds,
            "charge " + a.args.key + ": refused " + std::to_string(step + 1) + " times in " +
                std::to_string(std::chrono::duration_cast<std::chrono::days>(a.now - *d.standing.refused_at).count()) +
                " days",
            queue::sent::answered);
        return alarmed(std::move(d), "the funds did not come within the dunning time");
    }
    d.standing.state = site::charge_state::refused;
    d.standing.dunning = static_cast<int>(step) + 1;
    const auto due =
        std::max(*d.standing.refused_at + dunning_steps.at(step), step == 0 ? a.now : a.now + least_between_dunning);
    d.outcome = queue::defer(due, no_funds,
                             about(a) + "; dunning " + std::to_string(step + 1) + " of " +
                                 std::to_string(dunning_steps.size()) + " on " + base::to_iso8601(due));
    d.standing.note = no_funds;
    return d;
}

decision in_progress(const ended_attempt& a, base::random_source& random) {
    auto d = unsure(a, "in_progress");
    auto m = read_memory(a.state);
    ++m.conflicts;
    d.look = m.conflicts >= most_conflicts;
    if (m.conflicts <= most_conflicts) {
        const auto planned = random_between(1s, 10s, random);
        d.outcome.when = a.now + net::obey_retry_after(planned, a.answer.retry_after, net::longest_retry_after, random);
    }
    d.outcome.state = to_state(m);
    return d;
}

// 429 is said before anything is done, so it costs neither certainty nor an attempt.
decision rate_limited(const ended_attempt& a, base::random_source& random) {
    auto m = read_memory(a.state);
    if (!m.limited_since) m.limited_since = a.now;
    if (a.now - *m.limited_since >= longest_rate_limit)
        return alarmed(parked(a, "rate_limited"), "the wallet has asked to wait for 24 hours");
    const auto wait = net::obey_retry_after(30s + random_between(0s, 10s, random), a.answer.retry_after,
                                            net::longest_retry_after, random);
    auto d = harmless(a, queue::defer(a.now + wait, "rate_limited", about(a)));
    d.outcome.state = to_state(m);
    return d;
}

decision key_refused(const ended_attempt& a, base::random_source& random) {
    auto d = harmless(a, queue::defer(a.now + random_between(60s, 120s, random), "unauthorized", about(a)));
    d.refused_us = true;
    return d;
}

decision overloaded(const ended_attempt& a, base::random_source& random) {
    auto d = unsure(a, "server_error");
    if (a.answer.status() == 503 && a.answer.retry_after)
        d.outcome.when = a.now + net::obey_retry_after(2s, a.answer.retry_after, sure_window, random);
    return d;
}

decision refused(const ended_attempt& a) {
    const auto word = a.answer.text("error");
    return parked(a, word == "wallet_not_found" ? "wallet_not_found" : "refused");
}

decision answered(const ended_attempt& a, base::random_source& random) {
    const int status = a.answer.status();
    switch (status) {
        case 200:
        case 201: {
            if (confirms(a))
                return settled(a.args, a.before, std::string{a.answer.text("transaction_id")},
                               a.answer.integer("balance_after"));
            auto d = unsure(a, "unconfirmed");
            d.look = true;
            return d;
        }
        case 401:
        case 403: return key_refused(a, random);
        case 402: return refused_for_lack_of_funds(a);
        case 408:
        case 425: return unsure(a, "try_again");
        case 409: return in_progress(a, random);
        case 422: return alarmed(parked(a, "key_reused"), "the wallet knows this key with other facts");
        case 429: return rate_limited(a, random);
        default: break;
    }
    if (status >= 500) return overloaded(a, random);
    if (status >= 400) return refused(a);
    return unsure(a, "bad_answer");
}

}  // namespace

std::string wire_key(std::string_view charge_key, int dunning) {
    std::string key{charge_key};
    if (dunning > 0) key += "_d" + std::to_string(dunning);
    return key;
}

memory read_memory(std::string_view state) {
    memory m;
    boost::system::error_code bad;
    const auto value = json::parse({state.data(), state.size()}, bad);
    if (bad || !value.is_object()) return m;
    const auto number = [&](std::string_view name) -> std::int64_t {
        const auto* v = value.get_object().if_contains(name);
        return v != nullptr && v->is_int64() ? v->get_int64() : 0;
    };
    m.conflicts = static_cast<int>(std::clamp<std::int64_t>(number("conflicts"), 0, 1'000'000));
    if (const auto since = number("limited_since"); since > 0) m.limited_since = base::from_epoch_ms(since);
    return m;
}

std::string to_state(const memory& m) {
    json::object o;
    if (m.conflicts > 0) o["conflicts"] = m.conflicts;
    if (m.limited_since) o["limited_since"] = base::to_epoch_ms(*m.limited_since);
    return o.empty() ? std::string{} : json::serialize(o);
}

decision decide(const ended_attempt& a, base::random_source& random) {
    const auto& e = a.answer.exchange;
    if (e.progress == net::progress::answered) return answered(a, random);
    if (e.progress == net::progress::not_sent) return unreached(a);
    return unsure(a, std::string{net::to_string(e.failed)});
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

site::charge_standing reopened(site::charge_standing s) {
    if (s.state != site::charge_state::ended) return s;
    s.state = site::charge_state::open;
    if (s.note == no_funds) ++s.dunning;
    return s;
}

bool is_window_over(const site::charge_standing& s, base::time_ms now) noexcept {
    return s.unsure_since && now - *s.unsure_since >= sure_window;
}

decision unknown_for_good(const charge_args& args, const site::charge_standing& before) {
    decision d;
    d.standing = before;
    d.standing.state = site::charge_state::ended;
    d.standing.note = "charge_unknown";
    d.outcome = queue::dead("charge_unknown",
                            "charge " + args.key +
                                ": no clear answer for 23 hours, and the wallet's transactions do not show it; look "
                                "into the wallet before you charge again under a new key",
                            queue::sent::maybe);
    d.alert = "nobody knows whether the money moved";
    return d;
}

}  // namespace dormouse::jobs::wallet_charge
