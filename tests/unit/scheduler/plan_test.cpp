#include "scheduler/plan.hpp"

#include "base/utc.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>

namespace dormouse::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

config::loaded load(const std::string& scheduler) {
    return config::load_text("queue: {allow_unsigned: true}\nscheduler:\n" + scheduler, "f.yaml", check);
}

std::vector<std::string> problems_of(const std::string& scheduler) {
    std::vector<std::string> out;
    for (const auto& p : load(scheduler).problems) out.push_back(p.message());
    return out;
}

class no_duty final : public duty {
public:
    explicit no_duty(std::string name) : name_{std::move(name)} {}
    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] base::awaitable<base::result<std::string>> run(const duty_run&) override { co_return std::string{}; }

private:
    std::string name_;
};

TEST(SchedulerCheck, SaysWhereAnExpressionIsWrong) {
    const auto said = problems_of("  duties:\n    reminders:\n      cron: 61 * * * *\n");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_THAT(said[0], testing::StartsWith("f.yaml:5:7: scheduler.duties.reminders.cron: "));
    EXPECT_THAT(said[0], testing::HasSubstr("61"));
}

TEST(SchedulerCheck, SaysWhereAZoneIsWrong) {
    const auto said = problems_of("  zone: Europe/Berln\n");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_THAT(said[0], testing::StartsWith("f.yaml:3:3: scheduler.zone: "));
    const auto of_schedule =
        problems_of("  schedules:\n    - {name: a, cron: '@daily', zone: Mars, enqueue: {kind: webhook-delivery}}\n");
    ASSERT_EQ(of_schedule.size(), 1U);
    EXPECT_THAT(of_schedule[0], testing::StartsWith("f.yaml:4:33: scheduler.schedules[0].zone: "));
}

TEST(SchedulerCheck, SaysThatAJobIsTooLarge) {
    const auto said = problems_of("  schedules:\n    - {name: a, cron: '@daily', enqueue: {kind: b, args: {t: " +
                                  std::string(2000, 'x') + "}}}\nqueue: {allow_unsigned: true}\n");
    EXPECT_THAT(said, testing::Not(IsEmpty()));  // `queue` is given twice
    const auto large = config::load_text(
        "queue: {allow_unsigned: true, max_envelope_bytes: 1KiB}\nscheduler: {schedules: "
        "[{name: a, cron: '@daily', enqueue: {kind: b, args: {t: " +
            std::string(2000, 'x') + "}}}]}\n",
        "f.yaml", check);
    ASSERT_EQ(large.problems.size(), 1U);
    EXPECT_THAT(large.problems[0].text, testing::HasSubstr("queue.max_envelope_bytes is 1024"));
}

TEST(SchedulerCheck, DefaultsAreGood) { EXPECT_THAT(problems_of("  zone: UTC\n"), IsEmpty()); }

TEST(Plan, HoldsSchedulesAndDutiesThatAreOn) {
    auto read = load(
        "  duties: {reminders: {enabled: false}}\n  schedules:\n"
        "    - {name: a, cron: '@daily', zone: Asia/Tokyo, jitter: 5m, catch_up: 2h, enqueue: {kind: b}}\n");
    ASSERT_THAT(read.problems, IsEmpty());
    no_duty scan{"sleepers-scan"};
    no_duty reminders{"reminders"};
    no_duty relay{"outbox-relay"};
    const auto plan = make_plan(read.settings, time_zone::find("Europe/Berlin").value(), {&scan, &reminders, &relay});
    ASSERT_EQ(plan.size(), 3U);
    EXPECT_EQ(plan[0].name, "sleepers-scan");
    EXPECT_EQ(plan[0].work, &scan);
    EXPECT_EQ(plan[0].when.definition(), "30 3 * * * in Europe/Berlin");
    EXPECT_EQ(plan[0].limit, 2h);
    EXPECT_FALSE(plan[0].at_start);
    EXPECT_TRUE(plan[1].at_start);
    EXPECT_EQ(plan[2].when.definition(), "@daily in Asia/Tokyo");
    EXPECT_EQ(plan[2].when.jitter, 5min);
    EXPECT_EQ(plan[2].when.catch_up, 2h);
    EXPECT_EQ(plan[2].work, nullptr);
}

TEST(Plan, WithoutTheSitesZoneHoldsWhatDoesNotNeedIt) {
    auto read = load(
        "  schedules:\n    - {name: a, cron: '@daily', zone: UTC, enqueue: {kind: b}}\n"
        "    - {name: c, cron: '@daily', enqueue: {kind: b}}\n");
    no_duty scan{"sleepers-scan"};
    EXPECT_TRUE(needs_site_zone(read.settings));
    const auto plan = make_plan(read.settings, std::nullopt, {&scan});
    ASSERT_EQ(plan.size(), 1U);
    EXPECT_EQ(plan[0].name, "a");
    read.settings.scheduler.zone = "UTC";
    EXPECT_FALSE(needs_site_zone(read.settings));
    EXPECT_EQ(make_plan(read.settings, std::nullopt, {&scan}).size(), 3U);
}

TEST(Plan, JitterDiffersBetweenSchedulesAndNotBetweenProcesses) {
    auto read = load(
        "  zone: UTC\n  schedules:\n    - {name: a, cron: '@daily', jitter: 1h, enqueue: {kind: b}}\n"
        "    - {name: c, cron: '@daily', jitter: 1h, enqueue: {kind: b}}\n");
    const auto one = make_plan(read.settings, std::nullopt, {});
    const auto other = make_plan(read.settings, std::nullopt, {});
    const auto tick = base::parse_utc("2026-11-21 00:00:00").value();
    EXPECT_EQ(due_time(one[0].when, tick), due_time(other[0].when, tick));
    EXPECT_NE(due_time(one[0].when, tick), due_time(one[1].when, tick));
}

TEST(Plan, ADutyWithoutConfigurationIsAFault) {
    no_duty stranger{"stranger"};
    EXPECT_THROW((void)make_plan({}, time_zone::find("UTC").value(), {&stranger}), std::logic_error);
}

TEST(Plan, JobOfATickIsComplete) {
    auto read = load(
        "  zone: UTC\n  schedules:\n    - {name: a, cron: '@daily', enqueue: {kind: b, args: {x: 1}, "
        "timeout: 30s}}\n");
    const auto plan = make_plan(read.settings, std::nullopt, {});
    const auto tick = base::parse_utc("2026-11-21 00:00:00").value();
    const auto j = job_of(plan[0], tick, false, tick + 1s);
    EXPECT_EQ(j.kind, "b");
    EXPECT_EQ(j.site, "main");
    EXPECT_EQ(j.queue, "default");
    EXPECT_EQ(j.timeout, 30s);
    EXPECT_FALSE(j.max_attempts);
    EXPECT_EQ(j.issued_at, tick + 1s);
    EXPECT_EQ(j.id, job_of(plan[0], tick, false, tick + 9s).id);
}

}  // namespace
}  // namespace dormouse::scheduler
