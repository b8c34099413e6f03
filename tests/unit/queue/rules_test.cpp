#include "queue/history.hpp"
#include "queue/keys.hpp"
#include "queue/retry_policy.hpp"

#include <gtest/gtest.h>

#include <array>

namespace dormouse::queue {
namespace {

using namespace std::chrono_literals;

/// Always answers the same point of the range.
class fixed_random final : public base::random_source {
public:
    explicit fixed_random(double unit) : next_{static_cast<std::uint64_t>(unit * 0x1.0p64)} {}
    std::uint64_t next() override { return next_; }

private:
    std::uint64_t next_;
};

TEST(FullJitter, NeverBelowOneSecondNorAboveTheCap) {
    base::random_engine random{7};
    for (int failed = -3; failed < 200; ++failed) {
        const auto delay = full_jitter(2s, 10min, failed, random);
        ASSERT_GE(delay, 1s);
        ASSERT_LE(delay, 10min);
    }
}

TEST(FullJitter, DoublesItsUpperBoundWithEachFailure) {
    fixed_random middle{0.5};
    EXPECT_EQ(full_jitter(4s, 1h, 1, middle), 2s);
    EXPECT_EQ(full_jitter(4s, 1h, 2, middle), 4s);
    EXPECT_EQ(full_jitter(4s, 1h, 5, middle), 32s);
    EXPECT_EQ(full_jitter(4s, 1min, 50, middle), 30s);
}

TEST(ListedBackoff, TakesTheStepOfTheFailureAndStaysAtTheLast) {
    constexpr std::array<base::ms, 3> steps{5s, 5min, 30min};
    fixed_random low{0.0};
    fixed_random middle{0.5};
    EXPECT_EQ(listed_backoff(steps, 1, middle), 5s);
    EXPECT_EQ(listed_backoff(steps, 2, low), 225s);
    EXPECT_EQ(listed_backoff(steps, 3, middle), 30min);
    EXPECT_EQ(listed_backoff(steps, 99, middle), 30min);
}

TEST(History, SurvivesTheWayThroughRedis) {
    history h;
    h.attempts = 2;
    h.crashes = 1;
    h.first_failure = base::from_epoch_ms(5);
    h.last_failure = base::from_epoch_ms(9);
    h.first_error = "refused";
    h.last_error = "соня \"quoted\"";
    h.state = R"({"moved":2})";
    const auto back = read_history(to_json(h));
    EXPECT_EQ(back.attempts, 2);
    EXPECT_EQ(back.crashes, 1);
    EXPECT_EQ(back.first_failure, h.first_failure);
    EXPECT_EQ(back.last_failure, h.last_failure);
    EXPECT_EQ(back.first_error, h.first_error);
    EXPECT_EQ(back.last_error, h.last_error);
    EXPECT_EQ(back.state, h.state);
}

TEST(History, BrokenTextIsAnEmptyHistory) {
    EXPECT_EQ(read_history("{\"attempts\":").attempts, 0);
    EXPECT_EQ(read_history("[1]").attempts, 0);
    EXPECT_EQ(read_history("{\"attempts\":\"many\"}").attempts, 0);
}

TEST(History, BytesOfAStrangerInAnErrorCostNoCount) {
    const auto now = base::from_epoch_ms(1'000);
    auto h = after_outcome({}, retry("server_error", "HTTP 500: \xff\xfe", sent::answered), now);
    h = read_history(to_json(h));
    EXPECT_EQ(h.attempts, 1);
    EXPECT_EQ(h.first_failure, now);
}

TEST(History, ADeferSpendsNoAttemptAndARetryDoes) {
    const auto now = base::from_epoch_ms(100);
    const auto deferred = after_outcome({}, defer(base::from_epoch_ms(200), "breaker_open"), now);
    EXPECT_EQ(deferred.attempts, 0);
    EXPECT_EQ(deferred.defers, 1);
    EXPECT_EQ(read_history(to_json(deferred)).deferred_because, "breaker_open");
    const auto retried = after_outcome(deferred, retry("refused", "127.0.0.1", sent::not_sent), now);
    EXPECT_EQ(retried.attempts, 1);
    EXPECT_EQ(retried.deferred_because, "");
    EXPECT_EQ(retried.first_error, "refused: 127.0.0.1");
}

TEST(History, ACrashIsNotAFailedAttempt) {
    const auto h = after_crash({}, base::from_epoch_ms(1));
    EXPECT_EQ(h.crashes, 1);
    EXPECT_EQ(h.attempts, 0);
}

TEST(History, CutsLongErrorsBetweenCharacters) {
    std::string text;
    while (text.size() < 2000) text += "я";
    const auto h = as_dead({}, "x", text, {});
    EXPECT_LE(h.last_error.size(), 500U);
    EXPECT_EQ(read_history(to_json(h)).last_error, h.last_error);
}

TEST(Keys, AllShareTheHashTagOfTheSite) {
    const keys k{"shop"};
    for (const auto& name :
         {k.in(),         k.job(),      k.tries(),   k.results(), k.ready("q", 0),     k.lane("q", "l"),
          k.lanes(),      k.limits(),   k.places(),  k.rates(),   k.waiting("q", "l"), k.waits("q"),
          k.blocked("l"), k.later("q"), k.wake("q"), k.own("w"),  k.workers(),         k.dead(),
          k.done(),       k.queues(),   k.paused(),  k.meta(),    k.stat(1),           k.held()})
        EXPECT_TRUE(name.starts_with("dormouse:{shop}:")) << name;
}

TEST(Keys, LaneMembersSplitWhereTheyWereJoined) {
    const auto name = split_lane_member(lane_member("webhook", "hook:7 odd"));
    EXPECT_EQ(name.queue, "webhook");
    EXPECT_EQ(name.lane, "hook:7 odd");
}

}  // namespace
}  // namespace dormouse::queue
