#include "jobs/wallet_charge/handler.hpp"

#include "base/log.hpp"
#include "jobs/api/kind_pause.hpp"
#include "jobs/api/rows.hpp"
#include "jobs/contact.hpp"
#include "jobs/wallet_charge/answer.hpp"
#include "jobs/wallet_charge/args.hpp"
#include "jobs/wallet_charge/doubt.hpp"
#include "jobs/wallet_charge/transactions.hpp"
#include "net/http_client.hpp"
#include "queue/retry_policy.hpp"
#include "site/charges.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <functional>

namespace dormouse::jobs::wallet_charge {

namespace {

namespace log = base::log;

// Beside the charge an attempt reads and writes the ledger, and may look through transactions before and after.
constexpr base::ms room_for_ledger = 5s;
constexpr base::ms room_for_search = 15s;
// For writing down what is known after the worker has cut the attempt off; it lets go of it 5 s after the deadline.
constexpr base::ms write_within = 3s;

queue::outcome wait_for_ledger(const attempt& a, const std::string& key, const base::error& e) {
    log::warn("wallet.ledger_unavailable", {{"job_id", a.claimed.job.id}, {"charge_key", key}, {"error", e.message()}});
    const auto delay = queue::full_jitter(5s, 5min, a.claimed.history.defers + 1, a.random);
    auto o = queue::defer(a.now + delay, "ledger_unavailable", e.message());
    o.state = a.claimed.history.state;
    return o;
}

queue::outcome reused_key(const attempt& a, const std::string& key, const base::error& e) {
    log::error("wallet.alert", {{"job_id", a.claimed.job.id}, {"reason", "key_reused"}, {"charge_key", key}});
    return queue::dead("key_reused", e.detail);
}

using opened = std::function<beginning(const site::charge_claim&)>;

// `dormouse retry` gives a job a fresh history; one whose worker died has none.
opened opening_of(const attempt& a) {
    const auto& past = a.claimed.history;
    const bool is_fresh = past.attempts == 0 && past.defers == 0 && past.crashes == 0;
    return [is_fresh, now = a.now, id = a.claimed.job.id](const site::charge_claim& found) {
        return begin(found.standing, now, {.is_fresh = is_fresh, .is_known = found.job_id == id});
    };
}

class charging final : public jobs::handler {
public:
    explicit charging(const services& s) : services_{s} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }
    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        return base::without_value(read_args(args));
    }
    [[nodiscard]] std::string target(const boost::json::object&) const override { return "wallet"; }
    /// Two charges of a project at once would each decide on a balance that the other is changing.
    [[nodiscard]] std::vector<queue::limit> limits(const boost::json::object& args) const override {
        return {{.name = limit_of(args), .most = 1}};
    }
    [[nodiscard]] base::ms default_timeout() const noexcept override {
        return options().timeout + room_for_ledger + 2 * room_for_search;
    }
    [[nodiscard]] int default_max_attempts() const noexcept override { return api::no_limit_of_attempts; }
    [[nodiscard]] base::ms backoff(int failed, base::random_source& random) const override {
        return queue::full_jitter(2s, 15min, failed, random);
    }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt& a) override;

private:
    /// One attempt that holds the ledger row.
    struct holding {
        const attempt& job;
        const charge_args& args;
        const site::charge_claim& claim;
        std::string key;  ///< On the wire.

        [[nodiscard]] const site::charge_standing& before() const noexcept { return claim.standing; }
        [[nodiscard]] unsent_attempt unsent() const { return {args, before(), job.now, job.claimed.history.state}; }
    };

    [[nodiscard]] const config::wallet_settings& options() const noexcept { return services_.settings.wallet; }
    [[nodiscard]] api::request make_request(const charge_args& args, const std::string& key) const;
    [[nodiscard]] base::awaitable<queue::outcome> charge(holding h, step s);
    [[nodiscard]] base::awaitable<decision> take(const holding& h, step s);
    [[nodiscard]] base::awaitable<decision> send(const holding& h);
    [[nodiscard]] base::awaitable<decision> within_limits(const holding& h, decision d);
    [[nodiscard]] base::awaitable<search_result> search(const holding& h) const;
    [[nodiscard]] base::awaitable<queue::outcome> write_down(const holding& h, decision d);

    services services_;
    api::kind_pause pause_;
};

api::request charging::make_request(const charge_args& args, const std::string& key) const {
    api::request r;
    r.url = options().url + "/api/wallet/v1/charge";
    r.headers = {{"X-Api-Key", std::string{options().key.reveal()}}, {"Idempotency-Key", key}};
    r.body = boost::json::serialize(boost::json::object{{"project_id", args.project},
                                                        {"amount", args.amount},
                                                        {"currency", args.currency},
                                                        {"reason", reason_with_key(args.reason, key)},
                                                        {"idempotency_key", key}});
    r.limits = api::limits_of(options().timeout, 12s, 5s);
    return r;
}

