#include "jobs/reminder_email/handler.hpp"

#include "base/log.hpp"
#include "jobs/api/kind_pause.hpp"
#include "jobs/api/rows.hpp"
#include "jobs/reminder_email/answer.hpp"
#include "jobs/reminder_email/args.hpp"
#include "jobs/reminder_email/domain_pace.hpp"
#include "jobs/reminder_email/errand.hpp"
#include "jobs/reminder_email/opening.hpp"
#include "queue/retry_policy.hpp"
#include "site/connection.hpp"
#include "site/pool.hpp"

namespace dormouse::jobs::reminder_email {

namespace {

using namespace std::chrono_literals;
namespace log = base::log;

// For writing down what is known after the worker has cut the attempt off; it lets go of it 5 s after the deadline.
constexpr base::ms write_within = 3s;
constexpr auto limit_name = "mail";

queue::outcome wait_for_ledger(const attempt& a, const base::error& e) {
    log::warn("mail.ledger_unavailable", {{"job_id", a.claimed.job.id}, {"error", e.message()}});
    auto o = queue::defer(a.now + queue::full_jitter(5s, 5min, a.claimed.history.defers + 1, a.random),
                          "ledger_unavailable", e.message());
    o.state = a.claimed.history.state;
    return o;
}

queue::outcome no_letter(std::int64_t id) {
    return queue::drop("no_letter", "the ledger has no letter " + std::to_string(id));
}

site::day today(const attempt& a) { return std::chrono::floor<std::chrono::days>(a.now); }

/// A letter that still has to go waits for the next opening; what has ended is told at once.
std::optional<queue::outcome> closed(const errand& e, const std::vector<site::opening>& openings) {
    if (!site::is_pending(e.row.state)) return std::nullopt;
    const auto next = opening_ahead(openings, e.job.now);
    if (!next) return std::nullopt;
    return queue::defer(turn_in(*next, e.job.random), "outside_window",
                        "letters go again from " + base::to_iso8601(next->from));
}

std::string domain_of(const std::string& address) { return address.substr(address.rfind('@') + 1); }

/// A letter under way to a domain.
class place {
public:
    place(domain_pace& pace, std::string domain) : pace_{pace}, domain_{std::move(domain)} {}
    ~place() { pace_.leave(domain_); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

private:
    domain_pace& pace_;
    std::string domain_;
};

class writing final : public jobs::handler {
public:
    explicit writing(const services& s)
        : services_{s},
          ledger_{s.pool},
          suppressions_{s.pool},
          sources_{sources_of(s.pool, s.settings.scheduler.sleepers)},
          sending_{s, ledger_} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }
    [[nodiscard]] base::result<void> check(const boost::json::object& args) const override {
        return base::without_value(read_args(args));
    }
    [[nodiscard]] std::string target(const boost::json::object&) const override { return "mail"; }
    [[nodiscard]] std::vector<queue::limit> limits(const boost::json::object& args) const override;
    [[nodiscard]] base::ms default_timeout() const noexcept override { return options().timeout; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return api::no_limit_of_attempts; }
    [[nodiscard]] base::ms backoff(int failed, base::random_source& random) const override {
        return retry_delay(failed, random);
    }
    [[nodiscard]] base::awaitable<queue::outcome> run(const attempt& a) override;

private:
    [[nodiscard]] const config::mail_settings& options() const noexcept { return services_.settings.mail; }
    [[nodiscard]] queue::limit limit_of(const std::string& domain) const {
        return {.name = std::string{limit_name} + ':' + domain,
                .most = options().domain_connections,
                .per_minute = options().domain_per_minute};
    }
    [[nodiscard]] base::awaitable<std::optional<queue::outcome>> settle_first(const attempt& a);
    [[nodiscard]] base::awaitable<queue::outcome> letter(const attempt& a, letter_args args);
    [[nodiscard]] base::awaitable<queue::outcome> later(const errand& e, base::time_ms turn);
    [[nodiscard]] base::awaitable<queue::outcome> test(const attempt& a, test_letter t);
    [[nodiscard]] base::awaitable<base::result<site::letter_claim>> claim(const attempt& a, site::reminder row,
                                                                          std::shared_ptr<draft> letter);
    [[nodiscard]] base::awaitable<std::optional<queue::outcome>> take(errand& e, const letter_args& args);
    [[nodiscard]] base::awaitable<std::optional<queue::outcome>> reopen(errand& e);
    [[nodiscard]] base::awaitable<queue::outcome> write_down(const errand& e, verdict v);
    [[nodiscard]] base::awaitable<> learn(const errand& e, const verdict& v);

