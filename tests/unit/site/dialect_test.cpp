#include "site/dialect.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {
using namespace std::chrono_literals;

constexpr dialect mariadb{server_family::mariadb, 10, 11, 19};
constexpr dialect mysql{server_family::mysql, 8, 0, 36};

TEST(Dialect, VersionTextsOfBothFamiliesAreRead) {
    EXPECT_EQ(*dialect_of("10.11.19-MariaDB-0+deb12u1"), mariadb);
    EXPECT_EQ(*dialect_of("8.0.36"), mysql);
    EXPECT_EQ(*dialect_of("8.0.36-28"), mysql);
    EXPECT_EQ(*dialect_of("8.4"), (dialect{server_family::mysql, 8, 4, 0}));
    EXPECT_EQ(*dialect_of("11.4.2-mariadb-ubu2404-log"), (dialect{server_family::mariadb, 11, 4, 2}));
}

TEST(Dialect, ReplicationPrefixOfMariadbIsNotTheVersion) {
    EXPECT_EQ(*dialect_of("5.5.5-10.4.2-MariaDB"), (dialect{server_family::mariadb, 10, 4, 2}));
    EXPECT_EQ(*dialect_of("5.5.5"), (dialect{server_family::mysql, 5, 5, 5}));
}

TEST(Dialect, TextWithoutVersionIsAProtocolErrorThatShowsIt) {
    for (const auto* text : {"", "MariaDB", "ten", "10", "10."}) {
        const auto got = dialect_of(text);
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error(), base::errc::protocol);
        EXPECT_NE(got.error().detail.find("'" + std::string{text} + "'"), std::string::npos);
    }
}

TEST(Dialect, SkipLockedNeedsMariadb106OrMysql801) {
    EXPECT_FALSE((dialect{server_family::mariadb, 10, 5, 27}).skips_locked());
    EXPECT_TRUE((dialect{server_family::mariadb, 10, 6, 0}).skips_locked());
    EXPECT_FALSE((dialect{server_family::mysql, 8, 0, 0}).skips_locked());
    EXPECT_TRUE((dialect{server_family::mysql, 8, 0, 1}).skips_locked());
    EXPECT_FALSE((dialect{server_family::mysql, 5, 7, 44}).skips_locked());
}

TEST(Dialect, StatementLimitIsInSecondsOnMariadbAndMillisecondsOnMysql) {
    EXPECT_EQ(limit_statements(mariadb, 1500ms), "SET SESSION max_statement_time = 1.500");
    EXPECT_EQ(limit_statements(mariadb, 7ms), "SET SESSION max_statement_time = 0.007");
    EXPECT_EQ(limit_statements(mariadb, 12'034ms), "SET SESSION max_statement_time = 12.034");
    EXPECT_EQ(limit_statements(mysql, 1500ms), "SET SESSION max_execution_time = 1500");
}

TEST(Dialect, NoTimeLeftIsAMillisecondBecauseZeroWouldMeanForEver) {
    EXPECT_EQ(limit_statements(mariadb, 0ms), "SET SESSION max_statement_time = 0.001");
    EXPECT_EQ(limit_statements(mysql, -5ms), "SET SESSION max_execution_time = 1");
}

TEST(Dialect, SessionIsSetUpInOneStatementThatBothFamiliesKnow) {
    EXPECT_EQ(
        session_setup(2500ms),
        std::vector<std::string>{"SET SESSION time_zone = '+00:00', "
                                 "sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
                                 "innodb_lock_wait_timeout = 3"});
}

TEST(Dialect, SecondsAreRoundedUpAndAtLeastOne) {
    EXPECT_EQ(whole_seconds(0ms), 1);
    EXPECT_EQ(whole_seconds(1000ms), 1);
    EXPECT_EQ(whole_seconds(1001ms), 2);
    EXPECT_EQ(whole_seconds(base::ms::max()), std::numeric_limits<int>::max());
}

}  // namespace
}  // namespace dormouse::site
