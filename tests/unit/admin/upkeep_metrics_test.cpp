#include "admin/upkeep_metrics.hpp"

#include <gmock/gmock.h>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

TEST(OutboxFamilies, SayWhatWaitsSinceTheLastLook) {
    const auto text = to_text(outbox_families({true, {12, 2, now - 90s}, 300, 4}, now));
    for (const auto* line :
         {"dormouse_outbox_depth 12\n", "dormouse_outbox_oldest_seconds 90\n", "dormouse_outbox_stuck 2\n",
          "dormouse_outbox_moved_total 300\n", "dormouse_outbox_failures_total 4\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(OutboxFamilies, WhatNobodyHasLookedAtIsNotShownAsEmpty) {
    const auto text = to_text(outbox_families({}, now));
    EXPECT_THAT(text, Not(HasSubstr("dormouse_outbox_depth")));
    EXPECT_THAT(text, HasSubstr("dormouse_outbox_moved_total 0\n"));
}

TEST(OutboxFamilies, RowOfAnotherClockIsNotYoungerThanNow) {
    EXPECT_THAT(to_text(outbox_families({true, {1, 0, now + 5s}, 0, 0}, now)),
                HasSubstr("dormouse_outbox_oldest_seconds 0\n"));
}

TEST(HousekeepingFamilies, CountEachSortOfRows) {
    const auto text = to_text(housekeeping_families({1, 2, 3, 4, 5}));
    for (const auto* line : {"{rows=\"deliveries_done\"} 1\n", "{rows=\"deliveries_failed\"} 2\n",
                             "{rows=\"sleepers\"} 3\n", "{rows=\"scans\"} 4\n", "{rows=\"grant_audit\"} 5\n"})
        EXPECT_THAT(text, HasSubstr(std::string{"dormouse_rows_removed_total"} + line));
}

}  // namespace
}  // namespace dormouse::admin
