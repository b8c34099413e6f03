#include "jobs/wallet_charge/handler.hpp"

#include "base/log.hpp"
#include "jobs/api/kind_pause.hpp"
#include "jobs/contact.hpp"
#include "jobs/wallet_charge/answer.hpp"
#include "jobs/wallet_charge/args.hpp"
#include "jobs/wallet_charge/transactions.hpp"
#include "net/http_client.hpp"
#include "queue/retry_policy.hpp"
#include "site/charges.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::wallet_charge {

namespace {

namespace log = base::log;

// Beside the charge an attempt reads and writes the ledger, and may look through transactions.
constexpr base::ms room_for_ledger = 5s;
constexpr base::ms room_for_search = 15s;
// For writing down what is known after the worker has cut the attempt off; it lets go of it 5 s after the deadline.
constexpr base::ms write_within = 3s;
// The windows of the answer table decide, not a number of attempts.
constexpr int no_limit_of_attempts = 100'000;

queue::outcome wait_for_ledger(const attempt& a, const base::error& e) {
    const auto delay = queue::full_jitter(5s, 5min, a.claimed.history.defers + 1, a.random);
    return queue::defer(a.now + delay, "ledger_unavailable", e.message());
}

class charging final : public jobs::handler {
public:
    explicit charging(const services& s) : services_{s} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }
    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        auto read = read_args(args);
        if (!read) return base::fail(std::move(read));
        return {};
    }
    [[nodiscard]] std::string lane(const boost::json::object&) const override { return {}; }
    [[nodiscard]] std::string target(const boost::json::object&) const override { return "wallet"; }
    /// Two charges of a project at once would each decide on a balance that the other is changing.
    [[nodiscard]] std::vector<queue::limit> limits(const boost::json::object& args) const override {
        return {{.name = limit_of(args), .most = 1}};
    }
    [[nodiscard]] base::ms default_timeout() const noexcept override {
        return options().timeout + room_for_ledger + room_for_search;
    }
    [[nodiscard]] int default_max_attempts() const noexcept override { return no_limit_of_attempts; }
    [[nodiscard]] base::ms backoff(int failed, base::random_source& random) const override {
        return queue::full_jitter(2s, 15min, failed, random);
    }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt& a) override;

private:
    /// One attempt that holds the ledger row.
    struct holding {
        const attempt& job;
        const charge_args& args;
        site::charge_claim claim;
        std::string key;  ///< On the wire.
    };

    [[nodiscard]] const config::wallet_settings& options() const noexcept { return services_.settings.wallet; }
    [[nodiscard]] api::request make_request(const charge_args& args, const std::string& key) const;
    [[nodiscard]] base::awaitable<queue::outcome> charge(holding h);
    [[nodiscard]] base::awaitable<decision> send(const holding& h);
    [[nodiscard]] base::awaitable<decision> after_the_window(const holding& h);
    [[nodiscard]] base::awaitable<search_result> look(const holding& h, base::time_ms since) const;
    [[nodiscard]] base::awaitable<queue::outcome> write_down(const holding& h, decision d);
    void judge_key(const holding& h, const api::answer& answer, decision& d);

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
    if (args.currency.empty()) args.currency = options().currency;
    if (const auto until = pause_.until(a.now))
        co_return queue::defer(*until, "kind_held", "the wallet refuses our key; see wallet.alert in the log");

    const site::charge_facts facts{args.key, args.project, args.amount, args.currency, args.reason};
    auto claim = co_await services_.charges.claim(facts, a.claimed.job.id, a.now, a.limit);
    if (!claim) {
        if (!(claim.error() == base::errc::conflict)) co_return wait_for_ledger(a, claim.error());
        log::error("wallet.alert", {{"job_id", a.claimed.job.id}, {"reason", "key_reused"}, {"charge_key", args.key}});
        co_return queue::dead("key_reused", claim.error().detail);
    }
    claim->standing = reopened(std::move(claim->standing));
    auto key = wire_key(args.key, claim->standing.dunning);
    co_return co_await charge({a, args, std::move(*claim), std::move(key)});
}

base::awaitable<queue::outcome> charging::charge(holding h) {
    const auto& before = h.claim.standing;
    if (before.state == site::charge_state::charged)
        co_return settled(h.args, before, before.transaction_id, before.balance_after).outcome;
    const bool over = is_window_over(before, h.job.now);
    auto d = over ? co_await after_the_window(h) : co_await send(h);
    // Whatever happens to this attempt now, what is known must be written down.
    co_await base::shield();
    co_return co_await write_down(h, std::move(d));
}

base::awaitable<decision> charging::send(const holding& h) {
    const auto answer = co_await api::call(services_.http, h.job.clock, make_request(h.args, h.key), h.job.limit);
    co_await base::shield();
    const auto passed = std::chrono::duration_cast<base::ms>(answer.exchange.duration);
    const auto& past = h.job.claimed.history;
    auto d = decide({.answer = answer,
                     .args = h.args,
                     .before = h.claim.standing,
                     .now = h.job.now + passed,
                     .sent_at = h.job.now,
                     .first_failure = past.first_failure,
                     .state = past.state},
                    h.job.random);
    judge_key(h, answer, d);
    if (d.look) {
        const auto found = co_await look(h, d.standing.unsure_since.value_or(h.job.now));
        if (found.found) d = settled(h.args, h.claim.standing, found.transaction_id, found.balance_after);
        if (!found.complete) d.outcome.detail += "; " + found.trouble;
    }
    d.outcome.contact = contact_of(answer.exchange, options().url);
    co_return d;
}

void charging::judge_key(const holding& h, const api::answer& answer, decision& d) {
    if (answer.status() == 0) return;
    if (!d.refused_us) return pause_.accepted();
    if (pause_.refused(h.job.now)) d.alert = "the wallet refuses our key: all charges are held until it is mended";
}

base::awaitable<search_result> charging::look(const holding& h, base::time_ms since) const {
    co_return co_await find_charge(services_.http, h.job.clock, options(), h.args, h.key, since, h.job.limit);
}

base::awaitable<decision> charging::after_the_window(const holding& h) {
    const auto& before = h.claim.standing;
    const auto found = co_await look(h, before.unsure_since.value_or(h.job.now));
    if (found.found) co_return settled(h.args, before, found.transaction_id, found.balance_after);
    if (found.complete) co_return unknown_for_good(h.args, before);
    decision d;
    d.standing = before;
    d.outcome = queue::retry("unreconciled", "charge " + h.args.key + ": " + found.trouble, queue::sent::nothing);
    co_return d;
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
    auto again = queue::retry("ledger_unwritten", why, d.outcome.sent);
    again.contact = d.outcome.contact;
    co_return again;
}

}  // namespace

std::unique_ptr<jobs::handler> make_handler(const services& s) { return std::make_unique<charging>(s); }

}  // namespace dormouse::jobs::wallet_charge
