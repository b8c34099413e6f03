// The changes of every clock on earth, against the C library's zdump.

#include "scheduler/time_zone.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/scheduler/zones.hpp"

#include <gtest/gtest.h>

#include <time.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

using offsets = std::map<sys_seconds, seconds>;  // before and after each change

std::set<std::string> all_zones() {
    std::set<std::string> out{odd_zones.begin(), odd_zones.end()};
    std::ifstream table{"/usr/share/zoneinfo/zone1970.tab"};
    for (std::string line; std::getline(table, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream columns{line};
        std::string countries, place, zone;
        columns >> countries >> place >> zone;
        out.insert(zone);
    }
    return out;
}

// Europe/Dublin  Sun Mar 29 00:59:59 2026 UT = Sun Mar 29 00:59:59 2026 GMT isdst=1 gmtoff=0
void read_line(const std::string& line, std::map<std::string, offsets>& out) {
    const auto until = line.find(" UT = ");
    const auto offset = line.find("gmtoff=");
    if (until == std::string::npos || offset == std::string::npos) return;
    const auto blank = line.find(' ');
    tm fields{};
    const auto at = line.substr(line.find_first_not_of(' ', blank), until - blank);
    if (strptime(at.c_str(), "%a %b %d %H:%M:%S %Y", &fields) == nullptr) throw std::runtime_error{"zdump: " + line};
    out[line.substr(0, blank)][sys_seconds{seconds{timegm(&fields)}}] = seconds{std::stoi(line.substr(offset + 7))};
}

std::map<std::string, offsets> ask_zdump(const std::set<std::string>& zones) {
    const test::temp_dir dir;
    std::vector<std::string> argv{"/usr/bin/zdump", "-v", "-c", "2005,2031"};
    argv.insert(argv.end(), zones.begin(), zones.end());
    test::child_process zdump{argv, {{}, dir.file("changes"), {}}};
    if (zdump.wait(60s) != 0) throw std::runtime_error{"zdump: " + test::read_file(dir.file("changes"))};
    std::map<std::string, offsets> out;
    std::ifstream lines{dir.file("changes")};
    for (std::string line; std::getline(lines, line);) read_line(line, out);
    return out;
}

/// The first instant of each stretch with another offset than the one before.
std::set<sys_seconds> our_changes(const time_zone& zone, sys_seconds from, sys_seconds to) {
    std::set<sys_seconds> out;
    for (auto last = zone.at(from); last.end < to;) {
        const auto next = zone.at(last.end);
        if (next.begin != last.end) throw std::runtime_error{zone.name() + " has a hole"};
        if (next.offset != last.offset) out.insert(next.begin);
        last = next;
    }
    return out;
}

std::set<sys_seconds> changes_in(const offsets& known) {
    std::set<sys_seconds> out;
    for (auto at = known.begin(); at != known.end() && std::next(at) != known.end(); ++at)
        if (const auto next = std::next(at); next->second != at->second) out.insert(next->first);
    return out;
}

TEST(Zdump, AgreesOnEveryChangeFrom2005To2031) {
    const auto zones = all_zones();
    ASSERT_GT(zones.size(), 300U);
    const auto known = ask_zdump(zones);
    std::size_t changes = 0;
    for (const auto& name : zones) {
        const auto zone = time_zone::find(name).value();
        const auto ours = our_changes(zone, sys_days{2005y / 1 / 1}, sys_days{2031y / 1 / 1});
        const auto theirs = known.find(name);
        ASSERT_EQ(ours, theirs == known.end() ? std::set<sys_seconds>{} : changes_in(theirs->second)) << name;
        changes += ours.size();
        if (theirs == known.end()) continue;
        for (const auto& [t, offset] : theirs->second) ASSERT_EQ(zone.at(t).offset, offset) << name;
    }
    EXPECT_GT(changes, 5'000U);
}

}  // namespace
}  // namespace dormouse::scheduler
