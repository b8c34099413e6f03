// Every case of spec 1-domain 7 (13), made by hand (tests/sleepers/cases.py), in every shape of the tables, with the
// core's daily event run and not run.

#include "tests/integration/sleepers/product.hpp"

#include <gtest/gtest.h>

namespace dormouse::sleepers {
namespace {

/// A server that is as unlike ours as its owner may make it: what we rely on, our session has to say itself.
test::mariadb_server::options strict_and_far_away() {
    return {.extra = {"--default-time-zone=+13:00", "--sql-mode=TRADITIONAL,ONLY_FULL_GROUP_BY,ANSI_QUOTES"}};
}

TEST(SleepersByHand, EveryCaseIsJudgedAsThePersonWhoWroteItDownDid) {
    const sites made{"people.py", {}, strict_and_far_away()};
    ASSERT_EQ(made.rounds().size(), 2U);
    for (const auto& round : made.rounds()) {
        EXPECT_EQ(round.sites.size(), 11U);
        made.put(round);
        for (const auto& site : round.sites) {
            EXPECT_GE(site.known.size(), 50U) << site.prefix;
            product p{made.server(), site};
            EXPECT_EQ(first_difference(site, p), "");
        }
    }
}

}  // namespace
}  // namespace dormouse::sleepers
