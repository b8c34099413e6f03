#include "worker/gate.hpp"

#include <gtest/gtest.h>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;

queue::outcome called(queue::health health, const std::string& host, const std::string& failure = {}) {
    auto o = health == queue::health::good ? queue::done() : queue::retry("test", "", queue::sent::maybe);
    if (!failure.empty()) o.sent = queue::sent::not_sent;
    o.contact = {host, health, failure};
    return o;
}

const auto good = [](const std::string& host) { return called(queue::health::good, host); };
const auto bad = [](const std::string& host) { return called(queue::health::bad, host); };
const auto no_dns = [](const std::string& host) { return called(queue::health::bad, host, "dns"); };

class Gate : public testing::Test {
protected:
    std::optional<gate::refusal> refuse(const std::string& target, const queue::history& past) {
        return g.refuse(target, past, wall, now, random);
    }
    int places(const std::string& target) { return g.places(target, now); }
    gate::lesson attempt(const std::string& target, const queue::outcome& o, const queue::history& past = {}) {
        return g.end(g.start(target, past, now).pass, past, &o, now, random);
    }
    void open(const std::string& target, const std::string& host = "h") {
        for (int i = 0; i < 5; ++i) (void)attempt(target, bad(host));
    }
    /// A job that failed a moment ago.
    [[nodiscard]] queue::history failed() const {
        queue::history h;
        h.attempts = 1;
        h.last_failure = wall - 5s;
        return h;
    }

    gate g{16, gate_rules{}};
    base::random_engine random{1};
    gate::instant now{std::chrono::hours{5}};
    base::time_ms wall{std::chrono::hours{500'000}};
};

TEST_F(Gate, AJobWithoutATargetIsNeverStopped) {
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(places(""), breaker::unlimited);
        EXPECT_FALSE(refuse("", failed()));
        (void)attempt("", bad("h"), failed());
    }
    EXPECT_EQ(g.known(), 0U);
}

TEST_F(Gate, AnOpenTargetIsClosedOffAndTheOthersAreNot) {
    open("hook:1");
    EXPECT_EQ(places("hook:1"), 0);
    EXPECT_EQ(places("hook:2"), breaker::unlimited);
    EXPECT_EQ(g.not_closed(), 1U);
    EXPECT_EQ(g.next_due(), now + 30s);
    EXPECT_TRUE(g.due(now + 30s - 1ms).empty());
    EXPECT_EQ(g.due(now + 30s), std::vector<std::string>{"hook:1"});
    EXPECT_FALSE(g.next_due());
}

TEST_F(Gate, ChangesOfABreakerAreToldOnce) {
    std::vector<std::pair<breaker_state, base::ms>> told;
    const auto note = [&](const std::optional<gate::change>& c) {
        if (c) told.emplace_back(c->state, c->pause);
    };
    for (int i = 0; i < 5; ++i) note(attempt("t", bad("h")).breaker);
    now += 30s;
    for (int i = 0; i < 9; ++i) {
        const auto s = g.start("t", {}, now);
        note(s.breaker);
        const auto o = good("h");
        note(g.end(s.pass, {}, &o, now, random).breaker);
    }
    EXPECT_EQ(told, (decltype(told){{breaker_state::open, 30s},
                                    {breaker_state::half_open, 0s},
                                    {breaker_state::slow_start, 0s},
                                    {breaker_state::closed, 0s}}));
    EXPECT_EQ(g.not_closed(), 0U);
}

TEST_F(Gate, AnAttemptThatNeverCameBackFreesTheProbesPlace) {
    open("t");
    now += 30s;
    const auto s = g.start("t", {}, now);
    EXPECT_EQ(places("t"), 0);
    (void)g.end(s.pass, {}, nullptr, now, random);
    EXPECT_EQ(places("t"), 1);
}

TEST_F(Gate, QuickRetriesOfAHostShareABudgetAndFirstTriesNeedNone) {
    (void)attempt("hook:1", good("h"));
    (void)attempt("hook:2", good("h"));
    int taken = 0;
    for (int i = 0; i < 300; ++i) taken += refuse(i % 2 == 0 ? "hook:1" : "hook:2", failed()) ? 0 : 1;
    EXPECT_EQ(taken, 100);
    const auto refused = refuse("hook:1", failed());
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, "retry_budget");
    EXPECT_FALSE(refuse("hook:1", {}));
    EXPECT_FALSE(refuse("hook:3", failed())) << "its host is not known yet";
}

