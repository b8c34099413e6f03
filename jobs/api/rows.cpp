#include "jobs/api/rows.hpp"

#include "jobs/contact.hpp"
#include "net/retry_after.hpp"

namespace dormouse::jobs::api {

namespace {

// So that jobs which were turned away together do not come back together.
constexpr base::ms spread = 10s;

bool is_our_fault(net::failure_class c) noexcept {
    using net::failure_class;
    return c == failure_class::bad_url || c == failure_class::bad_header || c == failure_class::blocked_target;
}

}  // namespace

std::string about(const ended_call& c) { return c.subject + ": " + describe(c.said); }

base::ms random_between(base::ms low, base::ms high, base::random_source& random) {
    return base::ms{
        static_cast<std::int64_t>(random.uniform(static_cast<double>(low.count()), static_cast<double>(high.count())))};
}

verdict parked(const ended_call& c, std::string reason, std::string alert) {
    verdict v{queue::dead(std::move(reason), about(c), sent_of(c.said.exchange))};
    if (!alert.empty()) v.alert = std::move(alert);
    return v;
}

verdict repeated(const ended_call& c, std::string reason, base::ms longest) {
    if (is_our_fault(c.said.exchange.failed)) return parked(c, "bad_target");
    if (c.first_failure && c.now - *c.first_failure >= longest)
        return parked(c, "out_of_time",
                      "no success for " +
                          std::to_string(std::chrono::duration_cast<std::chrono::hours>(longest).count()) + " hours");
    return {queue::retry(std::move(reason), about(c), sent_of(c.said.exchange))};
}

verdict in_progress(const ended_call& c, memory& past, base::ms low, base::ms high, base::random_source& random) {
    past.add("conflicts");
    const auto wait =
        net::obey_retry_after(random_between(low, high, random), c.said.retry_after, net::longest_retry_after, random);
    return {queue::retry_at(c.now + wait, "in_progress", about(c), queue::sent::answered)};
}

verdict told_to_wait(const ended_call& c, memory& past, std::string reason, base::ms least,
                     base::random_source& random) {
    if (c.now - past.since("waiting_since", c.now) >= longest_wait)
        return parked(c, std::move(reason), "the server has done nothing but ask to wait for 24 hours");
    const auto wait = net::obey_retry_after(random_between(least, least + spread, random), c.said.retry_after,
                                            net::longest_retry_after, random);
    return {queue::defer(c.now + wait, std::move(reason), about(c))};
}

verdict key_refused(const ended_call& c, base::random_source& random) {
    return {queue::defer(c.now + random_between(60s, 120s, random), "unauthorized", about(c))};
}

queue::outcome held(base::time_ms until, std::string why, std::string state, base::random_source& random) {
    auto o = queue::defer(until + random_between(0s, spread, random), "kind_held", std::move(why));
    o.state = std::move(state);
    return o;
}

std::string failure_of(const ended_call& c) { return std::string{net::to_string(c.said.exchange.failed)}; }

}  // namespace dormouse::jobs::api
