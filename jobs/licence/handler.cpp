#include "jobs/licence/handler.hpp"

#include "base/log.hpp"
#include "jobs/api/kind_pause.hpp"
#include "jobs/contact.hpp"
#include "jobs/licence/answer.hpp"
#include "jobs/licence/audit_log.hpp"
#include "jobs/licence/request.hpp"
#include "net/http_client.hpp"
#include "queue/retry_policy.hpp"

namespace dormouse::jobs::licence {

namespace {

namespace log = base::log;

// Beside the call itself an attempt asks the companion, and reads and writes our table.
constexpr base::ms room_for_companion = 10s;
constexpr base::ms room_for_table = 5s;
// For writing down what is known after the worker has cut the attempt off.
constexpr base::ms write_within = 3s;

api::verdict dead(std::string reason, std::string detail) {
    return {queue::dead(std::move(reason), std::move(detail))};
}

base::time_ms after(base::time_ms begin, const api::answer& said) {
    return begin + std::chrono::duration_cast<base::ms>(said.exchange.duration);
}

/// One attempt and what it has learnt.
struct errand {
    const attempt& job;
    licence_args args;
    api::memory past;
    std::string subject;                   ///< `subscription 12`
    std::optional<billing_period> period;  ///< That is to be pushed, once it is known.
    bool sent = false;
    int status = 0;
    std::optional<std::int64_t> updated;
};

class telling final : public jobs::handler {
public:
    telling(const services& s, licence_step step) : services_{s}, step_{step} {
        if (step == licence_step::period && !options().audit_log.empty())
            audit_ = std::make_unique<audit_log>(options().audit_log);
    }

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name(step_); }
    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        return base::without_value(read_args(args, step_));
    }
    [[nodiscard]] std::string target(const boost::json::object&) const override { return "licence"; }
    [[nodiscard]] std::vector<queue::limit> limits(const boost::json::object& args) const override {
        return {{.name = limit_of(args), .most = 1}};
    }
    [[nodiscard]] base::ms default_timeout() const noexcept override {
        return options().timeout + room_for_companion + room_for_table;
    }
    [[nodiscard]] int default_max_attempts() const noexcept override { return api::no_limit_of_attempts; }
    [[nodiscard]] base::ms backoff(int failed, base::random_source& random) const override {
        return queue::full_jitter(5s, 15min, failed, random);
    }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt& a) override;

private:
    [[nodiscard]] const config::licence_settings& options() const noexcept { return services_.settings.licence; }
    [[nodiscard]] const config::companion_settings& companion() const noexcept {
        return services_.settings.site.companion;
    }
    [[nodiscard]] std::optional<queue::outcome> held(const attempt& a) const;
    [[nodiscard]] base::awaitable<api::verdict> tell(errand& e);
    [[nodiscard]] base::awaitable<std::optional<api::verdict>> not_now(errand& e);
    [[nodiscard]] base::awaitable<std::variant<std::string, api::verdict>> prepare(errand& e);
    [[nodiscard]] base::awaitable<std::variant<subscription, api::verdict>> ask_companion(errand& e);
    [[nodiscard]] base::awaitable<api::answer> send(const errand& e, std::string body);
    [[nodiscard]] base::awaitable<api::verdict> judge(errand& e, const api::answer& said);
    [[nodiscard]] base::awaitable<> write_down(const errand& e, const api::verdict& v);

    services services_;
    licence_step step_;
    std::unique_ptr<audit_log> audit_;
    // Two secrets have been refused in one attempt by then: that is no accident.
    api::kind_pause pause_{1};
    api::kind_pause companion_pause_;
};

