#include "jobs/reminder_email/answer.hpp"

#include "queue/retry_policy.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace dormouse::jobs::reminder_email {

namespace {

using namespace std::chrono_literals;
using net::mail_failure;
using net::mail_sent;
using net::mail_stage;
using site::letter_state;

constexpr std::array<base::ms, 6> steps{5min, 15min, 30min, 1h, 2h, 4h};
constexpr base::ms relay_pause = 1min;
constexpr base::ms longest_relay_pause = 5min;
constexpr base::ms commit_pause = 30s;

base::ms between(base::ms low, base::ms high, base::random_source& random) {
    return base::ms{
        static_cast<std::int64_t>(random.uniform(static_cast<double>(low.count()), static_cast<double>(high.count())))};
}

/// `RCPT: 550 5.1.1 no such user`
std::string told(const net::mail_answer& said) {
    std::string out{net::to_string(said.stage)};
    out += ": ";
    if (said.code != 0) out += std::to_string(said.code) + ' ';
    if (!said.enhanced.empty()) out += said.enhanced + ' ';
    if (said.text.empty()) return out.append(net::to_string(said.failure));
    return out.append(said.text);
}

queue::sent wire_of(const net::mail_answer& said) {
    if (said.sent == mail_sent::maybe) return queue::sent::maybe;
    if (said.code != 0) return queue::sent::answered;
    return said.stage == mail_stage::connect ? queue::sent::not_sent : queue::sent::maybe;
}

bool has_class(const net::mail_answer& said, std::string_view subject) {
    return said.enhanced.size() > 1 && std::string_view{said.enhanced}.substr(1).starts_with(subject);
}

site::letter_end ended(letter_state state, std::string reason) { return {.state = state, .reason = std::move(reason)}; }

queue::outcome done_as(const std::string& queue_id) {
    auto o = queue::done(boost::json::serialize(boost::json::object{{"queue_id", queue_id}}));
    o.sent = queue::sent::answered;
    return o;
}

verdict sent(const ended_dialogue& d) {
    verdict v;
    v.outcome = done_as(d.said.queue_id);
    v.end = ended(letter_state::sent, {});
    v.end.queue_id = d.said.queue_id;
    return v;
}

verdict dead(const ended_dialogue& d, std::string reason) {
    verdict v;
    v.end = ended(letter_state::failed, d.said.enhanced.empty() ? reason : reason + ' ' + d.said.enhanced);
    v.outcome = queue::dead(std::move(reason), told(d.said), wire_of(d.said));
    return v;
}

verdict dead_with_alert(const ended_dialogue& d, std::string reason) {
    auto v = dead(d, std::move(reason));
    v.alert = told(d.said);
    return v;
}

bool has_time(const course& at) { return at.now - at.first_failure.value_or(at.now) < longest_trying; }

verdict retried(const course& at, std::string reason, std::string detail, queue::sent sent,
                base::random_source& random) {
    verdict v;
    const auto when = at.now + retry_delay(at.attempt, random);
    v.end = ended(letter_state::retry, reason);
    v.end.due_at = when;
    v.outcome = queue::retry_at(when, std::move(reason), std::move(detail), sent);
    return v;
}

verdict again(const ended_dialogue& d, std::string reason, base::random_source& random) {
    if (!has_time(d.at)) return dead_with_alert(d, "out_of_time");
    return retried(d.at, std::move(reason), told(d.said), wire_of(d.said), random);
}

/// Not this letter's fault: later, and no attempt is spent.
verdict put_off(const ended_dialogue& d, std::string reason, base::ms pause) {
    verdict v;
    const auto when = d.at.now + pause;
    v.end = ended(letter_state::retry, reason);
    v.end.due_at = when;
    // A committed letter cannot be released: the ledger must hear that it was not taken.
    v.untried = d.said.stage < mail_stage::committed;
    v.outcome = queue::defer(when, std::move(reason), told(d.said));
    v.outcome.sent = wire_of(d.said);
    return v;
}

verdict relay_trouble(const ended_dialogue& d, base::random_source& random) {
    return put_off(d, "relay_unavailable", between(relay_pause, longest_relay_pause, random));
}

verdict held(const ended_dialogue& d, std::string reason, base::random_source& random) {
    auto v = put_off(d, std::move(reason), between(relay_pause, longest_relay_pause, random));
    v.hold_kind = true;
    v.alert = told(d.said);
    return v;
}

verdict in_doubt(const ended_dialogue& d, base::random_source& random) {
    if (d.doubt == config::doubt_rule::idempotent_relay && has_time(d.at)) return again(d, "in_doubt", random);
    verdict v;
    v.end = ended(letter_state::in_doubt, std::string{net::to_string(d.said.failure)});
    v.outcome = queue::dead("in_doubt", told(d.said), queue::sent::maybe);
    v.alert = "nobody knows whether this letter was sent: see `dormouse letters`";
    return v;
}

verdict judge_auth(const ended_dialogue& d, base::random_source& random) {
    if (d.said.code / 100 == 4) return again(d, "auth_unavailable", random);
    return held(d, "auth_refused", random);
}

bool is_too_big(const net::mail_answer& said) {
    return has_class(said, ".3.4") || has_class(said, ".2.3") || (said.stage == mail_stage::from && said.code == 552);
}

bool is_unknown_address(const net::mail_answer& said) {
    const bool code = said.code == 550 || said.code == 551 || said.code == 553;
    return said.stage == mail_stage::rcpt && code && said.enhanced.starts_with("5.1.");
}

/// The mailbox has no room: 552 says so without an enhanced code, too.
bool is_full(const net::mail_answer& said) {
    return has_class(said, ".2.2") || (said.code == 552 && said.enhanced.empty());
}

verdict judge_permanent(const ended_dialogue& d, base::random_source& random) {
    const auto& said = d.said;
    if (is_too_big(said)) return dead_with_alert(d, "too_big");
    if (is_full(said) || (said.code == 552 && !has_class(said, ".7."))) return again(d, "mailbox_full", random);
    if (said.stage == mail_stage::from) return held(d, "sender_refused", random);
    if (is_unknown_address(said)) {
        auto v = dead(d, "unknown_address");
        v.suppress = true;
        return v;
    }
    return dead_with_alert(d, has_class(said, ".7.") || said.code == 554 ? "policy" : "refused");
}

verdict judge_refusal(const ended_dialogue& d, base::random_source& random) {
    const auto& said = d.said;
    const bool slower = said.code == 421 || (said.code == 450 && said.enhanced.starts_with("4.7."));
    verdict v;
    if (said.code == 421 || said.stage == mail_stage::greeting || said.stage == mail_stage::connect)
        v = relay_trouble(d, random);
    else if (said.stage == mail_stage::auth)
        v = judge_auth(d, random);
    else if (said.code / 100 == 4)
        v = again(d, "try_again", random);
    else
        v = judge_permanent(d, random);
    v.slow_down = slower && (said.stage == mail_stage::rcpt || said.stage >= mail_stage::data);
    return v;
}

verdict judge_unsent(const ended_dialogue& d, base::random_source& random) {
    switch (d.said.failure) {
        case mail_failure::bad_envelope: return dead_with_alert(d, "bad_letter");
        case mail_failure::tls_verify: return held(d, "bad_certificate", random);
        case mail_failure::starttls_missing: return held(d, "starttls_missing", random);
        case mail_failure::plain_refused: return held(d, "plain_refused", random);
        case mail_failure::auth_missing: return held(d, "auth_missing", random);
        case mail_failure::commit_refused: {
            // The commit may have been done unheard, so the ledger must hear that nothing went out.
            auto v = put_off(d, d.refused_because.empty() ? "ledger_unavailable" : d.refused_because, commit_pause);
            v.untried = false;
            return v;
        }
        case mail_failure::cancelled: return put_off(d, "cancelled", base::ms{0});
        default: return relay_trouble(d, random);
    }
}

verdict decided(const ended_dialogue& d, base::random_source& random) {
    switch (d.said.sent) {
        case mail_sent::accepted: return sent(d);
        case mail_sent::maybe: return in_doubt(d, random);
        case mail_sent::refused: return judge_refusal(d, random);
        default: return judge_unsent(d, random);
    }
}

/// Whoever answers is there; what the server itself is not up to is bad.
queue::contact contact_of(const ended_dialogue& d, const verdict& v) {
    queue::contact c;
    const auto failure = d.said.failure;
    if (failure == mail_failure::bad_envelope || failure == mail_failure::cancelled ||
        failure == mail_failure::commit_refused || failure == mail_failure::plain_refused)
        return c;
    const bool trouble = v.outcome.reason == "relay_unavailable" || d.said.sent == mail_sent::maybe;
    c.health = trouble ? queue::health::bad : queue::health::good;
    if (failure == mail_failure::connect) c.failure = "connect";
    if (failure == mail_failure::tls || failure == mail_failure::tls_verify) c.failure = "tls";
    return c;
}

}  // namespace

