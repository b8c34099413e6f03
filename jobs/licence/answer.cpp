#include "jobs/licence/answer.hpp"

#include "net/retry_after.hpp"

namespace dormouse::jobs::licence {

namespace {

using api::ended_call;
using api::memory;
using api::verdict;

constexpr auto missing = "missing";
constexpr auto missing_since = "missing_since";

verdict not_there(const ended_call& c, memory& past, base::random_source& random) {
    if (c.now - past.since(missing_since, c.now) >= longest_missing)
        return api::parked(c, "licence_missing", "the licence server knows no active licence of this subscription");
    const auto pause = past.add(missing) <= short_pauses ? short_pause : long_pause;
    const auto wait = api::random_between(pause, pause + pause / 10, random);
    return {queue::retry_at(c.now + wait, "licence_missing", api::about(c), queue::sent::answered)};
}

// The server's word counts: a page of something in between is no confirmation.
verdict confirmed(const ended_call& c, licence_step step, memory& past, base::random_source& random) {
    const auto* ok = c.said.member("ok");
    const bool refused = ok != nullptr && !(ok->is_bool() && ok->get_bool());
    if (!c.said.json || !c.said.json->is_object() || refused) return api::repeated(c, "bad_answer", longest_trying);
    if (step == licence_step::period && updated_rows(c.said) == 0) return not_there(c, past, random);
    return {queue::done()};
}

verdict overloaded(const ended_call& c, std::string reason, base::random_source& random) {
    auto v = api::repeated(c, std::move(reason), longest_trying);
    if (v.outcome.what == queue::outcome::verb::retry && c.said.retry_after)
        v.outcome.when = c.now + net::obey_retry_after(5s, c.said.retry_after, net::longest_retry_after, random);
    return v;
}

verdict still_at_it(const ended_call& c, memory& past, base::random_source& random) {
    auto v = api::repeated(c, "in_progress", longest_trying);
    if (v.outcome.what == queue::outcome::verb::dead) return v;
    return api::in_progress(c, past, 2s, 15s, random);
}

verdict answered(const ended_call& c, licence_step step, memory& past, base::random_source& random) {
    const int status = c.said.status();
    switch (status) {
        case 200:
        case 201: return confirmed(c, step, past, random);
        case 401:
        case 403: return api::key_refused(c, random);
        case 404: return not_there(c, past, random);
        case 408:
        case 425: return api::repeated(c, "try_again", longest_trying);
        case 409: return still_at_it(c, past, random);
        case 429: return overloaded(c, "rate_limited", random);
        case 503: return overloaded(c, "unavailable", random);
        default: break;
    }
    if (status >= 500) return api::repeated(c, "server_error", longest_trying);
    if (status >= 400) return api::parked(c, "refused");
    return api::repeated(c, "bad_answer", longest_trying);
}

}  // namespace

std::optional<std::int64_t> updated_rows(const api::answer& said) noexcept { return said.integer("updated"); }

verdict decide(const ended_call& call, licence_step step, memory& past, base::random_source& random) {
    if (call.said.status() == 0) return api::repeated(call, api::failure_of(call), longest_trying);
    return answered(call, step, past, random);
}

std::optional<queue::outcome> superseded(const site::subscription_standing& known, licence_step step,
                                         const licence_args& args) {
    const auto newest = known.newest(step);
    if (newest <= args.version) return std::nullopt;
    return queue::drop("superseded", "subscription " + std::to_string(args.subscription_id) + ": version " +
                                         std::to_string(args.version) + " is older than " + std::to_string(newest));
}

std::optional<base::time_ms> wait_for_provision(const site::subscription_standing& known, base::time_ms now,
                                                base::random_source& random) {
    if (!known.provisioning_at || now - *known.provisioning_at > provision_patience) return std::nullopt;
    return now + api::random_between(10s, 20s, random);
}

}  // namespace dormouse::jobs::licence
