// Small sites at random against a reference that was written apart from the product (tests/sleepers/reference.py).
// A difference names its seed: tests/sleepers/random_site.py --first SEED --count 1 makes that site again.

#include "tests/integration/sleepers/product.hpp"

#include <gtest/gtest.h>

namespace dormouse::sleepers {
namespace {

void compare(int first, int count) {
    const sites made{"random_site.py", {"--first", std::to_string(first), "--count", std::to_string(count)}};
    std::size_t seen = 0;
    std::size_t sleepers = 0;
    for (const auto& round : made.rounds()) {
        made.put(round);
        for (const auto& site : round.sites) {
            product p{made.server(), site};
            ASSERT_EQ(first_difference(site, p), "");
            ++seen;
            for (const auto& [who, known] : site.known) sleepers += known.sleeps() ? 1U : 0U;
        }
    }
    EXPECT_EQ(seen, static_cast<std::size_t>(count));
    EXPECT_GT(sleepers, seen) << "sites without sleepers show little";
}

TEST(SleepersAtRandom, Seeds1To250AgreeWithTheReference) { compare(1, 250); }
TEST(SleepersAtRandom, Seeds251To500AgreeWithTheReference) { compare(251, 250); }
TEST(SleepersAtRandom, Seeds501To750AgreeWithTheReference) { compare(501, 250); }
TEST(SleepersAtRandom, Seeds751To1000AgreeWithTheReference) { compare(751, 250); }

}  // namespace
}  // namespace dormouse::sleepers
