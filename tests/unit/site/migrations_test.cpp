#include "site/migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

namespace dormouse::site {
namespace {
using testing::HasSubstr;

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
    int expected = 0;
    for (const auto& m : migrations()) EXPECT_EQ(m.version, ++expected) << m.name;
    EXPECT_GE(expected, 3);
}

TEST(Migrations, EachIsIdempotentAndNamesOnlyOurTables) {
    const std::regex table{R"(\{prefix\}\w+)"};
    for (const auto& m : migrations()) {
        const std::string sql{m.sql};
        EXPECT_TRUE(sql.starts_with("CREATE TABLE IF NOT EXISTS {prefix}dormouse_")) << sql;
        for (std::sregex_iterator it{sql.begin(), sql.end(), table}, end; it != end; ++it)
            EXPECT_TRUE(it->str().starts_with("{prefix}dormouse_")) << it->str();
        EXPECT_EQ(sql.find(';'), std::string::npos);
    }
}

// dbDelta() splits a definition at line ends and knows a primary key only by its two spaces.
TEST(Migrations, OutboxHasTheFormDbDeltaReads) {
    const auto sql = with_prefix(migrations()[2].sql, "wp_");
    EXPECT_THAT(sql, HasSubstr("wp_dormouse_outbox (\n  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,\n"));
    EXPECT_THAT(sql, HasSubstr("\n  PRIMARY KEY  (id)\n)"));
    EXPECT_EQ(sql.find('`'), std::string::npos);
}

// Whichever of the two comes first makes the table, so both must mean the same one.
TEST(Migrations, OutboxIsTheCompanionPluginsOwn) {
    std::ifstream in{DORMOUSE_SOURCE_DIR "/wordpress/dormouse/src/Outbox.php"};
    const std::string php{std::istreambuf_iterator<char>{in}, {}};
    const auto columns = [](const std::string& text, std::size_t from) {
        const auto begin = text.find("(\n", from);
        return text.substr(begin, text.find("\n) ", begin) - begin);
    };
    const auto start = php.find("CREATE TABLE '");
    ASSERT_NE(start, std::string::npos);
    EXPECT_EQ(columns(std::string{migrations()[2].sql}, 0), columns(php, start));
}

TEST(Migrations, PrefixReplacesEveryMark) {
    EXPECT_EQ(with_prefix("a {prefix}b {prefix}c", "x_"), "a x_b x_c");
    EXPECT_EQ(with_prefix("{prefix}", ""), "");
    EXPECT_EQ(with_prefix("none", "x_"), "none");
}

TEST(Prefix, OrdinaryOnesPass) {
    for (const auto* good : {"", "wp_", "wp_2_", "WP7", "a2345678901234567890123456789012"})
        EXPECT_TRUE(check_prefix(good)) << good;
}

TEST(Prefix, WhatCouldChangeAStatementIsRefusedByKeyAndValue) {
    for (const std::string bad :
         {"wp-", "wp`", "wp_; DROP TABLE x", "wp.", "вп_", "a23456789012345678901234567890123"}) {
        const auto got = check_prefix(bad);
        ASSERT_FALSE(got) << bad;
        EXPECT_EQ(got.error(), base::errc::invalid_argument);
        EXPECT_THAT(got.error().detail, HasSubstr("site.database.prefix"));
        EXPECT_THAT(got.error().detail, HasSubstr("'" + bad + "'"));
    }
    EXPECT_FALSE(check_prefix(std::string_view{"wp\0_", 4}));
}

}  // namespace
}  // namespace dormouse::site
