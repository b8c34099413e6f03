#include "cli/values.hpp"

#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dormouse::cli {
namespace {

using namespace std::chrono_literals;

base::result<boost::json::object> args(const std::string& text, const std::string& input = {}) {
    std::istringstream in{input};
    return read_args(text, in);
}

TEST(ReadArgs, TakesAnObjectFromTheWordOrStandardInput) {
    EXPECT_EQ(args(R"({"hook_id":7})").value().at("hook_id").as_int64(), 7);
    EXPECT_EQ(args("-", R"({"hook_id":8})").value().at("hook_id").as_int64(), 8);
    EXPECT_TRUE(args("{}").value().empty());
}

TEST(ReadArgs, SaysWhatIsWrongAndNeverQuotesTheArguments) {
    struct {
        const char* text;
        const char* says;
    } const cases[]{{"[1]", "expected a JSON object"},
                    {"{\"password\":\"hunter2\"", "not valid JSON"},
                    {"", "not valid JSON"},
                    {"{\"a\":1,\"a\":2}", "not valid JSON"},
                    {"@/no/such/file", "cannot read the file '/no/such/file'"}};
    for (const auto& c : cases) {
        const auto r = args(c.text);
        ASSERT_TRUE(r.has_error()) << c.text;
        EXPECT_EQ(r.error(), base::errc::invalid_argument);
        EXPECT_NE(r.error().detail.find(c.says), std::string::npos) << r.error().detail;
        EXPECT_EQ(r.error().detail.find("hunter2"), std::string::npos);
    }
}

TEST(ReadArgs, AnEndlessInputIsCutOff) {
    EXPECT_EQ(args("-", std::string(600UL * 1024, 'x')).error(), base::errc::too_large);
}

TEST(ReadTime, TakesIso8601WithAZone) {
    const auto expected = base::from_epoch_ms(1'795'143'845'000);
    for (const auto* const text :
         {"2026-11-20T03:04:05Z", "2026-11-20T06:04:05+03:00", "2026-11-20T06:04:05+0300", "2026-11-19T22:04:05-05:00"})
        EXPECT_EQ(read_time("--at", text).value(), expected) << text;
    EXPECT_EQ(read_time("--at", "2026-11-20T03:04Z").value(), expected - 5s);
    EXPECT_EQ(read_time("--at", "2024-02-29T00:00Z").value(), base::from_epoch_ms(1'709'164'800'000));
}

TEST(ReadTime, RefusesATimeWithoutAZoneAndDaysThatAreNone) {
    for (const auto* const text : {"2026-11-20T03:04:05", "2026-11-20", "tomorrow", "", "2026-02-30T00:00:00Z",
                                   "2025-02-29T00:00:00Z", "2026-11-20T25:00:00Z", "2026-11-20T03:04:05Zulu"}) {
        const auto r = read_time("--at", text);
        ASSERT_TRUE(r.has_error()) << text;
        EXPECT_NE(r.error().detail.find("--at: expected a time with a zone"), std::string::npos);
    }
}

TEST(ReadPriority, TakesNamesAndNumbers) {
    EXPECT_EQ(read_priority("high").value(), 0);
    EXPECT_EQ(read_priority("normal").value(), 1);
    EXPECT_EQ(read_priority("2").value(), 2);
    EXPECT_TRUE(read_priority("3").has_error());
    EXPECT_TRUE(read_priority("High").has_error());
}

TEST(ReadDuration, NamesTheOptionAndTheForm) {
    EXPECT_EQ(read_duration("--in", "1h30m").value(), 90min);
    EXPECT_EQ(read_duration("--in", "soon").error().detail,
              "--in: expected a duration such as 250ms, 30s, 5m, 1h30m or 2d, got 'soon'");
}

TEST(ShortDuration, ShowsTheTwoLargestUnits) {
    EXPECT_EQ(short_duration(0ms), "0s");
    EXPECT_EQ(short_duration(850ms), "850ms");
    EXPECT_EQ(short_duration(12s + 999ms), "12s");
    EXPECT_EQ(short_duration(3min + 5s), "3m 5s");
    EXPECT_EQ(short_duration(3min), "3m");
    EXPECT_EQ(short_duration(52h + 59min), "2d 4h");
    EXPECT_EQ(duration_or_dash({}), "-");
}

TEST(ExitCode, SaysWhoHasToDoSomething) {
    using base::errc;
    EXPECT_EQ(exit_code_of(errc::invalid_argument), exit_code::usage);
    EXPECT_EQ(exit_code_of(errc::not_found), exit_code::not_found);
    EXPECT_EQ(exit_code_of(errc::conflict), exit_code::failed);
    EXPECT_EQ(exit_code_of(errc::denied), exit_code::failed);
    for (const auto e : {errc::unavailable, errc::timed_out, errc::connection_lost})
        EXPECT_EQ(exit_code_of(e), exit_code::unavailable);
}

}  // namespace
}  // namespace dormouse::cli
