#include "jobs/licence/companion.hpp"

#include "jobs/api/companion.hpp"
#include "net/retry_after.hpp"
#include "queue/retry_policy.hpp"

namespace dormouse::jobs::licence {

namespace {

constexpr auto silent_since = "companion_since";

std::string full_name(const api::answer& said) {
    std::string name{said.text("first_name")};
    const auto last = said.text("last_name");
    if (!name.empty() && !last.empty()) name += ' ';
    return name.append(last);
}

std::optional<subscription> understood(const api::answer& said, std::int64_t id) {
    if (said.status() != 200 || said.integer("subscription_id") != id || said.text("status").empty())
        return std::nullopt;
    subscription s;
    s.status = said.text("status");
    s.email = said.text("email");
    s.name = full_name(said);
    s.order_id = said.integer("order_id").value_or(0);
    if (const auto* products = said.member("product_ids"); products != nullptr && products->is_array())
        s.product_ids = products->get_array();
    s.billing_period = said.text("billing_period");
    s.billing_interval = said.integer("billing_interval");
    s.next_payment = said.text("next_payment_date_gmt");
    return s;
}

// Never a quote of a 200: it names a person.
std::string trouble(const api::ended_call& c) {
    if (c.said.status() == 200) return c.subject + ": the companion's answer is not a subscription";
    return c.subject + ", asking the companion: " + api::describe(c.said);
}

}  // namespace

api::request companion_request(const config::companion_settings& s, std::int64_t subscription_id) {
    return api::companion_request(s, "/dormouse/v1/subscriptions/" + std::to_string(subscription_id));
}

std::variant<subscription, api::verdict> read_subscription(const api::ended_call& call, std::int64_t subscription_id,
                                                           int defers, api::memory& past, base::random_source& random) {
    if (auto found = understood(call.said, subscription_id)) {
        past.forget(silent_since);
        if (found->status == "active") return std::move(*found);
        return api::verdict{queue::drop("not_active", call.subject + " is " + found->status.substr(0, 40))};
    }
    if (call.said.status() == 404 && call.said.text("code") == "dormouse_no_subscription")
        return api::parked(call, "no_subscription");
    if (call.now - past.since(silent_since, call.now) >= longest_silence)
        return api::verdict{queue::dead("companion_unavailable", trouble(call)),
                            "the site's companion has not answered for 7 days"};
    const auto pause = net::obey_retry_after(queue::full_jitter(5s, 15min, defers + 1, random), call.said.retry_after,
                                             net::longest_retry_after, random);
    return api::verdict{queue::defer(call.now + pause, "companion_unavailable", trouble(call))};
}

}  // namespace dormouse::jobs::licence
