#include "worker/retry_budget.hpp"

#include <gtest/gtest.h>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;

class RetryBudget : public testing::Test {
protected:
    /// Quick retries that get through at this moment.
    int taken(int wanted, const std::string& host = "h") {
        int n = 0;
        for (int i = 0; i < wanted; ++i) n += budget.take(host, 1s, now) ? 1 : 0;
        return n;
    }

    retry_budget budget{retry_rules{}};
    retry_budget::instant now{std::chrono::hours{5}};
};

TEST_F(RetryBudget, AHundredAreSavedUpAndNoMore) { EXPECT_EQ(taken(500), 100); }

TEST_F(RetryBudget, TimeEarnsOneASecond) {
    (void)taken(500);
    now += 7s;
    EXPECT_EQ(taken(500), 7);
    now += 1h;
    EXPECT_EQ(taken(500), 100);
}

TEST_F(RetryBudget, TenFirstTriesEarnOne) {
    (void)taken(500);
    for (int i = 0; i < 9; ++i) budget.first_try("h", now);
    EXPECT_EQ(taken(1), 0);
    for (int i = 0; i < 22; ++i) budget.first_try("h", now);
    EXPECT_EQ(taken(10), 3);
}

TEST_F(RetryBudget, ARetryAMinuteLaterIsFree) {
    (void)taken(500);
    EXPECT_FALSE(budget.take("h", 60s - 1ms, now));
    EXPECT_TRUE(budget.take("h", 60s, now));
}

TEST_F(RetryBudget, HostsDoNotShare) {
    (void)taken(500, "a");
    EXPECT_EQ(taken(500, "b"), 100);
}

TEST_F(RetryBudget, FullBucketsAreForgotten) {
    for (std::size_t i = 0; i < retry_budget::most_hosts; ++i) (void)taken(1, "host" + std::to_string(i));
    EXPECT_EQ(budget.hosts(), retry_budget::most_hosts);
    EXPECT_EQ(taken(200, "one more"), 200) << "no room, so no limit";
    now += 2s;
    EXPECT_EQ(taken(200, "one more"), 100);
    EXPECT_EQ(budget.hosts(), 1U);
}

}  // namespace
}  // namespace dormouse::worker
