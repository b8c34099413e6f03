#include "jobs/webhook_delivery/answer.hpp"

#include "base/redact.hpp"
#include "jobs/contact.hpp"
#include "jobs/webhook_delivery/answer_rule.hpp"
#include "jobs/webhook_delivery/backoff.hpp"
#include "net/retry_after.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace dormouse::jobs::webhook_delivery {

namespace {

using namespace std::chrono_literals;

// A try a moment before the job expires still counts; one at that very time does not.
constexpr base::ms before_expiry = 1s;

bool answered(const net::exchange& e) noexcept { return e.progress == net::progress::answered; }

const answer_rule& rule_for(const net::exchange& e) noexcept {
    return answered(e) ? rule_for_status(e.response.status) : rule_for_failure(e.failed);
}

std::string describe(const ended_attempt& a) {
    const auto& e = a.exchange;
    auto text = answered(e) ? "HTTP " + std::to_string(e.response.status) : e.detail;
    if (text.empty()) text = std::string{net::to_string(e.failed)};
    return "hook " + std::to_string(a.hook_id) + ": " + text + " from " + base::url_for_log(a.url);
}

std::string done_result(const ended_attempt& a) {
    return boost::json::serialize(boost::json::object{{"status", a.exchange.response.status},
                                                      {"hook_id", a.hook_id},
                                                      {"attempt", a.attempt},
                                                      {"webhook_id", a.webhook_id},
                                                      {"ms", a.exchange.duration.count()}});
}

// The streak is kept as "<name> <count>". An attempt without an answer neither lengthens nor ends it.
int streak_length(std::string_view state, std::string_view name) noexcept {
    if (!state.starts_with(name) || state.size() <= name.size() + 1 || state[name.size()] != ' ') return 0;
    int count = 0;
    const auto number = state.substr(name.size() + 1);
    const auto [stop, code] = std::from_chars(number.data(), number.data() + number.size(), count);
    return code == std::errc{} && stop == number.data() + number.size() ? std::max(count, 0) : 0;
}

void park(decision& d, const ended_attempt& a, std::string reason, std::string detail) {
    d.notices.push_back({reason, detail});
    d.outcome = queue::dead(std::move(reason), std::move(detail), sent_of(a.exchange));
}

void park_and_disable(decision& d, const ended_attempt& a, std::string reason, std::string detail) {
    d.disable = reason;
    park(d, a, std::move(reason), std::move(detail));
}

std::string moved_hint(const ended_attempt& a) {
    const auto target = a.exchange.response.header("Location");
    const auto where = target.find("://") == std::string_view::npos ? std::string{} : base::url_for_log(target);
    return describe(a) + ", " + std::to_string(moved_limit) + " times in a row: change the hook's URL" +
           (where.empty() ? std::string{} : " to " + where) + "; redirects are not followed";
}

// What the endpoint says in so many words wins over its status. True if it said anything we know.
bool obey_delivery_header(decision& d, const ended_attempt& a) {
    const auto said = a.exchange.response.header("webhook-delivery");
    if (said == "abort-message") {
        park(d, a, "abort_message", describe(a) + ": the endpoint does not want this message");
        return true;
    }
    if (said == "disable") {
        park_and_disable(d, a, "disabled_by_endpoint", describe(a) + ": the endpoint wants no more messages");
        return true;
    }
    return false;
}

// Counts the streak; true if it has come to its end.
bool end_streak(decision& d, const ended_attempt& a, const answer_rule& rule) {
    if (rule.streak.empty()) return false;
    const int length = streak_length(a.state, rule.streak) + 1;
    if (rule.streak == moved_streak && length >= moved_limit) {
        park(d, a, "moved", moved_hint(a));
        return true;
    }
    if (rule.streak == gone_streak && length >= a.gone_confirmations) {
        park_and_disable(d, a, "gone", describe(a) + ": the endpoint is gone, the hook is switched off");
        return true;
    }
    d.outcome.state = std::string{rule.streak} + " " + std::to_string(length);
    return false;
}

base::ms at_least(base::ms delay, base::ms least, base::random_source& random) {
    if (delay >= least) return delay;
    return least + base::ms{static_cast<std::int64_t>(random.uniform(0, static_cast<double>(least.count()) / 10))};
}

base::ms delay_for(const ended_attempt& a, const answer_rule& rule, base::random_source& random) {
    const auto planned = planned_delay(a.attempt, random);
    const auto asked = rule.obeys_retry_after ? a.retry_after : std::nullopt;
    // A 429 that names its time is believed; its least delay is for one that does not.
    const auto delay = rule.pauses_others && asked ? planned : at_least(planned, rule.least_delay, random);
    if (!asked) return delay;
    const auto left = a.expire ? *a.expire - a.now - before_expiry : base::ms::max();
    return std::max(delay, net::obey_retry_after(delay, asked, left, random));
}

void retry(decision& d, const ended_attempt& a, const answer_rule& rule, base::random_source& random) {
    auto state = answered(a.exchange) ? std::move(d.outcome.state) : std::string{a.state};
    const auto delay = delay_for(a, rule, random);
    if (rule.pauses_others)
        d.pause_until = a.now + std::clamp(a.retry_after.value_or(60s), base::ms{1s}, net::longest_retry_after);
    if (rule.notice_at == a.attempt) d.notices.push_back({std::string{rule.reason}, describe(a)});
    if (a.attempt >= a.last_attempt && a.exchange.failed != net::failure_class::cancelled) {
        park(d, a, "exhausted",
             "attempt " + std::to_string(a.attempt) + " of " + std::to_string(a.last_attempt) +
                 " failed: " + std::string{rule.reason} + ", " + describe(a));
        return;
    }
    d.outcome = queue::retry_at(a.now + delay, std::string{rule.reason}, describe(a), sent_of(a.exchange));
    d.outcome.state = std::move(state);
}

}  // namespace

decision decide(const ended_attempt& a, base::random_source& random) {
    const auto& rule = rule_for(a.exchange);
    decision d;
    d.strain = rule.strain;
    if (rule.what == answer_rule::verb::accept) {
        d.outcome = queue::done(done_result(a));
        d.outcome.sent = queue::sent::answered;
        return d;
    }
    if (answered(a.exchange) && obey_delivery_header(d, a)) return d;
    if (rule.what == answer_rule::verb::park) {
        park(d, a, std::string{rule.reason}, describe(a));
        return d;
    }
    if (end_streak(d, a, rule)) return d;
    retry(d, a, rule, random);
    return d;
}

}  // namespace dormouse::jobs::webhook_delivery