base::awaitable<queue::outcome> charging::run(const attempt& a) {
    if (options().url.empty())
        co_return queue::dead("not_configured", "kinds.wallet-charge.url is not set; set it and retry the job");
    auto read = read_args(a.claimed.job.args);
    if (!read) co_return queue::dead("bad_args", read.error().message());
    auto args = std::move(*read);
    if (const auto until = pause_.until(a.now))
        co_return api::held(*until, "the wallet refuses our key; see wallet.alert in the log", a.claimed.history.state,
                            a.random);

    const bool any = args.currency.empty();
    const site::charge_facts facts{args.key,    args.project, args.amount, any ? options().currency : args.currency,
                                   args.reason, any};
    const auto open = opening_of(a);
    auto claim = co_await services_.charges.claim(
        facts, a.claimed.job.id, a.now, [open, now = a.now](const auto& found) { return open(found).noted(now); },
        a.limit);
    if (!claim && claim.error() == base::errc::conflict) co_return reused_key(a, args.key, claim.error());
    if (!claim) co_return wait_for_ledger(a, args.key, claim.error());
    args.currency = claim->currency;
    args.reason = claim->reason;
    const auto start = open(*claim);
    claim->standing = start.before;
    auto key = wire_key(args.key, start.before.dunning);
    co_return co_await charge({a, args, *claim, std::move(key)}, start.next);
}

base::awaitable<queue::outcome> charging::charge(holding h, step s) {
    const auto& before = h.before();
    if (s == step::finish) co_return settled(h.args, before, before.transaction_id, before.balance_after).outcome;
    if (s == step::stay) co_return still_ended(h.unsent());
    if (s == step::wait) co_return not_due(h.unsent());
    auto d = co_await take(h, s);
    // Whatever happens to this attempt now, what is known must be written down.
    co_await base::shield();
    d = co_await within_limits(h, std::move(d));
    co_return co_await write_down(h, std::move(d));
}

base::awaitable<decision> charging::take(const holding& h, step s) {
    if (s == step::send) co_return co_await send(h);
    const auto seen = co_await search(h);
    if (auto instead = seen_first(h.unsent(), s, seen)) co_return std::move(*instead);
    co_return co_await send(h);
}

base::awaitable<decision> charging::send(const holding& h) {
    const auto answer = co_await api::call(services_.http, h.job.clock, make_request(h.args, h.key), h.job.limit);
    co_await base::shield();
    const auto passed = std::chrono::duration_cast<base::ms>(answer.exchange.duration);
    const ended_attempt ended{.answer = answer,
                              .args = h.args,
                              .before = h.before(),
                              .now = h.job.now + passed,
                              .sent_at = h.job.now,
                              .state = h.job.claimed.history.state};
    auto d = decide(ended, h.job.random);
    if (pause_.learn(answer.status(), h.job.now)) d.alert = "the wallet refuses our key, so all charges are held";
    if (d.look != look::no) {
        const auto seen = co_await search(h);
        d = resolved(ended, std::move(d), seen);
    }
    d.outcome.contact = contact_of(answer.exchange, options().url);
    co_return d;
}

base::awaitable<search_result> charging::search(const holding& h) const {
    return find_charge(services_.http, h.job.clock, options(),
                       {.args = h.args, .dunning = h.before().dunning, .since = h.claim.made_at},
                       h.job.limit.at_most(room_for_search));
}

base::awaitable<decision> charging::within_limits(const holding& h, decision d) {
    const auto& claimed = h.job.claimed;
    const job_limits limits{claimed.attempt() >= h.job.last_attempt, claimed.job.expire};
    const auto due =
        d.outcome.when.value_or(h.job.now + backoff(claimed.attempt() + claimed.history.defers, h.job.random));
    if (!expires_in_doubt(d, limits, due)) co_return outlasting(std::move(d), limits, due);
    const auto seen = co_await search(h);
    co_return expired(h.unsent(), d, seen);
}

// A ledger that cannot be written after the wallet has answered costs another round under the same key, which the
// wallet recognises; a job that ended without its row would leave a doubt nobody looks at.
base::awaitable<queue::outcome> charging::write_down(const holding& h, decision d) {
    const auto& job = h.job.claimed.job;
    if (d.alert)
        log::error("wallet.alert", {{"job_id", job.id},
                                    {"charge_key", h.args.key},
                                    {"project_id", h.args.project},
                                    {"reason", d.outcome.reason},
                                    {"detail", *d.alert}});
    if (d.outcome.reason == "insufficient_funds")
        log::warn("wallet.insufficient_funds", {{"job_id", job.id},
                                                {"charge_key", h.args.key},
                                                {"project_id", h.args.project},
                                                {"dunning", d.standing.dunning},
                                                {"next", d.outcome.when ? base::to_iso8601(*d.outcome.when) : ""}});
    const auto wrote = co_await services_.charges.record(h.args.key, h.claim.epoch, d.standing, h.job.now,
                                                         base::deadline::after(write_within));
    if (wrote && *wrote) co_return std::move(d.outcome);
    const auto why = wrote ? std::string{"another attempt has claimed the charge since"} : wrote.error().message();
    log::error("wallet.ledger_unwritten", {{"job_id", job.id}, {"charge_key", h.args.key}, {"error", why}});
    const auto& past = h.job.claimed.history;
    const auto delay = queue::full_jitter(2s, 5min, past.attempts + past.defers + 1, h.job.random);
    auto again = queue::defer(h.job.now + delay, "ledger_unwritten", why);
    again.sent = d.outcome.sent;
    again.state = d.outcome.state;
    again.contact = d.outcome.contact;
    co_return again;
}

}  // namespace

std::unique_ptr<jobs::handler> make_handler(const services& s) { return std::make_unique<charging>(s); }

}  // namespace dormouse::jobs::wallet_charge
