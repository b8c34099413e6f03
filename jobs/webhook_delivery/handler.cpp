#include "jobs/webhook_delivery/handler.hpp"

#include "base/log.hpp"
#include "base/redact.hpp"
#include "jobs/contact.hpp"
#include "jobs/webhook_delivery/answer.hpp"
#include "jobs/webhook_delivery/args.hpp"
#include "jobs/webhook_delivery/auto_disable.hpp"
#include "jobs/webhook_delivery/backoff.hpp"
#include "jobs/webhook_delivery/endpoints.hpp"
#include "jobs/webhook_delivery/message.hpp"
#include "jobs/webhook_delivery/signature.hpp"
#include "net/http_client.hpp"
#include "net/retry_after.hpp"
#include "site/deliveries.hpp"
#include "site/hooks.hpp"

#include <algorithm>
#include <charconv>

namespace dormouse::jobs::webhook_delivery {

namespace {

using namespace std::chrono_literals;
namespace log = base::log;

constexpr std::string_view lane_prefix = "hook:";

// Enough for the database to take a row and to switch a hook off; then the outcome waits no longer. The worker lets go
// of an attempt 5 s after its deadline and would count a message that was accepted as failed.
constexpr base::ms write_within = 3s;

// Beside the HTTP exchange an attempt reads the hook and writes the rows.
constexpr base::ms room_for_the_site = 5s;

// The queue's time now: that of the start plus what has passed here, so that the machine's clock may be wrong or jump.
class queue_time {
public:
    explicit queue_time(base::time_ms start) noexcept : start_{start} {}
    [[nodiscard]] base::time_ms now() const noexcept {
        return start_ + std::chrono::duration_cast<base::ms>(std::chrono::steady_clock::now() - began_);
    }

private:
    base::time_ms start_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

base::time_ms after_jitter(base::time_ms at, base::ms most, base::random_source& random) {
    return at + base::ms{static_cast<std::int64_t>(random.uniform(0, static_cast<double>(most.count())))};
}

// Nothing was sent, and it is the site that cannot answer: costs no attempt. 5 s, 10 s, … up to 5 min.
queue::outcome wait_for_site(const attempt& a, base::time_ms now, const base::error& e) {
    const auto doublings = std::clamp(a.claimed.history.defers, 0, 6);
    const auto delay = std::min<base::ms>(5min, 5s * (1 << doublings));
    return queue::defer(after_jitter(now + delay, delay / 4, a.random), "site_unavailable", e.message());
}

queue::outcome hook_unreadable(const attempt& a, base::time_ms now, std::int64_t hook_id, const base::error& e) {
    if (e == base::errc::cancelled) return queue::retry("cancelled", e.message(), queue::sent::not_sent);
    if (base::is_transient(e.code)) return wait_for_site(a, now, e);
    const auto* reason = e == base::errc::not_found ? "no_hook_table" : "hook_unreadable";
    return queue::retry(reason, "hook " + std::to_string(hook_id) + ": " + e.message(), queue::sent::not_sent);
}

void announce(const std::vector<notice>& notices, std::int64_t hook_id, const std::string& job_id) {
    for (const auto& n : notices)
        log::warn("webhook.notice",
                  {{"hook_id", hook_id}, {"reason", n.reason}, {"job_id", job_id}, {"detail", n.text}});
}

class delivery final : public jobs::handler {
public:
    explicit delivery(const services& s) : services_{s}, endpoints_{std::max(1, s.settings.worker.per_endpoint)} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }

    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        return base::without_value(read_args(args));
    }

    [[nodiscard]] std::string lane(const boost::json::object& args) const override {
        const auto id = hook_id_of(args);
        return id == 0 ? std::string{} : std::string{lane_prefix} + std::to_string(id);
    }

    [[nodiscard]] std::string target(const boost::json::object& args) const override { return lane(args); }
    [[nodiscard]] int lane_slots(std::string_view lane, int full) const noexcept override;
    [[nodiscard]] base::ms default_timeout() const noexcept override { return options().timeout + room_for_the_site; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return options().max_attempts; }
    [[nodiscard]] base::ms backoff(int failed, base::random_source& random) const override {
        return planned_delay(failed, random);
    }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt& a) override;

private:
    [[nodiscard]] const config::webhook_settings& options() const noexcept { return services_.settings.webhook; }
    [[nodiscard]] std::optional<queue::outcome> refuse(const delivery_args& args,
                                                       const std::optional<site::hook>& hook) const;
    void warn_of_secret(const site::hook& hook, const std::string& job_id);
    [[nodiscard]] base::awaitable<queue::outcome> deliver(const attempt& a, const message& m, queue_time time);
    [[nodiscard]] base::awaitable<> write_down(const message& m, const net::exchange& e, decision& d);
    void judge_health(const message& m, const site::hook_health& health, decision& d);

    services services_;
    endpoints endpoints_;
};

int delivery::lane_slots(std::string_view lane, int full) const noexcept {
    if (!lane.starts_with(lane_prefix)) return full;
    std::int64_t id = 0;
    const auto number = lane.substr(lane_prefix.size());
    std::from_chars(number.data(), number.data() + number.size(), id);
    return std::min(full, endpoints_.slots(id));
}

