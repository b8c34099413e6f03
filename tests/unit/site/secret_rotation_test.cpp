#include "site/secret_rotation.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {
using namespace std::chrono_literals;

constexpr base::time_ms now{std::chrono::hours{1000}};

TEST(SecretRotation, FirstSightIsRememberedWithoutAPrevious) {
    const auto r = rotate("new", {}, now);
    EXPECT_EQ(r.previous, "");
    EXPECT_EQ(r.store, (remembered_secrets{"new", "", {}}));
}

TEST(SecretRotation, NothingIsWrittenWhileNothingChanges) {
    EXPECT_FALSE(rotate("same", {"same", "", {}}, now).store);
    EXPECT_FALSE(rotate("", {}, now).store);
    EXPECT_FALSE(rotate("same", {"same", "old", now - 1h}, now).store);
}

TEST(SecretRotation, ChangeMakesTheLastOnePrevious) {
    const auto r = rotate("new", {"old", "", {}}, now);
    EXPECT_EQ(r.previous, "old");
    EXPECT_EQ(r.store, (remembered_secrets{"new", "old", now}));
}

TEST(SecretRotation, PreviousLives24HoursAndIsThenErased) {
    EXPECT_EQ(rotate("new", {"new", "old", now - 24h + 1ms}, now).previous, "old");
    const auto r = rotate("new", {"new", "old", now - 24h}, now);
    EXPECT_EQ(r.previous, "");
    EXPECT_EQ(r.store, (remembered_secrets{"new", "", {}}));
}

TEST(SecretRotation, SecondChangeWithinADayKeepsOnlyTheNewestPrevious) {
    const auto r = rotate("c", {"b", "a", now - 1h}, now);
    EXPECT_EQ(r.previous, "b");
    EXPECT_EQ(r.store, (remembered_secrets{"c", "b", now}));
}

TEST(SecretRotation, UnsignedHookHasNoPrevious) {
    const auto r = rotate("", {"old", "", {}}, now);
    EXPECT_EQ(r.previous, "");
    EXPECT_EQ(r.store, (remembered_secrets{"", "old", now}));
    EXPECT_EQ(rotate("", {"", "old", now}, now + 1h).previous, "");
}

TEST(SecretRotation, SecretTakenAwayAndPutBackChangedStillOverlaps) {
    const auto r = rotate("new", {"", "old", now - 1h}, now);
    EXPECT_EQ(r.previous, "old");
    EXPECT_EQ(r.store, (remembered_secrets{"new", "old", now - 1h}));
    EXPECT_EQ(rotate("new", {"", "old", now - 25h}, now).previous, "");
}

}  // namespace
}  // namespace dormouse::site
