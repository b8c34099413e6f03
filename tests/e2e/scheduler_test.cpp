// Schedulers as processes: beside each other, killed, and together with a worker.

#include "base/digest.hpp"
#include "tests/e2e/stack.hpp"

#include <gmock/gmock.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <csignal>

namespace dormouse::e2e {
namespace {

using testing::HasSubstr;

/// `dormouse scheduler` or `dormouse run`.
class scheduler_process {
public:
    scheduler_process(const stack& s, const std::string& name, int hook, const std::string& command = "scheduler")
        : log_file_{s.dir().file(name + ".log")}, admin_socket_{s.dir().file(name + ".sock")} {
        const auto listen = "'unix:" + admin_socket_ + "'";
        config_ = s.write_config(name, "lease: 3s, heartbeat: 500ms",
                                 "admin: {listen: " + listen + "}\nscheduler:\n  listen: " + listen +
                                     "\n  zone: UTC\n  lease: 5s\n  schedules:\n    - name: report\n"
                                     "      cron: '@hourly'\n      enqueue:\n        kind: webhook-delivery\n"
                                     "        queue: webhook\n        args: {hook_id: " +
                                     std::to_string(hook) + ", event: order.paid, payload: '{\"n\":1}'}\n");
        process_ =
            std::make_unique<test::child_process>(std::vector<std::string>{program(), command, "--config", config_},
                                                  test::child_process::options{{}, log_file_, {}});
    }
    ~scheduler_process() {
        EXPECT_EQ(log().find("Sanitizer"), std::string::npos) << log();
        EXPECT_EQ(log().find("runtime error:"), std::string::npos) << log();
    }
    scheduler_process(const scheduler_process&) = delete;
    scheduler_process& operator=(const scheduler_process&) = delete;

