// Ten years of ticks in every odd zone, against python3-croniter and zoneinfo.

#include "scheduler/ticks.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/scheduler/zones.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds begin = sys_days{2017y / 1 / 1};
constexpr sys_seconds end = sys_days{2027y / 1 / 1};

using instants = std::vector<std::int64_t>;

struct request {
    std::string expression;
    std::string zone;
};

std::vector<request> in_every_zone(const std::vector<std::string>& expressions) {
    std::vector<request> out;
    for (const auto& expression : expressions)
        for (const auto* zone : odd_zones) out.push_back({expression, zone});
    return out;
}

std::vector<instants> ask_croniter(std::string_view mode, const std::vector<request>& requests) {
    const test::temp_dir dir;
    std::string text;
    for (const auto& [expression, zone] : requests)
        text += fmt::format("{}\t{}\t{}\t{}\t{}\n", mode, expression, zone, begin.time_since_epoch().count(),
                            end.time_since_epoch().count());
    test::write_file(dir.file("requests"), text);
    const std::string oracle = DORMOUSE_SOURCE_DIR "/tests/integration/scheduler/croniter_oracle.py";
    test::child_process python{{"/usr/bin/python3", oracle, dir.file("requests")}, {{}, dir.file("answers"), {}}};
    const auto status = python.wait(90s);
    const auto answers = test::read_file(dir.file("answers"));
    if (status != 0) throw std::runtime_error{"python3-croniter failed: " + answers};
    std::vector<instants> out;
    std::istringstream lines{answers};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream numbers{line};
        auto& of_line = out.emplace_back();
        for (std::int64_t t = 0; numbers >> t;) of_line.push_back(t);
    }
    return out;
}

instants our_ticks(const request& r) {
    const auto expression = cron_expression::parse(r.expression).value();
    const auto zone = time_zone::find(r.zone).value();
    instants out;
    for (base::time_ms t = next_after(expression, zone, begin); t <= end; t = next_after(expression, zone, t))
        out.push_back(base::to_epoch_ms(t) / 1'000);
    return out;
}

void compare(std::string_view mode, const std::vector<std::string>& expressions, std::size_t at_least) {
    const auto requests = in_every_zone(expressions);
    const auto answers = ask_croniter(mode, requests);
    ASSERT_EQ(answers.size(), requests.size());
    std::size_t compared = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        ASSERT_EQ(our_ticks(requests[i]), answers[i]) << requests[i].expression << " " << requests[i].zone;
        compared += answers[i].size();
    }
    EXPECT_GT(compared, at_least);
}

TEST(Croniter, AgreesOnEveryNightOfTenYears) { compare("once", {"30 2 * * *"}, 150'000); }

TEST(Croniter, AgreesOnDaysAndHoursOfTenYears) {
    compare("once",
            {"@weekly", "@monthly", "@yearly", "0 0 * 3,10,11 *", "*/20 1-3 * mar,oct sun", "0 3 29 2 *",
             "15 4 13 * fri", "0 22 L * *", "45 23 31 * *", "0 0-23/5 1,15 * *", "0 0 1-7 4,9 mon-wed",
             "10 1,3 * 4,11 fri-sun", "0 3 30 12 *"},
            100'000);
}

TEST(Croniter, AgreesOnEveryHourOfTenYears) {
    compare("always", {"15 * 25-31 10 *", "0 * 29 3 *", "59 * 17,18 2 *", "30 * 1-5 11 *"}, 150'000);
}

// Its own way through a change of the clock is another one; away from changes it has to say the same.
TEST(Croniter, AgreesInAZoneAwayFromItsChanges) {
    const auto requests = in_every_zone({"30 2 * * *", "*/20 8-17 * * mon-fri", "0 12 1,15 * *"});
    const auto answers = ask_croniter("aware", requests);
    ASSERT_EQ(answers.size(), requests.size());
    std::size_t compared = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto expression = cron_expression::parse(requests[i].expression).value();
        const auto zone = time_zone::find(requests[i].zone).value();
        for (const auto answer : answers[i]) {
            const sys_seconds t{std::chrono::seconds{answer}};
            const auto stretch = zone.at(t);
            if (stretch.begin > t - 800h || stretch.end < t + 48h) continue;
            ASSERT_EQ(next_after(expression, zone, t - 1s), t) << requests[i].expression << " " << requests[i].zone;
            ++compared;
        }
    }
    EXPECT_GT(compared, 4'000U);
}

}  // namespace
}  // namespace dormouse::scheduler
