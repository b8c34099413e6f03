// Lives of charges among faults, deaths, duplicates and outages, over the pure rules; the wallets here differ as real
// ones do. What must hold in every one: at most one charge per charge key, and no job that says otherwise.
#include "jobs/wallet_charge/doubt.hpp"
#include "queue/job.hpp"
#include "tests/unit/jobs/said.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include <map>
#include <random>

namespace dormouse::jobs::wallet_charge {
namespace {

using net::failure_class;
using net::progress;
using site::charge_standing;
using site::charge_state;
using verb = queue::outcome::verb;

const base::time_ms start = base::from_epoch_ms(1'795'212'000'000);
constexpr std::int64_t price = 990;
const charge_args args{"p1", price, "RUB", "subscription", "chg_model_01"};

class chance {
public:
    explicit chance(std::uint64_t seed) : engine_{seed} {}
    bool one_in(int n) { return below(n) == 0; }
    int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
    base::ms up_to(base::ms most) {
        return base::ms{static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(most.count()))};
    }

private:
    std::mt19937_64 engine_;
};

/// A wallet that remembers keys for a day, and as badly as the seed says.
class wallet {
public:
    explicit wallet(chance& c)
        : keeps_refusals_{c.one_in(2)}, balance_first_{c.one_in(3)}, balance_{c.one_in(2) ? 5'000 : 10} {}

    api::answer charge(const std::string& key, base::time_ms now) {
        std::erase_if(known_, [&](const auto& k) { return now - k.second.at >= 24h; });
        if (balance_first_ && balance_ < price) return refusal();
        if (const auto known = known_.find(key); known != known_.end()) return known->second.said;
        if (balance_ < price) {
            if (keeps_refusals_) known_[key] = {now, refusal()};
            return refusal();
        }
        balance_ -= price;
        charges.push_back({key, now});
        known_[key] = {now, api::said(200, confirmation())};
        return known_[key].said;
    }
    /// A request that is still under way when its sender has given it up.
    void charge_later(const std::string& key, base::time_ms at) { under_way_.emplace(at, key); }
    void arrive(base::time_ms now) {
        while (!under_way_.empty() && under_way_.begin()->first <= now) {
            (void)charge(under_way_.begin()->second, under_way_.begin()->first);
            under_way_.erase(under_way_.begin());
        }
    }
    void top_up() { balance_ += 2 * price; }

    [[nodiscard]] search_result search(const wanted_charge& wanted) const {
        boost::json::array page;
        for (const auto& c : charges)
            page.push_back({{"transaction_id", "txn_1"},
                            {"type", "charge"},
                            {"amount", price},
                            {"reason", reason_with_key(args.reason, c.key)},
                            {"created_at", base::to_iso8601(c.at)}});
        search_result seen;
        if (!read_page(page, wanted, seen)) (void)read_page({}, wanted, seen);
        return seen;
    }

    struct made {
        std::string key;
        base::time_ms at;
    };
    std::vector<made> charges;

private:
    static api::answer refusal() { return api::said(402, R"({"error":"insufficient_funds","balance":10})"); }
    static std::string confirmation() {
        return boost::json::serialize(boost::json::object{
            {"transaction_id", "txn_1"}, {"project_id", args.project}, {"amount", price}, {"status", "completed"}});
    }
    struct stored {
        base::time_ms at;
        api::answer said;
    };
    bool keeps_refusals_;
    bool balance_first_;
    std::int64_t balance_;
    std::map<std::string, stored> known_;
    std::multimap<base::time_ms, std::string> under_way_;
};

/// The row, as site::charges keeps it.
struct ledger_row {
    std::int64_t epoch = 0;
    charge_standing standing;
    int job = 0;

    template <class F>
    site::charge_claim claim(int by, F open) {
        site::charge_claim c;
        c.epoch = ++epoch;
        c.standing = standing;
        c.job_id = std::to_string(std::exchange(job, by));
        standing = open(c);
        return c;
    }
    bool record(std::int64_t by, const charge_standing& s) {
        if (by != epoch) return false;
        standing = s;
        return true;
    }
};

struct model_job {
    int id;
    queue::history past{};
    base::time_ms due = start;
    std::optional<queue::outcome> end{};
    int replays = 0;
};

class life {
public:
    explicit life(std::uint64_t seed)
        : c{seed}, random{seed}, calm{c.one_in(8)}, blind_for_ever{c.one_in(10)}, w{c}, jobs{{.id = 1}} {
        if (c.one_in(3)) jobs.push_back({.id = 2});
    }

    void run() {
        for (int n = 0; n < 20'000 && !ended(); ++n) {
            auto& j = next_job();
            now = std::max(now, j.due) + (c.one_in(15) ? c.up_to(96h) : c.up_to(5s));
            if (c.one_in(12)) w.top_up();
            attempt(j, true);
        }
        w.arrive(now + 24h);
    }

    [[nodiscard]] bool ended() const {
        return std::ranges::all_of(jobs, [](const auto& j) { return j.end.has_value(); });
    }

    chance c;
    base::random_engine random;
    bool calm;            ///< No faults.
    bool blind_for_ever;  ///< The transactions can never be read.
    wallet w;
    ledger_row row;
    std::vector<model_job> jobs;
    base::time_ms now = start;
    std::optional<base::time_ms> first_doubt;

private:
    model_job& next_job() {
        auto* best = &jobs.front();
        for (auto& j : jobs)
            if (!j.end && (best->end || j.due < best->due)) best = &j;
        return *best;
    }

    search_result look(const site::charge_standing& before) {
        w.arrive(now);
        if (blind_for_ever || (!calm && c.one_in(4)))
            return {.complete = false, .found = false, .transaction_id = {}, .balance_after = {}, .trouble = "blind"};
        return w.search({.args = args, .dunning = before.dunning, .since = start});
    }