base::ms retry_delay(int failed, base::random_source& random) { return queue::listed_backoff(steps, failed, random); }

verdict judge(const ended_dialogue& d, base::random_source& random) {
    auto v = decided(d, random);
    v.outcome.contact = contact_of(d, v);
    return v;
}

std::string word_or(std::string_view text, std::string_view otherwise) {
    const bool word = !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    return std::string{word ? text : otherwise};
}

queue::outcome standing(const site::reminder& row) {
    const auto name = site::to_string(row.state);
    switch (row.state) {
        case letter_state::sent: return done_as(row.queue_id);
        case letter_state::skipped:
        case letter_state::suppressed: return queue::drop(word_or(row.reason, name), row.reason);
        case letter_state::in_doubt:
            return queue::dead("in_doubt", "it may have been sent: `dormouse letters resolve` ends the doubt",
                               queue::sent::maybe);
        default: return queue::dead(word_or(row.reason, name), row.reason);
    }
}

verdict unrendered(const course& at, std::string reason, std::string detail, base::random_source& random) {
    if (has_time(at)) return retried(at, std::move(reason), std::move(detail), queue::sent::nothing, random);
    auto v = unfit("out_of_time", std::move(detail));
    v.alert = "a letter could not be made for three days: " + reason;
    return v;
}

verdict unfit(std::string reason, std::string detail) {
    verdict v;
    v.end = ended(letter_state::failed, reason);
    v.outcome = queue::dead(std::move(reason), std::move(detail));
    return v;
}

}  // namespace dormouse::jobs::reminder_email