base::awaitable<queue::outcome> telling::run(const attempt& a) {
    if (options().url.empty())
        co_return queue::dead("not_configured", "kinds.licence.url is not set; set it and retry the job");
    const auto args = read_args(a.claimed.job.args, step_);
    if (!args) co_return queue::dead("bad_args", args.error().message());
    if (!args->period && companion().url.empty())
        co_return queue::dead("not_configured", "site.companion.url is not set; set it and retry the job");
    if (auto waits = held(a)) co_return std::move(*waits);

    errand e{.job = a,
             .args = *args,
             .past = api::memory{a.claimed.history.state},
             .subject = "subscription " + std::to_string(args->subscription_id),
             .period = args->period,
             .updated = {}};
    auto v = co_await tell(e);
    // Whatever happens to this attempt now, what is known must be written down.
    co_await base::shield();
    v.outcome.state = e.past.state();
    co_await write_down(e, v);
    co_return std::move(v.outcome);
}

std::optional<queue::outcome> telling::held(const attempt& a) const {
    const auto& state = a.claimed.history.state;
    if (const auto until = pause_.until(a.now))
        return api::held(*until, "the licence server refuses our secret; see licence.alert in the log", state,
                         a.random);
    if (const auto until = companion_pause_.until(a.now))
        return api::held(*until, "the companion refuses our key; see licence.alert in the log", state, a.random);
    return std::nullopt;
}

base::awaitable<api::verdict> telling::tell(errand& e) {
    if (auto waits = co_await not_now(e)) co_return std::move(*waits);
    auto body = co_await prepare(e);
    if (auto* instead = std::get_if<api::verdict>(&body)) co_return std::move(*instead);
    const auto said = co_await send(e, std::get<std::string>(std::move(body)));
    co_await base::shield();
    e.sent = true;
    e.status = said.status();
    e.updated = updated_rows(said);
    co_return co_await judge(e, said);
}

base::awaitable<std::optional<api::verdict>> telling::not_now(errand& e) {
    const auto known =
        co_await services_.subscriptions.note(step_, e.args.subscription_id, e.args.version, e.job.now, e.job.limit);
    if (!known) {
        const auto pause = queue::full_jitter(5s, 5min, e.job.claimed.history.defers + 1, e.job.random);
        co_return api::verdict{queue::defer(e.job.now + pause, "table_unavailable", known.error().message())};
    }
    if (auto older = superseded(*known, step_, e.args)) co_return api::verdict{std::move(*older)};
    if (step_ == licence_step::provision) co_return std::nullopt;
    const auto until = wait_for_provision(*known, e.job.now, e.job.random);
    if (!until) co_return std::nullopt;
    co_return api::verdict{queue::defer(*until, "provision_first", e.subject + " is being provisioned")};
}

base::awaitable<std::variant<std::string, api::verdict>> telling::prepare(errand& e) {
    if (!e.period) {
        auto asked = co_await ask_companion(e);
        if (auto* instead = std::get_if<api::verdict>(&asked)) co_return std::move(*instead);
        const auto& found = std::get<subscription>(asked);
        if (step_ == licence_step::provision)
            co_return provision_body(e.args.subscription_id, found, services_.settings.site.name);
        if (found.next_payment.empty())
            co_return api::verdict{queue::drop("no_next_payment", e.subject + " has no next payment to tell of")};
        auto period = read_period(found.billing_period, found.billing_interval, found.next_payment);
        if (!period) co_return dead("bad_period", e.subject + " on the site: " + period.error().detail);
        e.period = std::move(*period);
    }
    if (auto sane = check_window(*e.period, e.job.now); !sane)
        co_return dead("bad_period", e.subject + ": " + sane.error().detail);
    co_return period_body(e.args.subscription_id, *e.period);
}

base::awaitable<std::variant<subscription, api::verdict>> telling::ask_companion(errand& e) {
    const auto said = co_await api::call(services_.http, e.job.clock,
                                         companion_request(companion(), e.args.subscription_id), e.job.limit);
    const api::ended_call call{said, e.subject, after(e.job.now, said), e.job.claimed.history.first_failure};
    auto out = read_subscription(call, e.args.subscription_id, e.job.claimed.history.defers, e.past, e.job.random);
    if (companion_pause_.learn(said.status(), call.now))
        std::get<api::verdict>(out).alert = "the companion refuses our key, so all jobs of this kind are held";
    co_return out;
}

