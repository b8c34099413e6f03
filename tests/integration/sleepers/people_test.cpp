// Every case of spec 1-domain 7 (13), made by hand (tests/sleepers/cases.py), in every shape of the tables.

#include "tests/integration/sleepers/sites.hpp"

#include <gtest/gtest.h>

namespace dormouse::sleepers {
namespace {

TEST(SleepersByHand, ReferenceAgreesWithTheTableOfCases) {
    const sites made{"people.py"};
    ASSERT_EQ(made.rounds().size(), 2U);
    for (const auto& round : made.rounds()) {
        EXPECT_EQ(round.sites.size(), 11U);
        for (const auto& site : round.sites) EXPECT_GE(site.known.size(), 25U) << site.prefix;
    }
}

}  // namespace
}  // namespace dormouse::sleepers
