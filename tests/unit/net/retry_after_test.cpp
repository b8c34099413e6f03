#include "net/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dormouse::net {
namespace {

using namespace std::chrono_literals;
using base::ms;

// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
const base::time_ms then = base::from_epoch_ms(784'111'777'000);

TEST(HttpDate, ThreeFormsNameTheSameMoment) {
    for (const auto* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994", "  Sun, 06 Nov 1994 08:49:37 GMT\t"})
        EXPECT_EQ(parse_http_date(text), then) << text;
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), base::from_epoch_ms(1'709'164'800'000));
    EXPECT_EQ(parse_http_date("Tue, 19 Jan 2038 03:14:08 GMT"), base::from_epoch_ms(2'147'483'648'000));
}

TEST(HttpDate, MalformedOnesAreNothing) {
    for (const auto* text :
         {"", "Sun", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 nov 1994 08:49:37 GMT",
          "Wed, 29 Feb 2023 00:00:00 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
          "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT GMT", "Sun,  06 Nov 1994 08:49:37 GMT"})
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(RetryAfter, SecondsAreSeconds) {
    EXPECT_EQ(parse_retry_after("120", "", then), 120s);
    EXPECT_EQ(parse_retry_after("0", "", then), 0s);
    EXPECT_EQ(parse_retry_after(" 007\t", "", then), 7s);
    EXPECT_EQ(parse_retry_after("9999999999", "", then), 9'999'999'999s);
}

TEST(RetryAfter, MoreThanTenDigitsMeanTheCap) {
    EXPECT_EQ(parse_retry_after("10000000000", "", then), longest_retry_after);
    EXPECT_EQ(parse_retry_after(std::string(500, '9'), "", then), longest_retry_after);
}

TEST(RetryAfter, MalformedOnesAreIgnored) {
    for (const auto* text : {"", " ", "-1", "+5", "1.5", "1e3", "5s", "0x10", "soon", "1 2", "120, 60", "\xC2\xB2"})
        EXPECT_EQ(parse_retry_after(text, "", then), std::nullopt) << text;
}

TEST(RetryAfter, ADateIsADistanceFromNow) {
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:51:37 GMT", "", then), 120s);
}

TEST(RetryAfter, DateInThePastMeansNow) {
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:36 GMT", "", then), 0s);
    EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:00:00 GMT", "", then), 0s);
}

TEST(RetryAfter, TheReceiversOwnClockCancelsItsSkew) {
    // It is ten minutes fast and asks for two minutes.
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 09:01:37 GMT", "Sun, 06 Nov 1994 08:59:37 GMT", then), 120s);
    // It is an hour slow.
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 07:51:37 GMT", "Sun, 06 Nov 1994 07:49:37 GMT", then), 120s);
}

TEST(RetryAfter, AnUnbelievableOrMalformedDateHeaderIsNotUsed) {
    for (const auto* date : {"Mon, 07 Nov 1994 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", ""})
        EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:51:37 GMT", date, then), 120s) << date;
}

struct fixed_random final : base::random_source {
    explicit fixed_random(std::uint64_t v) : value{v} {}
    std::uint64_t next() override { return value; }
    std::uint64_t value;
};

TEST(ObeyRetryAfter, NeverSoonerThanPlannedNorOverADay) {
    fixed_random low{0};
    EXPECT_EQ(obey_retry_after(10s, 60s, 1000h, low), 60s);
    EXPECT_EQ(obey_retry_after(10s, 5s, 1000h, low), 10s);
    EXPECT_EQ(obey_retry_after(10s, 0s, 1000h, low), 10s);
    EXPECT_EQ(obey_retry_after(10s, 900h, 1000h, low), 24h);
    EXPECT_EQ(obey_retry_after(30h, 900h, 1000h, low), 30h) << "a plan of ours may be longer than the cap";
}

TEST(ObeyRetryAfter, WithoutOneThePlanStands) {
    fixed_random high{~std::uint64_t{0}};
    EXPECT_EQ(obey_retry_after(10s, std::nullopt, 1000h, high), 10s);
    EXPECT_EQ(obey_retry_after(10s, std::nullopt, 5s, high), 5s);
}

TEST(ObeyRetryAfter, IsSpreadByUpToATenth) {
    base::random_engine random{7};
    ms least = 1h;
    ms most{0};
    for (int i = 0; i < 1000; ++i) {
        const auto d = obey_retry_after(1s, 100s, 1000h, random);
        least = std::min(least, d);
        most = std::max(most, d);
    }
    EXPECT_GE(least, 100s);
    EXPECT_LT(least, 101s);
    EXPECT_LE(most, 110s);
    EXPECT_GT(most, 109s);
}

TEST(ObeyRetryAfter, NeverPastTheEndOfTheJob) {
    fixed_random low{0};
    EXPECT_EQ(obey_retry_after(10s, 60s, 30s, low), 30s);
    EXPECT_EQ(obey_retry_after(10s, 60s, -1s, low), 0s);
}

TEST(RetryAfter, CountsOnlyOnThreeStatuses) {
    for (const int status : {413, 429, 503}) EXPECT_TRUE(heeds_retry_after(status));
    for (const int status : {200, 301, 408, 500, 502, 504}) EXPECT_FALSE(heeds_retry_after(status));
}

}  // namespace
}  // namespace dormouse::net
