#include "worker/breaker.hpp"

#include <gtest/gtest.h>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;
using queue::health;

// One breaker and a clock that moves when told to.
class Breaker : public testing::Test {
protected:
    void attempt(health found) { b.end(b.start(now), found, now); }
    void attempts(int n, health found) {
        for (int i = 0; i < n; ++i) attempt(found);
    }
    void open() { attempts(5, health::bad); }
    void wait(base::ms time) { now += time; }
    /// Through the pause and three good probes.
    void recover() {
        now = b.opens_at();
        attempts(3, health::good);
    }

    breaker_rules rules;
    breaker b{rules};
    breaker::instant now{std::chrono::hours{5}};
};

TEST_F(Breaker, FiveBadInARowOpenIt) {
    attempts(4, health::bad);
    EXPECT_EQ(b.state(), breaker_state::closed);
    EXPECT_EQ(b.places(now), breaker::unlimited);
    attempt(health::bad);
    EXPECT_EQ(b.state(), breaker_state::open);
    EXPECT_EQ(b.places(now), 0);
}

TEST_F(Breaker, AGoodOneBreaksTheRow) {
    for (int i = 0; i < 5; ++i) {
        attempt(health::bad);
        attempt(health::good);
    }
    attempts(4, health::good);
    attempts(4, health::bad);
    EXPECT_EQ(b.state(), breaker_state::closed);
}

TEST_F(Breaker, SeventyPercentOfTenOpenItWithoutARow) {
    attempts(3, health::bad);
    attempt(health::good);
    attempts(3, health::bad);
    attempts(2, health::good);
    EXPECT_EQ(b.state(), breaker_state::closed) << "6 of 9";
    attempt(health::bad);
    EXPECT_EQ(b.state(), breaker_state::open) << "7 of 10";
}

TEST_F(Breaker, WhatIsOlderThanFiveMinutesCountsNoMore) {
    attempts(3, health::bad);
    attempt(health::good);
    attempts(3, health::bad);
    wait(5min + 30s);
    attempts(3, health::good);
    attempts(4, health::bad);
    EXPECT_EQ(b.state(), breaker_state::closed) << "4 of 7, not 10 of 14";
}

TEST_F(Breaker, UnknownTeachesNothing) {
    attempts(4, health::bad);
    attempts(100, health::unknown);
    EXPECT_EQ(b.state(), breaker_state::closed);
    attempt(health::bad);
    EXPECT_EQ(b.state(), breaker_state::open) << "nor does it break a row";
}

TEST_F(Breaker, HalfOpenSendsExactlyOneAtATime) {
    open();
    wait(30s - 1ms);
    EXPECT_EQ(b.places(now), 0);
    wait(1ms);
    EXPECT_EQ(b.places(now), 1);
    const auto probe = b.start(now);
    EXPECT_EQ(b.state(), breaker_state::half_open);
    EXPECT_EQ(b.places(now), 0);
    b.end(probe, health::good, now);
    EXPECT_EQ(b.places(now), 1);
}

TEST_F(Breaker, AProbeThatEndedUnknownFreesItsPlace) {
    open();
    wait(30s);
    attempt(health::unknown);
    EXPECT_EQ(b.state(), breaker_state::half_open);
    EXPECT_EQ(b.places(now), 1);
}

TEST_F(Breaker, PausesDoubleToTenMinutes) {
    std::vector<base::ms> pauses;
    open();
    for (int i = 0; i < 7; ++i) {
        pauses.push_back(std::chrono::duration_cast<base::ms>(b.opens_at() - now));
        now = b.opens_at();
        attempt(health::bad);
    }
    EXPECT_EQ(pauses, (std::vector<base::ms>{30s, 60s, 120s, 240s, 480s, 600s, 600s}));
}

TEST_F(Breaker, ThreeGoodProbesCloseItSlowly) {
    open();
    wait(30s);
    attempts(2, health::good);
    EXPECT_EQ(b.state(), breaker_state::half_open);
    attempt(health::good);
    EXPECT_EQ(b.state(), breaker_state::slow_start);
    std::vector<int> in_flight;
    while (b.state() == breaker_state::slow_start) {
        in_flight.push_back(b.places(now));
        attempt(health::good);
    }
    EXPECT_EQ(in_flight, (std::vector<int>{1, 2, 4, 8, 16, 32}));
    EXPECT_EQ(b.places(now), breaker::unlimited);
}

TEST_F(Breaker, SlowStartCountsThoseInFlight) {
    open();
    recover();
    attempt(health::good);
    const auto first = b.start(now);
    (void)b.start(now);
    EXPECT_EQ(b.places(now), 0) << "two may be in flight, and two are";
    b.end(first, health::good, now);
    EXPECT_EQ(b.places(now), 3) << "four may be now, and one is";
}

TEST_F(Breaker, ABadOneInSlowStartHalvesIt) {
    open();
    recover();
    attempts(3, health::good);
    EXPECT_EQ(b.places(now), 8);
    attempt(health::bad);
    EXPECT_EQ(b.places(now), 4);
    EXPECT_EQ(b.state(), breaker_state::slow_start);
}

TEST_F(Breaker, DownAgainInSlowStartPausesLongerAndOnceClosedShortAgain) {
    open();
    recover();
    open();
    EXPECT_EQ(b.opens_at() - now, 60s);
    recover();
    attempts(6, health::good);
    ASSERT_EQ(b.state(), breaker_state::closed);
    attempts(15, health::bad);
    EXPECT_EQ(b.opens_at() - now, 30s) << "what starts in spite of the pause does not prolong it";
}

TEST_F(Breaker, AttemptsFromBeforeItOpenedTeachNothing) {
    std::vector<breaker::ticket> late;
    for (int i = 0; i < 3; ++i) late.push_back(b.start(now));
    open();
    const auto opens_at = b.opens_at();
    b.end(late[0], health::bad, now);
    EXPECT_EQ(b.opens_at(), opens_at);
    wait(30s);
    const auto probe = b.start(now);
    b.end(late[1], health::bad, now);
    b.end(late[2], health::good, now);
    EXPECT_EQ(b.state(), breaker_state::half_open);
    EXPECT_EQ(b.places(now), 0) << "the probe still runs";
    b.end(probe, health::bad, now);
    EXPECT_EQ(b.state(), breaker_state::open);
}

TEST_F(Breaker, IsOrdinaryWhenThereIsNothingToRemember) {
    EXPECT_TRUE(b.is_ordinary(now));
    const auto t = b.start(now);
    EXPECT_FALSE(b.is_ordinary(now));
    b.end(t, health::bad, now);
    EXPECT_FALSE(b.is_ordinary(now));
    attempt(health::good);
    EXPECT_FALSE(b.is_ordinary(now)) << "one bad in the window";
    wait(6min);
    EXPECT_TRUE(b.is_ordinary(now));
    open();
    wait(24h);
    EXPECT_FALSE(b.is_ordinary(now)) << "open";
}

}  // namespace
}  // namespace dormouse::worker
