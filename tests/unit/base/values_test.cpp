#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/ulid.hpp"

#include <gtest/gtest.h>

namespace dormouse::base {
namespace {

using namespace std::chrono_literals;

TEST(Clock, PrintsMillisecondsInUtc) {
    EXPECT_EQ(to_iso8601(from_epoch_ms(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_iso8601(from_epoch_ms(1795212000007)), "2026-11-20T22:00:00.007Z");
    EXPECT_EQ(to_iso8601(from_epoch_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, ManualClockMovesOnlyWhenTold) {
    manual_clock c{from_epoch_ms(5)};
    EXPECT_EQ(to_epoch_ms(c.now()), 5);
    c.advance(10ms);
    EXPECT_EQ(to_epoch_ms(c.now()), 15);
}

TEST(Deadline, NeverIsNeverReached) {
    EXPECT_TRUE(deadline{}.is_never());
    EXPECT_FALSE(deadline{}.is_reached());
    EXPECT_TRUE(deadline::after(std::chrono::nanoseconds::max()).is_never());
}

TEST(Deadline, APhaseNeverOutlivesTheWhole) {
    const auto whole = deadline::after(1ms);
    EXPECT_LE(whole.at_most(1h).at(), whole.at());
    EXPECT_LT(deadline::after(1h).at_most(1ms).left(), 1s);
}

TEST(Deadline, NegativeIsReachedAtOnce) {
    EXPECT_TRUE(deadline::after(-1ms).is_reached());
    EXPECT_EQ(deadline::after(-1ms).left(), 0ns);
}

TEST(Error, SaysDetailAndCode) {
    EXPECT_EQ((error{errc::not_found, "job 7"}.message()), "job 7 (not found)");
    EXPECT_EQ(error{errc::timed_out}.message(), "timed out");
}

TEST(Error, KnowsWhatMayHealByItself) {
    EXPECT_TRUE(is_transient(make_error_code(errc::connection_lost)));
    EXPECT_FALSE(is_transient(make_error_code(errc::invalid_argument)));
}

TEST(Error, ValueOfAnErrorThrowsFailure) {
    const result<int> r = error{errc::denied, "user x"};
    EXPECT_THROW((void)r.value(), failure);
}

TEST(Random, UniformStaysInsideItsRange) {
    random_engine r{42};
    for (int i = 0; i < 10'000; ++i) {
        const auto v = r.uniform(2.0, 3.0);
        ASSERT_GE(v, 2.0);
        ASSERT_LT(v, 3.0);
    }
    EXPECT_EQ(r.uniform(5.0, 5.0), 5.0);
}

TEST(Ulid, SortsByTimeAndIsValid) {
    const auto a = make_ulid(from_epoch_ms(1'000));
    const auto b = make_ulid(from_epoch_ms(2'000));
    EXPECT_LT(a, b);
    EXPECT_TRUE(is_ulid(a));
    EXPECT_NE(make_ulid(from_epoch_ms(1'000)), a);
}

TEST(Ulid, RejectsWhatIsNotOne) {
    for (const auto* bad :
         {"", "short", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "01arz3ndektsv4rrffq69g5fav"})
        EXPECT_FALSE(is_ulid(bad)) << bad;
}

}  // namespace
}  // namespace dormouse::base