TEST_F(Gate, RefusedRetriesComeBackJitteredAndLaterEachTime) {
    for (int i = 0; i < 100; ++i) (void)refuse("t", failed());
    auto past = failed();
    for (const auto& [defers, most] : {std::pair{0, 500ms}, {1, 1'000ms}, {3, 4'000ms}, {50, 30'000ms}}) {
        past.defers = defers;
        std::set<base::ms> waits;
        for (int i = 0; i < 50; ++i) waits.insert(refuse("t", past).value().wait);
        EXPECT_GE(*waits.begin(), most / 2);
        EXPECT_LT(*waits.rbegin(), most);
        EXPECT_GT(waits.size(), 10U);
    }
}

TEST_F(Gate, RetriesHoldAtMostHalfOfTheSlots) {
    std::vector<gate::pass> running;
    auto slow = failed();
    slow.last_failure = wall - 1h;
    for (int i = 0; i < 8; ++i) {
        const auto target = "hook:" + std::to_string(i);
        ASSERT_FALSE(refuse(target, slow));
        running.push_back(g.start(target, slow, now).pass);
    }
    const auto refused = refuse("hook:8", slow);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, "retry_share");
    EXPECT_FALSE(refuse("hook:8", {})) << "a first try";
    const auto o = good("h");
    (void)g.end(running.back(), slow, &o, now, random);
    EXPECT_FALSE(refuse("hook:8", slow));
}

TEST_F(Gate, AProbeNeedsNoBudget) {
    (void)attempt("t", good("h"));
    for (int i = 0; i < 100; ++i) (void)refuse("t", failed());
    open("t");
    now += 30s;
    for (int i = 0; i < 31; ++i) (void)refuse("other", failed());
    EXPECT_FALSE(refuse("t", failed()));
}

TEST_F(Gate, AnOutageOfOursIsCountedAgainstNobody) {
    (void)attempt("hook:1", no_dns("a"));
    (void)attempt("hook:2", no_dns("b"));
    const auto third = attempt("hook:3", no_dns("c"));
    EXPECT_EQ(third.outage, outage::change::begun);
    ASSERT_TRUE(third.ours);
    EXPECT_GE(*third.ours, 30s);
    EXPECT_LT(*third.ours, 40s);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(attempt("hook:1", no_dns("a")).ours);
    EXPECT_EQ(g.state_of("hook:1"), breaker_state::closed);
    EXPECT_EQ(attempt("hook:4", good("d")).outage, outage::change::ended);
    EXPECT_FALSE(attempt("hook:1", no_dns("a")).ours);
}

TEST_F(Gate, AnAnswerOfAnyStatusSaysTheNetworkIsThere) {
    auto refusal = bad("d");
    refusal.sent = queue::sent::answered;
    (void)attempt("hook:1", no_dns("a"));
    (void)attempt("hook:2", no_dns("b"));
    (void)attempt("hook:4", refusal);
    EXPECT_FALSE(attempt("hook:3", no_dns("c")).ours);
}

TEST_F(Gate, WhoeverIsDeferredForeverSpendsAttemptsAgain) {
    queue::history past;
    past.defers = 100;
    for (const auto* host : {"a", "b", "c"}) (void)attempt(host, no_dns(host));
    EXPECT_TRUE(attempt("a", no_dns("a")).ours);
    EXPECT_FALSE(attempt("a", no_dns("a"), past).ours);
}

TEST_F(Gate, HeldLanesAreKeptWithTheirTarget) {
    open("wallet");
    g.hold("wallet", "a");
    g.hold("wallet", "b");
    g.hold("unknown", "c");
    EXPECT_EQ(g.lanes_of("wallet"), (std::set<std::string>{"a", "b"}));
    EXPECT_TRUE(g.lanes_of("unknown").empty());
    g.release("wallet");
    EXPECT_TRUE(g.lanes_of("wallet").empty());
}

TEST_F(Gate, OrdinaryTargetsAreForgottenAndOpenOnesKept) {
    open("down");
    for (std::size_t i = 0; i < 3 * gate::most_targets; ++i) {
        (void)attempt("hook:" + std::to_string(i), good("h"));
        if (i % gate::most_targets == 0) now += 2s;
    }
    EXPECT_LE(g.known(), gate::most_targets);
    EXPECT_EQ(g.state_of("down"), breaker_state::open);
}

TEST_F(Gate, AnOpenTargetThatNobodyCallsIsForgottenInTheEnd) {
    open("gone");
    g.hold("gone", "lane");
    EXPECT_TRUE(g.look(now + 30s + 59min).forgotten.empty());
    EXPECT_EQ(g.look(now + 30s + 1h).forgotten, (std::map<std::string, std::set<std::string>>{{"gone", {"lane"}}}));
    EXPECT_EQ(g.not_closed(), 0U);
    EXPECT_EQ(places("gone"), breaker::unlimited);
}

}  // namespace
}  // namespace dormouse::worker
