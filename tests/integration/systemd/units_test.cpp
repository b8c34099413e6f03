// The units as systemd itself judges them, without a running systemd.

#include "config/settings.hpp"
#include "config/values.hpp"
#include "tests/integration/systemd/installed_files.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <sstream>

namespace dormouse {
namespace {

using namespace std::chrono_literals;
using test::ended;
using test::installed_files;
using test::read_file;
using test::run_program;
using testing::HasSubstr;

/// `systemd-analyze verify` looks for the program of ExecStart=, and there is none before the first install.
std::string verifiable(const installed_files& files, const std::string& unit) {
    test::write_file(files.unit(unit), test::replaced(read_file(files.unit(unit)), "/usr/bin/dormouse", "/bin/true"));
    return files.unit(unit);
}

ended verify(const std::string& unit) {
    return run_program({"systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit});
}

ended judge_security(const std::string& unit, int worst) {
    return run_program(
        {"systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=" + std::to_string(worst), unit});
}

/// Value of the only line `key=`.
std::string value_of(const std::string& unit_text, const std::string& key) {
    std::istringstream in{unit_text};
    std::string found;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(key + "=")) {
            EXPECT_TRUE(found.empty()) << key << " is given twice";
            found = line.substr(key.size() + 1);
        }
    return found;
}

class Unit : public testing::TestWithParam<const char*> {};

TEST_P(Unit, IsUnderstoodBySystemd) {
    const installed_files files;
    const auto done = verify(verifiable(files, GetParam()));
    EXPECT_EQ(done.status, 0);
    EXPECT_EQ(done.output, "");
}

INSTANTIATE_TEST_SUITE_P(Shipped, Unit,
                         testing::Values("dormouse-worker@.service", "dormouse-scheduler.service",
                                         "dormouse-redis.service", "dormouse.target"));

TEST(UnitCheck, WouldNoticeAMisspeltKey) {
    const installed_files files;
    const auto unit = verifiable(files, "dormouse-worker@.service");
    test::write_file(unit, test::replaced(read_file(unit), "WatchdogSec=", "WatchdogSecs="));
    EXPECT_THAT(verify(unit).output, HasSubstr("WatchdogSecs"));
}

// 10 is a unit without any protection; the threshold is in tenths.
TEST(UnitSecurity, ExposureOfTheWorkerIsAtMost1Point5) {
    const installed_files files;
    const auto judged = judge_security(files.unit("dormouse-worker@.service"), 15);
    EXPECT_EQ(judged.status, 0) << judged.output;
}

TEST(UnitSecurity, ExposureOfTheSchedulerIsAtMost1Point5) {
    const installed_files files;
    const auto judged = judge_security(files.unit("dormouse-scheduler.service"), 15);
    EXPECT_EQ(judged.status, 0) << judged.output;
}

TEST(UnitSecurity, ExposureOfRedisIsAtMost1) {
    const installed_files files;
    const auto judged = judge_security(files.unit("dormouse-redis.service"), 10);
    EXPECT_EQ(judged.status, 0) << judged.output;
}

TEST(UnitSecurity, EgressDropInIsUnderstoodAndClosesPrivateNetworks) {
    const installed_files files;
    const auto unit = verifiable(files, "dormouse-worker@.service");
    std::filesystem::create_directory(unit + ".d");
    std::filesystem::copy_file(files.example("dormouse-egress.conf"), unit + ".d/egress.conf");
    const auto done = verify(unit);
    EXPECT_EQ(done.status, 0);
    EXPECT_EQ(done.output, "");
    EXPECT_THAT(judge_security(unit, 15).output, HasSubstr("IPAddressDeny="));
}

TEST(WorkerUnit, StopTimeoutLeavesTheDrainAndFifteenSeconds) {
    const installed_files files;
    const auto stop =
        config::parse_duration(value_of(read_file(files.unit("dormouse-worker@.service")), "TimeoutStopSec"));
    ASSERT_TRUE(stop);
    EXPECT_GE(*stop, config::settings{}.worker.drain + 15s);
}

TEST(WorkerUnit, NamesTheFilesOfTheInstallGuide) {
    const installed_files files;
    const auto unit = read_file(files.unit("dormouse-worker@.service"));
    const auto guide = read_file(files.file("usr/share/doc/dormouse/install.md"));
    EXPECT_EQ(value_of(unit, "ExecStart"),
              "/usr/bin/dormouse worker --config /etc/dormouse/dormouse.yaml --instance %i");
    EXPECT_THAT(guide, HasSubstr("/etc/dormouse/dormouse.yaml"));
    EXPECT_EQ(value_of(unit, "Type"), "notify");
    EXPECT_EQ(value_of(unit, "User"), "dormouse");
}

TEST(WorkerUnit, MayWriteTheAuditFileOfTheExample) {
    const installed_files files;
    EXPECT_EQ(value_of(read_file(files.unit("dormouse-worker@.service")), "LogsDirectory"), "dormouse");
    EXPECT_THAT(read_file(std::string{DORMOUSE_SOURCE_DIR} + "/config/dormouse.example.yaml"),
                HasSubstr("/var/log/dormouse/licence.log"));
}

TEST(SchedulerUnit, StopTimeoutLeavesTheDrainAndFifteenSeconds) {
    const installed_files files;
    const auto unit = read_file(files.unit("dormouse-scheduler.service"));
    const auto stop = config::parse_duration(value_of(unit, "TimeoutStopSec"));
    ASSERT_TRUE(stop);
    EXPECT_GE(*stop, config::settings{}.scheduler.drain + 15s);
    EXPECT_EQ(value_of(unit, "ExecStart"), "/usr/bin/dormouse scheduler --config /etc/dormouse/dormouse.yaml");
    EXPECT_THAT(read_file(files.file("usr/share/doc/dormouse/install.md")), HasSubstr("dormouse-scheduler"));
}

TEST(RedisUnit, SocketLiesWhereTheWorkerLooks) {
    const installed_files files;
    const auto configured = read_file(files.example("dormouse-redis.conf"));
    const auto url = config::settings{}.redis.url;
    ASSERT_TRUE(url.starts_with("unix://"));
    EXPECT_THAT(configured, HasSubstr("\nunixsocket " + url.substr(7) + "\n"));
    EXPECT_EQ(value_of(read_file(files.unit("dormouse-redis.service")), "RuntimeDirectory"), "dormouse");
}

}  // namespace
}  // namespace dormouse
