#include "config/values.hpp"

#include <gtest/gtest.h>

namespace dormouse::config {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, ReadsEveryUnitAndTheirSums) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("0s"), 0ms);
    EXPECT_EQ(parse_duration("30s"), 30s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("8d"), 8 * 24h);
    EXPECT_EQ(parse_duration("1d1h1m1s1ms"), 25h + 61s + 1ms);
}

TEST(DurationText, RefusesWhatIsAmbiguousOrTooLong) {
    for (const auto* bad : {"", "30", "s", "1.5s", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1m1h", "1s1s", "1w", "1sm",
                            "99999999999999999999s", "36601d", "18446744073709551615ms"})
        EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(DurationText, IsWrittenInTheLargestUnitAndReadBack) {
    EXPECT_EQ(format_duration(0ms), "0s");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(90min), "90m");
    EXPECT_EQ(format_duration(24h), "1d");
    for (const auto value : {1ms, 999ms, 60'000ms, 3'600'001ms, 86'400'000ms})
        EXPECT_EQ(parse_duration(format_duration(value)), value);
}

TEST(SizeText, ReadsBinaryUnitsOnly) {
    EXPECT_EQ(parse_size("512B"), 512U);
    EXPECT_EQ(parse_size("256KiB"), 256U * 1024);
    EXPECT_EQ(parse_size("1GiB"), 1ULL << 30U);
    for (const auto* bad : {"", "512", "1KB", "1kib", "1.5MiB", "1KiB1B", "-1B", "18446744073709551615KiB"})
        EXPECT_FALSE(parse_size(bad)) << bad;
    EXPECT_EQ(format_size(0), "0B");
    EXPECT_EQ(format_size(1536), "1536B");
    EXPECT_EQ(format_size(64ULL << 20U), "64MiB");
}

TEST(WholeNumberText, RefusesOtherBasesAndDecimals) {
    EXPECT_EQ(parse_whole("0"), 0);
    EXPECT_EQ(parse_whole("-12"), -12);
    EXPECT_EQ(parse_whole("9223372036854775807"), INT64_MAX);
    for (const auto* bad : {"", "-", "+1", "010", "0x10", "1.0", "1e3", "1_000", " 1", "9223372036854775808"})
        EXPECT_FALSE(parse_whole(bad)) << bad;
}

TEST(Nearest, FindsOneOrTwoSlipsAndNothingFarAway) {
    const std::vector<std::string> names{"slots", "lease", "heartbeat", "drain"};
    EXPECT_EQ(nearest("slotz", names), "slots");
    EXPECT_EQ(nearest("haertbeat", names), "heartbeat");
    EXPECT_EQ(nearest("lese", names), "lease");
    EXPECT_EQ(nearest("colour", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(slips_between("ab", "ba"), 1U);
    EXPECT_EQ(slips_between("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace dormouse::config
