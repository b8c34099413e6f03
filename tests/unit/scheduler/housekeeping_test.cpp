#include "scheduler/housekeeping.hpp"

#include <gtest/gtest.h>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using site::old_rows;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

TEST(OldBefore, IsSaidByTheConfigurationForEachSort) {
    const config::housekeeping_settings keep;
    EXPECT_EQ(old_before(old_rows::deliveries_done, keep, now), now - 30 * 24h);
    EXPECT_EQ(old_before(old_rows::deliveries_failed, keep, now), now - 90 * 24h);
    EXPECT_EQ(old_before(old_rows::scans, keep, now), now - 400 * 24h);
}

TEST(OldBefore, ZeroKeepsForEver) {
    const config::housekeeping_settings keep{.deliveries_done = 0s, .deliveries_failed = 0s, .scans = 0s};
    for (const auto what :
         {old_rows::deliveries_done, old_rows::deliveries_failed, old_rows::scans, old_rows::grant_audit})
        EXPECT_EQ(old_before(what, keep, now), std::nullopt) << site::to_string(what);
}

TEST(OldBefore, SleepersAreToldByTheirRunWhateverIsConfigured) {
    EXPECT_EQ(old_before(old_rows::sleepers, {.scans = 0s}, now), now);
}

TEST(OldBefore, AuditOfGrantsIsLeftToThePluginUnlessConfigured) {
    EXPECT_EQ(old_before(old_rows::grant_audit, {}, now), std::nullopt);
    EXPECT_EQ(old_before(old_rows::grant_audit, {.grant_audit = 24h}, now), now - 24h);
}

}  // namespace
}  // namespace dormouse::scheduler
