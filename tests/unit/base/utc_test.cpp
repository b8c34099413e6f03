#include "base/utc.hpp"

#include <gtest/gtest.h>

namespace dormouse::base {
namespace {

TEST(Utc, TheUsualFormsAreOneMoment) {
    const auto expected = from_epoch_ms(1'770'465'660'000);
    for (const auto* text : {"2026-02-07T12:01:00Z", "2026-02-07 12:01:00", "2026-02-07T12:01:00.123456Z",
                             "2026-02-07T12:01:00+00:00", "2026-02-07 12:01:00.5+0000"})
        EXPECT_EQ(parse_utc(text), expected) << text;
    EXPECT_EQ(parse_utc("2028-02-29T00:00:00Z"), from_epoch_ms(1'835'395'200'000));
}

TEST(Utc, EverythingElseIsNothing) {
    for (const auto* text :
         {"", "0", "2026-02-07", "2026-02-07T12:01Z", "2026-02-30T12:01:00Z", "2027-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-02-07T24:01:00Z", "2026-02-07T12:60:00Z", "2026-02-07T12:01:00+03:00",
          "2026-02-07T12:01:00Zx", "2026-02-07T12:01:00.Z", " 2026-02-07T12:01:00", "2026-2-07T12:01:000",
          "0000-00-00 00:00:00", "-026-02-07T12:01:00Z", "2026-02-07x12:01:00Z"})
        EXPECT_FALSE(parse_utc(text)) << text;
}

}  // namespace
}  // namespace dormouse::base
