#include "worker/outage.hpp"

#include <gtest/gtest.h>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;
using change = outage::change;

class Outage : public testing::Test {
protected:
    change fail(const std::string& host, const std::string& failure = "dns") { return o.failed(failure, host, now); }
    bool ours(const std::string& failure = "dns") { return o.until(failure, now).has_value(); }

    outage o{outage_rules{}};
    outage::instant now{std::chrono::hours{5}};
};

TEST_F(Outage, ThreeHostsInTenSecondsAndNoneAnswers) {
    EXPECT_EQ(fail("a"), change::none);
    EXPECT_EQ(fail("b"), change::none);
    EXPECT_FALSE(ours());
    EXPECT_EQ(fail("c"), change::begun);
    EXPECT_TRUE(ours());
    EXPECT_EQ(fail("d"), change::none) << "told once";
}

TEST_F(Outage, OneHostManyTimesIsThatHost) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(fail("a"), change::none);
    EXPECT_EQ(fail("b"), change::none);
    EXPECT_FALSE(ours());
}

TEST_F(Outage, AnotherHostThatAnswersProvesThatItIsNotUs) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(fail("a"), change::none);
        EXPECT_EQ(fail("b"), change::none);
        EXPECT_EQ(o.answered(), change::none);
        EXPECT_EQ(fail("c"), change::none);
        EXPECT_EQ(o.answered(), change::none);
    }
    EXPECT_FALSE(ours());
}

TEST_F(Outage, ClassesAreNotAddedUp) {
    (void)fail("a", "dns");
    (void)fail("b", "connect");
    (void)fail("c", "tls");
    EXPECT_FALSE(o.is_on());
}

TEST_F(Outage, OnlyTheClassThatFailsIsOurs) {
    for (const auto* host : {"a", "b", "c"}) (void)fail(host, "dns");
    EXPECT_TRUE(ours("dns"));
    EXPECT_FALSE(ours("connect"));
}

TEST_F(Outage, TheFailuresMustLieWithinTenSeconds) {
    (void)fail("a");
    now += 6s;
    (void)fail("b");
    now += 6s;
    EXPECT_EQ(fail("c"), change::none);
    now += 3s;
    EXPECT_EQ(fail("d"), change::begun) << "b, c and d";
}

TEST_F(Outage, LastsThirtySecondsAfterTheLastSuchFailure) {
    for (const auto* host : {"a", "b", "c"}) (void)fail(host);
    EXPECT_EQ(*o.until("dns", now) - now, 30s);
    now += 9s;
    (void)fail("a");
    now += 30s - 1ms;
    EXPECT_TRUE(ours());
    EXPECT_EQ(o.look(now), change::none);
    now += 1ms;
    EXPECT_FALSE(ours());
    EXPECT_EQ(o.look(now), change::ended);
    EXPECT_EQ(o.look(now), change::none) << "told once";
}

TEST_F(Outage, TheFirstAnswerEndsIt) {
    for (const auto* host : {"a", "b", "c"}) (void)fail(host);
    EXPECT_EQ(o.answered(), change::ended);
    EXPECT_FALSE(ours());
    EXPECT_EQ(fail("c"), change::none) << "what was before the answer counts no more";
}

}  // namespace
}  // namespace dormouse::worker
