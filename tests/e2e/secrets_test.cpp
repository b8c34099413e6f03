// Planted secrets are looked for wherever an operator or a stranger could read: logs, pages, Redis, the site's tables.

#include "tests/e2e/stack.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <set>
#include <sstream>

namespace dormouse::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Every value of every key, whatever its type.
std::string everything_in(const stack& s) {
    std::string out;
    std::istringstream names{s.redis_cli({"KEYS", "*"})};
    for (std::string name; std::getline(names, name);) {
        const auto type = s.redis_cli({"TYPE", name});
        out += name + ":\n";
        if (type == "string") out += s.redis_cli({"GET", name});
        if (type == "list") out += s.redis_cli({"LRANGE", name, "0", "-1"});
        if (type == "hash") out += s.redis_cli({"HGETALL", name});
        if (type == "set") out += s.redis_cli({"SMEMBERS", name});
        if (type == "zset") out += s.redis_cli({"ZRANGE", name, "0", "-1"});
        out += '\n';
    }
    return out;
}

constexpr const char* all_planted[] = {
    planted::redis_password,          planted::database_password, planted::signing_key,   planted::hook_secret,
    planted::hook_secret + 6,         planted::grant_key,         planted::companion_key, planted::licence_secret,
    planted::previous_licence_secret, planted::wallet_key};

/// Kinds whose services answer with what they were sent, headers and all, as a debug page does.
std::string echoing_services(const stack& s) {
    return "kinds:\n  grant: {url: '" + s.receivers().url("/echo/grant") + "', key: " + planted::grant_key +
           "}\n  licence: {url: '" + s.receivers().url("/echo") + "', secret: " + planted::licence_secret +
           ", previous_secret: " + planted::previous_licence_secret + ", audit_log: '" + s.dir().file("audit.log") +
           "'}\n  wallet-charge: {url: '" + s.receivers().url("/echo") + "', key: " + planted::wallet_key + "}\n";
}

std::vector<queue::job> one_of_each_kind() {
    const auto job = [](const char* kind, boost::json::object args) {
        queue::job j;
        j.kind = kind;
        j.args = std::move(args);
        return j;
    };
    return {job("grant", {{"email", "a@example.test"}, {"term_id", 5}, {"duration", 1}, {"units", "months"}}),
            job("license-provision", {{"subscription_id", 12}, {"version", 1}}),
            job("period-push", {{"subscription_id", 13},
                                {"version", 1},
                                {"billing_period", "M"},
                                {"billing_interval", 1},
                                {"next_payment_date_gmt", "2026-12-21 10:00:00"}}),
            job("wallet-charge",
                {{"project_id", "p1"}, {"amount", 990}, {"reason", "subscription"}, {"charge_key", "chg_planted1"}})};
}

TEST(Secrets, AreNeverSeenWhereverOneLooks) {
    stack s;
    const auto good = s.add_hook("/ok/s");
    const auto failing = s.add_hook("/status/500/s");
    const auto gone = s.add_hook("/gone/s");
    auto worker = s.start_worker({.sections = echoing_services(s)});
    // Trouble talks most: answers of all kinds, a stranger's envelope, a database that is away, a Redis that restarts.
    const auto done = s.enqueue(good).at(0);
    const auto retried = s.enqueue(failing).at(0);
    const auto dead = s.enqueue(gone).at(0);
    const auto called = s.enqueue(one_of_each_kind());
    s.enqueue_signed_by("removed-key", planted::signing_key, good);
    ASSERT_TRUE(s.wait_for_state(done, "done")) << worker->log();
    ASSERT_TRUE(s.wait_for_state(dead, "dead")) << worker->log();
    ASSERT_TRUE(s.wait_for_state(retried, "scheduled")) << worker->log();
    for (const auto* path : {"/echo/grant", "/echo/companion", "/echo/wc", "/echo/api/wallet"})
        EXPECT_TRUE(s.receivers().wait_for(1, path)) << path << "\n" << worker->log();
    for (const auto& id : called)
        EXPECT_TRUE(test::eventually(soon, [&] {
            return std::set<std::string>{"scheduled", "dead", "done"}.contains(s.state_of(id));
        })) << s.dormouse({"jobs", "show", id}).text;
    s.redis().kill();
    s.redis().start();
    ASSERT_TRUE(worker->wait_ready()) << worker->log();
    s.database().stop();
    const auto delayed = s.enqueue(good).at(0);
    ASSERT_TRUE(s.wait_for_state(delayed, "scheduled")) << worker->log();
    s.database().start();

    std::string shown;
    for (const auto& id : called) shown += s.dormouse({"jobs", "show", id}).text;
    const std::vector<std::pair<std::string, std::string>> places{
        {"jobs of all kinds", shown},
        {"charges", s.database().sql("SELECT * FROM wp_dormouse_charge")},
        {"subscriptions", s.database().sql("SELECT * FROM wp_dormouse_subscription")},
        {"audit log", test::read_file(s.dir().file("audit.log"))},
        {"metrics", worker->page("/metrics").text},
        {"readiness", worker->page("/readyz").text},
        {"status page", worker->page("/").text},
        {"depth", worker->page("/api/v1/depth").text},
        {"jobs show", s.dormouse({"jobs", "show", retried}).text},
        {"jobs list", s.dormouse({"jobs", "list", "--state", "dead", "--json"}).text},
        {"config check", s.dormouse({"config", "check"}).text},
        {"config check --json", s.dormouse({"config", "check", "--json"}).text},
        {"Redis", everything_in(s)},
        {"deliveries", s.database().sql("SELECT * FROM wp_dormouse_delivery")},
        {"the site's log", s.database().sql("SELECT * FROM wp_memberlux_hook_action")},
    };
    worker->process().signal(SIGTERM);
    ASSERT_EQ(worker->process().wait(soon), 0);
    auto searched = places;
    searched.emplace_back("log", worker->log());
    for (const auto& [where, text] : searched) {
        EXPECT_FALSE(text.empty()) << where;
        for (const auto* secret : all_planted) EXPECT_THAT(text, Not(HasSubstr(secret))) << where;
    }
}

}  // namespace
}  // namespace dormouse::e2e