    [[nodiscard]] test::child_process& process() { return *process_; }
    [[nodiscard]] std::string log() const { return test::read_file(log_file_); }
    [[nodiscard]] std::string page(const std::string& path) const {
        return run_to_end({"curl", "--silent", "--max-time", "5", "--unix-socket", admin_socket_, "--write-out",
                           "\n%{http_code}", "http://localhost" + path})
            .text;
    }
    [[nodiscard]] bool wait_ready() const {
        return test::eventually(soon, [this] { return page("/readyz").ends_with("\n200"); });
    }
    [[nodiscard]] printed schedules(std::vector<std::string> words) const {
        words.insert(words.begin(), {program(), "--config", config_, "schedules"});
        return run_to_end(words);
    }
    [[nodiscard]] boost::json::array history(const std::string& name) const {
        const auto said = schedules({"history", name, "--json"});
        if (said.status != 0) return {};
        return boost::json::parse(said.text).at("history").as_array();
    }
    [[nodiscard]] bool wait_for_history(const std::string& name, std::size_t lines) const {
        return test::eventually(soon, [&] { return history(name).size() >= lines; });
    }

private:
    std::string log_file_;
    std::string admin_socket_;
    std::string config_;
    std::unique_ptr<test::child_process> process_;
};

void set_back(const stack& s, const std::string& name, const std::string& definition) {
    const auto three_hours_ago = base::to_epoch_ms(base::system_clock().now()) - 3 * 3'600'000;
    (void)s.redis_cli({"HSET", "dormouse:{e2e}:schedule:" + name, "definition", definition, "settled",
                       std::to_string(three_hours_ago)});
}

std::string in_hex(const std::string& bytes) {
    return base::to_hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

TEST(Scheduler, TwoFireEachTickOnceAlsoWhenOneIsKilledInBetween) {
    stack s;
    const auto hook = s.add_hook("/echo/report");
    set_back(s, "report", "@hourly in UTC");
    scheduler_process first{s, "s1", hook};
    scheduler_process second{s, "s2", hook};
    ASSERT_TRUE(first.wait_ready()) << first.log();
    ASSERT_TRUE(second.wait_ready()) << second.log();
    ASSERT_TRUE(second.wait_for_history("report", 1));
    EXPECT_EQ(s.depth("ready"), 1);

    first.process().signal(SIGKILL);
    ASSERT_TRUE(first.process().wait(soon));
    const auto worker = s.start_worker();
    ASSERT_TRUE(s.wait_for_done(1));
    ASSERT_EQ(second.schedules({"run-now", "report"}).status, 0);
    ASSERT_TRUE(second.wait_for_history("report", 2));
    ASSERT_TRUE(s.wait_for_done(2));
    EXPECT_EQ(s.receivers().requests("/echo/report").size(), 2U);
    EXPECT_EQ(second.history("report").size(), 2U);

    second.process().signal(SIGTERM);
    EXPECT_EQ(second.process().wait(soon), 0) << second.log();
}

TEST(Scheduler, DutiesRunOnDemandAndTheirCountsAreShown) {
    stack s;
    scheduler_process one{s, "s1", 1};
    ASSERT_TRUE(one.wait_ready()) << one.log();
    ASSERT_EQ(one.schedules({"run-now", "housekeeping"}).status, 0);
    ASSERT_TRUE(one.wait_for_history("housekeeping", 1)) << one.log();
    const auto line = one.history("housekeeping").front();
    EXPECT_EQ(line.at("what"), "done") << one.log();
    EXPECT_EQ(line.at("by"), "operator");
    const auto listed = one.schedules({"list"});
    EXPECT_THAT(listed.text, HasSubstr("housekeeping"));
    EXPECT_THAT(listed.text, HasSubstr("deliveries_done=0"));
    const auto metrics = one.page("/metrics");
    EXPECT_THAT(metrics, HasSubstr(R"(dormouse_duty_runs_total{outcome="done",schedule="housekeeping"} 1)"));
    EXPECT_THAT(metrics, HasSubstr(R"(dormouse_schedule_paused{schedule="report"} 0)"));
}

TEST(Scheduler, TheOutboxIsRelayedAtTheStart) {
    stack s;
    const auto hook = s.add_hook("/echo/outbox");
    s.database().sql("INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES (X'" +
                     in_hex(stack::signed_delivery(hook, 7)) + "', UTC_TIMESTAMP())");
    scheduler_process both{s, "both", hook, "run"};
    ASSERT_TRUE(s.wait_for_done(1)) << both.log();
    EXPECT_EQ(s.database().sql("SELECT COUNT(*) FROM wp_dormouse_outbox"), "0");
    ASSERT_TRUE(both.wait_for_history("outbox-relay", 1));
    EXPECT_THAT(std::string{both.history("outbox-relay").front().at("note").as_string()}, HasSubstr("moved=1"));
}

TEST(Scheduler, RunIsAWorkerAndASchedulerInOneProcess) {
    stack s;
    const auto hook = s.add_hook("/echo/both");
    scheduler_process both{s, "both", hook, "run"};
    ASSERT_TRUE(both.wait_ready()) << both.log();
    ASSERT_EQ(both.schedules({"run-now", "report"}).status, 0);
    ASSERT_TRUE(s.wait_for_done(1)) << both.log();
    EXPECT_THAT(both.page("/metrics"), HasSubstr("dormouse_attempts_total"));
    both.process().signal(SIGTERM);
    EXPECT_EQ(both.process().wait(soon), 0) << both.log();
}

TEST(Scheduler, APausedScheduleSaysSoAndGoesOn) {
    stack s;
    scheduler_process one{s, "s1", 1};
    ASSERT_TRUE(one.wait_ready()) << one.log();
    EXPECT_EQ(one.schedules({"pause", "report"}).text, "report is paused\n");
    EXPECT_EQ(one.schedules({"pause", "report"}).text, "report was already paused\n");
    EXPECT_THAT(one.schedules({"list"}).text, HasSubstr("paused"));
    EXPECT_EQ(one.schedules({"resume", "report"}).text, "report goes on\n");
    EXPECT_EQ(one.schedules({"pause", "reports"}).status, 3);
}

}  // namespace
}  // namespace dormouse::e2e