    api::answer send(const std::string& key) {
        w.arrive(now);
        if (calm) return w.charge(key, now);
        const auto html = [](int status) { return api::said(status, "<html>"); };
        const auto charged = [&](api::answer instead) {
            (void)w.charge(key, now);
            return instead;
        };
        switch (c.below(20)) {
            case 0: return api::silent(failure_class::reset, progress::maybe);
            case 1: return charged(api::silent(failure_class::timeout, progress::maybe));
            case 2:
                w.charge_later(key, now + c.up_to(3min));
                return api::silent(failure_class::timeout, progress::maybe);
            case 3: return html(500);
            case 4: return charged(html(502));
            case 5: return charged(html(std::array{400, 402, 403, 404, 422}[static_cast<std::size_t>(c.below(5))]));
            case 6: return charged(html(200));
            case 7: return api::said(429, R"({"error":"rate_limited"})", 60s);
            case 8: return api::said(401, R"({"error":"unauthorized"})");
            case 9: return api::said(409, R"({"error":"in_progress"})");
            case 10: return api::silent(failure_class::connect, progress::not_sent);
            case 11: return c.one_in(5) ? api::said(404, R"({"error":"wallet_not_found"})") : html(404);
            default: return w.charge(key, now);
        }
    }

    decision decided(const model_job& j, const charge_standing& before) {
        const auto began = now;
        const auto answer = send(wire_key(args.key, before.dunning));
        now += c.up_to(15s);
        const ended_attempt ended{
            .answer = answer, .args = args, .before = before, .now = now, .sent_at = began, .state = j.past.state};
        auto d = decide(ended, random);
        return d.look == look::no ? d : resolved(ended, std::move(d), look(before));
    }

    decision take(const model_job& j, step s, const charge_standing& before) {
        const unsent_attempt unsent{args, before, now, j.past.state};
        if (s != step::send)
            if (auto instead = seen_first(unsent, s, look(before))) return *instead;
        return decided(j, before);
    }

    // `alone`: not itself within another attempt that has lost its lease.
    void attempt(model_job& j, bool alone) {
        const auto& past = j.past;
        const bool is_fresh = past.attempts + past.defers + past.crashes == 0;
        beginning begun;
        const auto claim = row.claim(j.id, [&](const site::charge_claim& found) {
            begun = begin(found.standing, now, {is_fresh, found.job_id == std::to_string(j.id)});
            return begun.noted(now);
        });
        if (!first_doubt) first_doubt = now;
        if (alone && !calm && c.one_in(10)) {
            auto twin = j;
            attempt(twin, false);
            now += c.up_to(10s);
        }
        const auto& before = begun.before;
        if (begun.next < step::look) return end_unsent(j, begun.next, before, alone);
        const auto d = take(j, begun.next, before);
        check_charges();
        const bool dies = !calm && c.one_in(12);
        if (dies && c.one_in(2)) return crash(j);
        const bool written = !(!calm && c.one_in(15)) && row.record(claim.epoch, d.standing);
        if (dies) return crash(j);
        if (alone) settle(j, written ? d.outcome : queue::defer(now + 5s, "ledger_unwritten"));
    }

    void end_unsent(model_job& j, step s, const charge_standing& before, bool alone) {
        if (!calm && c.one_in(12)) return crash(j);
        if (!alone) return;
        const unsent_attempt unsent{args, before, now, j.past.state};
        settle(j, s == step::wait   ? not_due(unsent)
                  : s == step::stay ? still_ended(unsent)
                                    : settled(args, before, before.transaction_id, before.balance_after).outcome);
    }

    void crash(model_job& j) {
        ++j.past.crashes;
        j.due = now + c.up_to(60s);
    }

    void settle(model_job& j, const queue::outcome& o) {
        if (o.what == verb::retry || o.what == verb::defer) {
            ++(o.what == verb::retry ? j.past.attempts : j.past.defers);
            j.past.state = o.state;
            j.due = std::max(now, o.when.value_or(now + c.up_to(15min)));
            return;
        }
        check_end(o);
        j.past = {};
        if (o.what == verb::dead && j.replays++ < 2 && c.one_in(2)) {
            j.due = now + late_arrival + c.up_to(48h);
            return;
        }
        j.end = o;
    }

    void check_charges() { ASSERT_LE(w.charges.size(), 1U) << w.charges.back().key; }

    void check_end(const queue::outcome& o) {
        w.arrive(now + 24h);  // nothing may come after the end
        if (o.what == verb::done) {
            EXPECT_EQ(w.charges.size(), 1U);
        } else if (o.reason == "charge_unknown") {
            EXPECT_GE(now - *first_doubt, sure_window);
            EXPECT_TRUE(w.charges.empty() || blind_for_ever || now - *first_doubt >= longest_blind) << o.detail;
        } else {
            EXPECT_EQ(w.charges.size(), 0U) << o.reason << ": " << o.detail;
        }
    }
};

TEST(WalletModel, ChargesAtMostOnceAndSaysWhatIsTrueWhateverHappens) {
    std::map<std::string, int> ends;
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        life l{seed};
        l.run();
        ASSERT_TRUE(l.ended()) << "seed " << seed;
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
        for (const auto& j : l.jobs) ++ends[j.end->what == verb::done ? "done" : j.end->reason];
    }
    // The lives are worth something only if they differ.
    for (const auto* reason : {"done", "insufficient_funds", "charge_unknown", "unreconciled", "wallet_not_found"})
        EXPECT_GE(ends[reason], 5) << reason;
    EXPECT_GT(ends["done"], 1'000);
}

}  // namespace
}  // namespace dormouse::jobs::wallet_charge
