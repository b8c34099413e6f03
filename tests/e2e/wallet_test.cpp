// A thousand charges through connections that break anywhere, and a worker that is killed: one charge per key.

#include "tests/e2e/stack.hpp"
#include "tests/support/service_double.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <map>

namespace dormouse::e2e {
namespace {

constexpr int projects = 50;
constexpr int charges_each = 20;
constexpr std::int64_t funds = 1'000'000;

std::string wallet_section(const std::string& url) {
    return "kinds: {wallet-charge: {url: '" + url + "', key: wallet-key, timeout: 5s}}\n";
}

std::vector<queue::job> thousand_charges() {
    std::vector<queue::job> jobs;
    for (int i = 0; i < projects * charges_each; ++i) {
        queue::job j;
        j.kind = "wallet-charge";
        const auto key = "chg_thousand_" + std::to_string(i);
        j.key = "charge:" + key;
        j.args = {{"project_id", "p" + std::to_string(i % projects)},
                  {"amount", 100 + i},
                  {"reason", "subscription"},
                  {"charge_key", key}};
        jobs.push_back(std::move(j));
    }
    return jobs;
}

TEST(Wallet, ThousandChargesOverBreakingConnectionsAndAKilledWorkerAreChargedOnceEach) {
    stack s;
    test::wallet_double wallet{{.one_request_per_connection = true}};
    for (int p = 0; p < projects; ++p) wallet.set_balance("p" + std::to_string(p), funds);
    // About half of those chosen end before the byte at which they would have been cut.
    const test::connection_cutter cutter{wallet.port(), 0.25};
    s.allow_port(cutter.port());
    const auto sections = wallet_section(cutter.url());
    auto first = s.start_worker({.name = "first", .sections = sections});
    const auto ids = s.enqueue(thousand_charges());
    ASSERT_TRUE(test::eventually(soon, [&] { return wallet.ledger().size() >= 300; })) << first->log();
    first->process().signal(SIGKILL);
    ASSERT_EQ(first->process().wait(soon), 128 + SIGKILL);

    const auto second = s.start_worker({.name = "second", .sections = sections});
    ASSERT_TRUE(s.wait_for_done(projects * charges_each, 120s)) << s.dormouse({"queues"}).text;

    std::map<std::string, int> times;
    std::int64_t total = 0;
    for (const auto& charge : wallet.ledger()) {
        ++times[charge.key];
        total += charge.amount;
    }
    EXPECT_EQ(times.size(), ids.size());
    for (const auto& [key, n] : times) EXPECT_EQ(n, 1) << key;
    EXPECT_EQ(total, projects * charges_each * (100 + 100 + projects * charges_each - 1) / 2);
    EXPECT_EQ(s.database().sql("SELECT COUNT(*), COUNT(DISTINCT transaction_id), SUM(amount) FROM wp_dormouse_charge "
                               "WHERE state = 'charged' AND unsure_since IS NULL"),
              "1000\t1000\t" + std::to_string(total));
    EXPECT_EQ(s.depth("dead"), 0);
    // The test is worth its time only if a tenth broke.
    EXPECT_GE(cutter.cuts(), ids.size() / 10);
    EXPECT_GT(wallet.requests("/api/wallet/v1/charge").size(), ids.size());
}

}  // namespace
}  // namespace dormouse::e2e