base::awaitable<api::answer> telling::send(const errand& e, std::string body) {
    api::request r;
    r.url = options().url + std::string{path_of(step_)};
    const auto& job = e.job.claimed.job;
    r.headers = {{"Idempotency-Key", job.key.empty() ? key_of(step_, job.site, e.args) : job.key},
                 {"X-WC-Secret", std::string{options().secret.reveal()}}};
    r.body = std::move(body);
    r.limits = api::limits_of(options().timeout, 12s, 5s);
    auto said = co_await api::call(services_.http, e.job.clock, r, e.job.limit);
    const bool refused = said.status() == 401 || said.status() == 403;
    if (!refused || options().previous_secret.empty()) co_return said;
    r.headers.back().second = options().previous_secret.reveal();
    said = co_await api::call(services_.http, e.job.clock, std::move(r), e.job.limit);
    if (said.status() != 401 && said.status() != 403 && said.status() != 0)
        log::warn("licence.previous_secret",
                  {{"job_id", job.id}, {"detail", "the licence server knows only the old one"}});
    co_return said;
}

base::awaitable<api::verdict> telling::judge(errand& e, const api::answer& said) {
    const api::ended_call call{said, e.subject, after(e.job.now, said), e.job.claimed.history.first_failure};
    auto v = decide(call, step_, e.past, e.job.random);
    if (v.outcome.what == queue::outcome::verb::done) v.outcome.result = result_of(e.args, e.period, e.updated);
    if (e.status == 409) {
        const auto known = co_await services_.subscriptions.note(step_, e.args.subscription_id, e.args.version,
                                                                 e.job.now, base::deadline::after(write_within));
        if (known)
            if (auto older = superseded(*known, step_, e.args)) v = {std::move(*older)};
    }
    if (pause_.learn(e.status, call.now))
        v.alert = "the licence server refuses our secret, so all jobs of this kind are held";
    v.outcome.contact = contact_of(said.exchange, options().url);
    co_return v;
}

// A table that cannot be written costs order and nothing else: a newer job is known by its own note.
base::awaitable<> telling::write_down(const errand& e, const api::verdict& v) {
    using verb = queue::outcome::verb;
    const auto& o = v.outcome;
    if (v.alert)
        log::error("licence.alert", {{"job_id", e.job.claimed.job.id},
                                     {"subscription_id", e.args.subscription_id},
                                     {"reason", o.reason},
                                     {"detail", *v.alert}});
    const auto limit = base::deadline::after(write_within);
    base::result<void> written;
    if (o.what == verb::done)
        written =
            co_await services_.subscriptions.done(step_, e.args.subscription_id, e.args.version, e.job.now, limit);
    else if (step_ == licence_step::provision && (o.what == verb::dead || o.what == verb::drop))
        written = co_await services_.subscriptions.give_up_provision(e.args.subscription_id, e.args.version, e.job.now,
                                                                     limit);
    if (!written)
        log::error("licence.table_unwritten",
                   {{"subscription_id", e.args.subscription_id}, {"error", written.error().message()}});
    // What was put off unsent is no attempt.
    if (!audit_ || (o.what == verb::defer && !e.sent)) co_return;
    co_await audit_->write({.at = e.job.now,
                            .subscription_id = e.args.subscription_id,
                            .version = e.args.version,
                            .period = e.period,
                            .attempt = e.job.claimed.attempt(),
                            .status = e.status,
                            .updated = e.updated,
                            .what = o.what,
                            .reason = o.reason});
}

}  // namespace

std::unique_ptr<jobs::handler> make_handler(const services& s, licence_step step) {
    return std::make_unique<telling>(s, step);
}

}  // namespace dormouse::jobs::licence