// What the row itself decides before anything is sent (B0.10).
std::optional<queue::outcome> delivery::refuse(const delivery_args& args, const std::optional<site::hook>& hook) const {
    const auto name = "hook " + std::to_string(args.hook_id);
    if (!hook) return queue::drop("hook_deleted", name + " does not exist any more");
    if (!hook->active) return queue::drop("hook_inactive", name + " is switched off");
    if (!hook->listens_to(args.event))
        return queue::dead("event_mismatch", name + " does not listen to '" + args.event + "'");
    if (hook->secret.empty() && options().require_secret)
        return queue::dead("no_secret", name + " has no secret, and webhook-delivery.require_secret is on");
    return std::nullopt;
}

void delivery::warn_of_secret(const site::hook& hook, const std::string& job_id) {
    const bool unsigned_hook = hook.secret.empty();
    if (!unsigned_hook && !looks_mistyped(hook.secret)) return;
    if (!endpoints_.first_secret_warning(hook.id)) return;
    announce({unsigned_hook ? notice{"unsigned", "the hook has no secret: its messages are sent unsigned"}
                            : notice{"odd_secret",
                                     "the secret starts with whsec_ but is not base64 of 24 to 64 bytes: "
                                     "its text is used as the key"}},
             hook.id, job_id);
}

base::awaitable<queue::outcome> delivery::run(const attempt& a) {
    const queue_time time{a.now};
    const auto args = read_args(a.claimed.job.args);
    if (!args) co_return queue::dead("bad_args", args.error().message());
    if (const auto until = endpoints_.paused_until(args->hook_id, a.now))
        co_return queue::defer(after_jitter(*until, 5s, a.random), "endpoint_paused",
                               "hook " + std::to_string(args->hook_id) + " asked for a pause");

    const auto hook = co_await services_.hooks.find(args->hook_id, a.limit);
    if (!hook) co_return hook_unreadable(a, time.now(), args->hook_id, hook.error());
    if (auto refused = refuse(*args, *hook)) co_return std::move(*refused);
    const auto cancelled = co_await base::asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != base::asio::cancellation_type::none)
        co_return queue::retry("cancelled", "before anything was sent", queue::sent::not_sent);

    const auto& job = a.claimed.job;
    warn_of_secret(**hook, job.id);
    const message m{a.claimed, *args, **hook, webhook_id(job.site, job.id, job.key), a.clock.now()};
    co_return co_await deliver(a, m, time);
}

base::awaitable<queue::outcome> delivery::deliver(const attempt& a, const message& m, queue_time time) {
    auto exchange = co_await services_.http.send(make_request(m, options()), a.limit);
    // From here the endpoint may know of the message: whatever happens to this attempt is written down.
    co_await base::shield();
    // The worker cancels at the very moment of the deadline: it is the endpoint that was slow.
    if (exchange.failed == net::failure_class::cancelled && a.limit.is_reached())
        exchange.failed = net::failure_class::timeout;
    const auto now = time.now();
    const auto& answer = exchange.response;
    const ended_attempt ended{
        .exchange = exchange,
        .retry_after = net::parse_retry_after(answer.header("Retry-After"), answer.header("Date"), a.clock.now()),
        .attempt = a.claimed.attempt(),
        .last_attempt = a.last_attempt,
        .state = a.claimed.history.state,
        .now = now,
        .expire = a.claimed.job.expire,
        .gone_confirmations = options().gone_confirmations,
        .hook_id = m.hook.id,
        .url = m.hook.url,
        .webhook_id = m.webhook_id};
    auto d = decide(ended, a.random);
    d.outcome.contact = contact_of(exchange, m.hook.url);
    endpoints_.learn(m.hook.id, d.strain);
    if (d.pause_until) endpoints_.pause(m.hook.id, *d.pause_until);
    co_await write_down(m, exchange, d);
    announce(d.notices, m.hook.id, m.claimed.job.id);
    co_return std::move(d.outcome);
}

// Catches here and not only at the job boundary: no failure of ours may turn an accepted message into a second one.
base::awaitable<> delivery::write_down(const message& m, const net::exchange& e, decision& d) {
    const auto limit = base::deadline::after(write_within);
    try {
        const auto health = co_await services_.deliveries.record(make_row(m, e, d, options()), limit);
        if (health) judge_health(m, *health, d);
        if (!d.disable) co_return;
        if (const auto off = co_await services_.hooks.disable(m.hook.id, *d.disable, limit); !off)
            log::error("webhook.disable_failed", {{"hook_id", m.hook.id}, {"error", off.error().message()}});
    } catch (const std::exception& failure) {
        log::error("webhook.record_failed", {{"hook_id", m.hook.id}, {"error", failure.what()}});
    }
}

void delivery::judge_health(const message& m, const site::hook_health& health, decision& d) {
    if (d.outcome.what == queue::outcome::verb::done) return endpoints_.forget_alerts(m.hook.id);
    const int step = alert_step(failing_share(health, m.at));
    const bool first = endpoints_.first_alert(m.hook.id, step);
    const auto failures = "hook " + std::to_string(m.hook.id) + " failed " + std::to_string(health.failures) + " times";
    if (step == 100) {
        d.disable = "auto_disabled";
        d.notices.push_back({"auto_disabled", failures + " and had no success for 120 h: it is switched off"});
        if (d.outcome.what == queue::outcome::verb::retry)
            d.outcome = queue::dead("auto_disabled", failures + "; last: " + d.outcome.detail, d.outcome.sent);
    } else if (first) {
        d.notices.push_back(
            {"failing", failures + ": " + std::to_string(step) + " % of the way to being switched off"});
    }
}

}  // namespace

std::unique_ptr<jobs::handler> make_handler(const services& s) { return std::make_unique<delivery>(s); }

}  // namespace dormouse::jobs::webhook_delivery
