#include "jobs/grant/handler.hpp"

#include "base/log.hpp"
#include "jobs/api/kind_pause.hpp"
#include "jobs/contact.hpp"
#include "jobs/grant/answer.hpp"
#include "jobs/grant/args.hpp"
#include "jobs/grant/request.hpp"
#include "net/http_client.hpp"
#include "queue/retry_policy.hpp"

namespace dormouse::jobs::grant {

namespace {

// Beside the call itself nothing takes time.
constexpr base::ms room = 2s;

queue::outcome not_configured(config::grant_api endpoint) {
    const bool order = endpoint == config::grant_api::order;
    return queue::dead("not_configured", std::string{order ? "kinds.grant.order_url" : "kinds.grant.url"} +
                                             " is not set; set it and retry the job");
}

class granting final : public jobs::handler {
public:
    explicit granting(const services& s) : services_{s} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }
    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        return base::without_value(read_args(args));
    }
    [[nodiscard]] std::string target(const boost::json::object&) const override { return "grant"; }
    [[nodiscard]] std::vector<queue::limit> limits(const boost::json::object& args) const override {
        return limits_of(args, options().running);
    }
    [[nodiscard]] base::ms default_timeout() const noexcept override { return options().timeout + room; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return api::no_limit_of_attempts; }
    [[nodiscard]] base::ms backoff(int failed, base::random_source& random) const override {
        return queue::full_jitter(2s, 10min, failed, random);
    }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt& a) override;

private:
    [[nodiscard]] const config::grant_settings& options() const noexcept { return services_.settings.grant; }
    void tell(const attempt& a, const grant_args& args, const api::verdict& v) const;

    [[nodiscard]] api::kind_pause& pause_of(config::grant_api endpoint) noexcept {
        return endpoint == config::grant_api::order ? order_pause_ : bridge_pause_;
    }

    services services_;
    // Each endpoint has a key of its own.
    api::kind_pause bridge_pause_;
    api::kind_pause order_pause_;
};

base::awaitable<queue::outcome> granting::run(const attempt& a) {
    const auto args = read_args(a.claimed.job.args);
    if (!args) co_return queue::dead("bad_args", args.error().message());
    auto request = request_of(*args, a.claimed.job.site, options());
    const auto endpoint = endpoint_of(*args, options());
    if (request.url.empty()) co_return not_configured(endpoint);
    auto& pause = pause_of(endpoint);
    const auto& past = a.claimed.history;
    if (const auto until = pause.until(a.now))
        co_return api::held(*until, "the site refuses our key; see grant.alert in the log", past.state, a.random);

    const auto url = request.url;
    const auto said = co_await api::call(services_.http, a.clock, std::move(request), a.limit);
    // Whatever happens to this attempt now, what is known must be said.
    co_await base::shield();
    const api::ended_call call{.said = said,
                               .subject = "grant " + args->external_id,
                               .now = a.now + std::chrono::duration_cast<base::ms>(said.exchange.duration),
                               .first_failure = past.first_failure};
    auto v = decide(call, *args, api::memory{past.state}, a.random);
    if (pause.learn(said.status(), call.now))
        v.alert = "the site refuses our key, so all grants that go there are held";
    tell(a, *args, v);
    v.outcome.contact = contact_of(said.exchange, url);
    co_return std::move(v.outcome);
}

void granting::tell(const attempt& a, const grant_args& args, const api::verdict& v) const {
    if (!v.alert) return;
    base::log::error("grant.alert", {{"job_id", a.claimed.job.id},
                                     {"external_id", args.external_id},
                                     {"reason", v.outcome.reason},
                                     {"detail", *v.alert}});
}

}  // namespace

std::unique_ptr<jobs::handler> make_handler(const services& s) { return std::make_unique<granting>(s); }

}  // namespace dormouse::jobs::grant