    services services_;
    site::reminders ledger_;
    site::suppressions suppressions_;
    draft_sources sources_;
    sending sending_;
    domain_pace pace_;
    api::kind_pause pause_{1};
};

std::vector<queue::limit> writing::limits(const boost::json::object& args) const {
    const auto& o = options();
    std::vector<queue::limit> out{{.name = limit_name, .most = o.connections, .per_minute = o.per_minute}};
    const auto read = read_args(args);
    if (!read || read->domain.empty()) return out;
    out.push_back(pace_.of(read->domain, limit_of(read->domain), base::system_clock().now()));
    return out;
}

base::awaitable<queue::outcome> writing::run(const attempt& a) {
    if (options().host.empty())
        co_return queue::dead("not_configured", "kinds.reminder-email.host is not set; set it and retry the job");
    auto args = read_args(a.claimed.job.args);
    if (!args) co_return queue::dead("bad_args", args.error().message());
    if (auto known = co_await settle_first(a)) co_return std::move(*known);
    if (const auto until = pause_.until(a.now))
        co_return api::held(*until, "no letter can be sent; see mail.alert in the log", a.claimed.history.state,
                            a.random);
    if (args->test) co_return co_await test(a, *args->test);
    co_return co_await letter(a, std::move(*args));
}

/// An answer that the ledger does not know yet comes before everything else.
base::awaitable<std::optional<queue::outcome>> writing::settle_first(const attempt& a) {
    const auto left = read_state(a.claimed.history.state);
    if (!left) co_return std::nullopt;
    const auto wrote = co_await ledger_.settle(left->fence, left->end, a.now, a.limit);
    if (!wrote) co_return wait_for_ledger(a, wrote.error());
    co_return std::nullopt;
}

base::awaitable<queue::outcome> writing::letter(const attempt& a, letter_args args) {
    errand e{a};
    if (auto instead = co_await take(e, args)) co_return std::move(*instead);
    e.domain = args.domain.empty() ? domain_of(e.letter.to) : args.domain;
    std::optional<place> held;
    if (args.domain.empty()) {
        if (const auto turn = pace_.enter(e.domain, limit_of(e.domain), a.claimed.job.id, e.now()))
            co_return co_await later(e, *turn);
        held.emplace(pace_, e.domain);
    }
    auto v = co_await sending_.carry(e);
    // Whatever happens to this attempt now, what is known must be written down.
    co_await base::shield();
    co_return co_await write_down(e, std::move(v));
}

base::awaitable<queue::outcome> writing::later(const errand& e, base::time_ms turn) {
    co_await base::shield();
    // If the ledger cannot be told, the lease ends by itself.
    (void)co_await ledger_.release(e.fence, e.now(), base::deadline::after(write_within));
    co_return queue::defer(turn, "paced", "letters to " + e.domain + " go one after the other");
}

base::awaitable<base::result<site::letter_claim>> writing::claim(const attempt& a, site::reminder row,
                                                                 std::shared_ptr<draft> letter) {
    std::vector<site::reminder> members;
    if (row.what.user_id == 0) {
        auto found = co_await ledger_.digest_members(row.what, a.limit);
        if (!found) co_return base::fail(std::move(found));
        members = std::move(*found);
    }
    // The draft is of the last look: a claim whose connection broke is made again from its start.
    auto look = [letter = std::move(letter), sources = sources_, members = std::move(members), day = today(a)](
                    site::connection& c, const site::reminder& r) -> base::result<std::optional<site::letter_refusal>> {
        auto found = look_again(c, sources, r, members, day);
        *letter = std::move(found.letter);
        return std::move(found.no);
    };
    co_return co_await ledger_.claim(row.id, owner_of(a), services_.settings.worker.lease, std::move(look), a.now,
                                     a.limit);
}

base::awaitable<std::optional<queue::outcome>> writing::take(errand& e, const letter_args& args) {
    const auto& a = e.job;
    const auto id = args.reminder;
    auto row = co_await ledger_.find(id, a.limit);
    if (!row) co_return wait_for_ledger(a, row.error());
    if (!*row) co_return no_letter(id);
    e.row = std::move(**row);
    if (auto instead = co_await reopen(e)) co_return instead;
    if (auto night = closed(e, args.openings)) co_return night;
    const auto letter = std::make_shared<draft>();
    auto got = co_await claim(a, e.row, letter);
    if (!got) co_return wait_for_ledger(a, got.error());
    using enum site::letter_claim::end;
    if (got->what == not_yet)
        co_return queue::defer(std::max(got->again_at, a.now + 1s), "not_yet",
                               "another attempt has the letter, or this person got one less than 20 h ago");
    if (got->what == refused || got->what == settled) co_return standing(got->row);
    if (got->what == unknown) co_return no_letter(id);
    e.row = std::move(got->row);
    e.fence = std::move(got->fence);
    e.letter = std::move(*letter);
    co_return std::nullopt;
}

/// A doubt that the relay itself can end: it sends no two letters with the same idempotency header.
base::awaitable<std::optional<queue::outcome>> writing::reopen(errand& e) {
    if (e.row.state != site::letter_state::in_doubt || options().reconcile != config::doubt_rule::idempotent_relay)
        co_return std::nullopt;
    auto row = co_await ledger_.resolve(e.row.id, site::resolution::again, "relay", e.job.now, e.job.limit);
    if (!row) co_return wait_for_ledger(e.job, row.error());
    e.row = std::move(*row);
    co_return std::nullopt;
}

base::awaitable<queue::outcome> writing::write_down(const errand& e, verdict v) {
    co_await learn(e, v);
    const auto limit = base::deadline::after(write_within);
    auto wrote = v.untried ? co_await ledger_.release(e.fence, e.now(), limit)
                           : co_await ledger_.settle(e.fence, v.end, e.now(), limit);
    if (wrote || v.untried || v.end.state == site::letter_state::in_doubt) co_return std::move(v.outcome);
    log::error("mail.ledger_unwritten",
               {{"job_id", e.job.claimed.job.id}, {"reminder", e.row.id}, {"error", wrote.error().message()}});
    const auto& past = e.job.claimed.history;
    const auto delay = queue::full_jitter(5s, 5min, past.attempts + past.defers + 1, e.job.random);
    auto again = queue::defer(e.now() + delay, "ledger_unwritten", wrote.error().message());
    again.sent = v.outcome.sent;
    again.contact = v.outcome.contact;
    again.state = to_state({e.fence, v.end});
    co_return again;
}

base::awaitable<> writing::learn(const errand& e, const verdict& v) {
    if (v.hold_kind) (void)pause_.refused(e.now());
    if (v.outcome.what == queue::outcome::verb::done) pause_.accepted();
    if (v.slow_down && !e.domain.empty()) pace_.slow_down(e.domain, base::system_clock().now());
    if (v.alert)
        log::error("mail.alert", {{"job_id", e.job.claimed.job.id},
                                  {"reminder", e.row.id},
                                  {"reason", v.outcome.reason},
                                  {"detail", *v.alert}});
    if (!v.suppress) co_return;
    const auto added = co_await suppressions_.add({.address_hash = site::hash_address(e.letter.to),
                                                   .reason = "bounced",
                                                   .note = v.end.reason,
                                                   .created_at = e.now()},
                                                  base::deadline::after(write_within));
    if (!added) log::warn("mail.suppression_unwritten", {{"reminder", e.row.id}, {"error", added.error().message()}});
}

base::awaitable<queue::outcome> writing::test(const attempt& a, test_letter t) {
    errand e{a};
    auto seen = co_await services_.pool.run(
        [sources = sources_, t, day = today(a)](site::connection& c) -> base::result<looked> {
            return look_at_test(c, sources, t, day);
        },
        a.limit, site::on_loss::repeat);
    if (!seen) co_return queue::dead("database_unavailable", seen.error().message());
    if (seen->no) co_return queue::dead(seen->no->reason, "there is no such letter to test: see the level's screen");
    e.letter = std::move(seen->letter);
    e.is_test = true;
    auto v = co_await sending_.carry(e);
    co_await base::shield();
    v.suppress = false;
    co_await learn(e, v);
    co_return only_try(std::move(v.outcome));
}

}  // namespace

std::unique_ptr<jobs::handler> make_handler(const services& s) { return std::make_unique<writing>(s); }

}  // namespace dormouse::jobs::reminder_email
