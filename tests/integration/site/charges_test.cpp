#include "site/charges.hpp"

#include "tests/integration/site/site_database.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <gmock/gmock.h>

#include <set>

namespace dormouse::site {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

charge_standing sending(const charge_claim& c) {
    auto s = c.standing;
    if (s.state != charge_state::charged && !s.unsure_since) s.unsure_since = now;
    return s;
}

charge_standing looking(const charge_claim& c) { return c.standing; }

class Charges : public site_database {
protected:
    Charges() { migrate(); }

    charge_claim claim(base::time_ms at = now) { return run(ledger.claim(facts, "job-1", at, sending, {})).value(); }
    bool record(const charge_claim& c, charge_standing s) {
        return run(ledger.record(facts.key, c.epoch, std::move(s), now, {})).value();
    }
    charge_standing standing() { return run(ledger.find(facts.key, {})).value().value(); }

    const charge_facts facts{"chg_abcdef12", "p1", 9'007'199'254'740'991, "RUB", "продление 🐭"};
    pool db{settings()};
    charges ledger{db};
};

TEST_F(Charges, FirstClaimMakesTheRowAndNotesTheDoubt) {
    const auto c = claim();
    EXPECT_EQ(c.epoch, 1);
    EXPECT_EQ(c.standing, charge_standing{}) << "as it was before: nothing was ever sent";
    EXPECT_EQ(standing().unsure_since, now);
    EXPECT_EQ(server.sql("SELECT project, amount, currency, reason, job_id, epoch FROM wp_dormouse_charge"),
              "p1\t9007199254740991\tRUB\tпродление 🐭\tjob-1\t1");
}

TEST_F(Charges, ADoubtKeepsItsFirstTime) {
    claim();
    EXPECT_EQ(claim(now + 1h).standing.unsure_since, now);
    EXPECT_EQ(standing().unsure_since, now);
}

TEST_F(Charges, WhoeverClaimedLastWritesAndNobodyElse) {
    const auto late = claim();
    const auto present = claim();
    charge_standing s;
    s.state = charge_state::charged;
    s.transaction_id = "txn_1";
    EXPECT_FALSE(record(late, s));
    EXPECT_EQ(standing().state, charge_state::open);
    EXPECT_TRUE(record(present, s));
    EXPECT_TRUE(record(present, s)) << "the same words again are no lost claim";
    EXPECT_EQ(standing(), s);
}

TEST_F(Charges, EverythingKnownIsKept) {
    const auto c = claim();
    charge_standing s;
    s.state = charge_state::refused;
    s.dunning = 2;
    s.refused_at = now - 24h;
    s.unsure_since = now - 1h;
    s.balance_after = 7;
    s.note = "insufficient_funds";
    EXPECT_TRUE(record(c, s));
    EXPECT_EQ(standing(), s);
    EXPECT_EQ(claim().standing, s);
}

TEST_F(Charges, AChargedRowIsNoDoubtAgain) {
    charge_standing s;
    s.state = charge_state::charged;
    record(claim(), s);
    EXPECT_EQ(claim(now + 1h).standing, s);
    EXPECT_FALSE(standing().unsure_since);
}

TEST_F(Charges, AClaimThatWillNotSendLeavesNoDoubt) {
    run(ledger.claim(facts, "job-1", now, looking, {})).value();
    EXPECT_EQ(standing(), charge_standing{});
    claim();
    run(ledger.claim(facts, "job-2", now + 1h, looking, {})).value();
    EXPECT_EQ(standing().unsure_since, now) << "of the one before";
}

TEST_F(Charges, AClaimThatOpensTheChargeAgainWritesIt) {
    charge_standing s;
    s.state = charge_state::ended;
    s.dunning = 4;
    s.note = "insufficient_funds";
    record(claim(), s);
    const auto reopen = [](const charge_claim& c) {
        auto begun = c.standing;
        begun.state = charge_state::open;
        begun.dunning = 5;
        begun.unsure_since = now;
        return begun;
    };
    EXPECT_EQ(run(ledger.claim(facts, "job-1", now, reopen, {})).value().standing, s) << "as it was before";
    EXPECT_EQ(standing().state, charge_state::open);
    EXPECT_EQ(standing().dunning, 5);
    EXPECT_EQ(standing().unsure_since, now);
}

TEST_F(Charges, WhatIsSentIsWhatTheFirstJobSaid) {
    claim();
    auto other = facts;
    other.reason = "in other words";
    other.currency = "USD";
    other.any_currency = true;
    const auto second = run(ledger.claim(other, "job-2", now + 1h, sending, {})).value();
    EXPECT_EQ(second.reason, facts.reason);
    EXPECT_EQ(second.currency, "RUB");
    EXPECT_EQ(second.job_id, "job-1");
    EXPECT_EQ(second.made_at, now);
    other.any_currency = false;
    EXPECT_EQ(run(ledger.claim(other, "job-2", now, sending, {})).error(), base::errc::conflict);
}

TEST_F(Charges, AKeyOfAnotherChargeIsAConflict) {
    claim();
    auto other = facts;
    other.amount = 5;
    const auto refused = run(ledger.claim(other, "job-2", now, sending, {}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), base::errc::conflict);
    EXPECT_THAT(refused.error().detail, HasSubstr("chg_abcdef12 belongs to a charge of 9007199254740991 RUB"));
    EXPECT_EQ(claim().epoch, 2) << "the refused claim left nothing behind";
}

TEST_F(Charges, ManyClaimsAtOnceGetDifferentEpochs) {
    using namespace boost::asio::experimental::awaitable_operators;
    struct body {
        static base::awaitable<std::set<std::int64_t>> all(charges& ledger, charge_facts facts) {
            std::set<std::int64_t> epochs;
            for (int round = 0; round < 10; ++round) {
                auto [a, b, c, d] = co_await (
                    ledger.claim(facts, "a", now, sending, {}) && ledger.claim(facts, "b", now, sending, {}) &&
                    ledger.claim(facts, "c", now, sending, {}) && ledger.claim(facts, "d", now, sending, {}));
                for (const auto* r : {&a, &b, &c, &d}) epochs.insert(r->value().epoch);
            }
            co_return epochs;
        }
    };
    EXPECT_EQ(run(body::all(ledger, facts)).size(), 40U);
}

TEST_F(Charges, AnUnknownKeyIsNotFound) { EXPECT_FALSE(run(ledger.find("chg_nobody1", {})).value()); }

}  // namespace
}  // namespace dormouse::site
