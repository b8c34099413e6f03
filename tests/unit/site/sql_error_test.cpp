#include "site/sql_error.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {
using base::errc;

TEST(SqlError, LostConnectionsAreTransientAndInTheDark) {
    for (const int number : {2006, 2013, 1927, 1053, 4031}) EXPECT_EQ(errc_of(number), errc::connection_lost) << number;
}

TEST(SqlError, AbsenceOverloadAndLocksMayHealByThemselves) {
    for (const int number : {2002, 2003, 1040, 1205, 1213, 1290}) {
        EXPECT_EQ(errc_of(number), errc::unavailable) << number;
        EXPECT_TRUE(base::is_transient(base::make_error_code(errc_of(number)))) << number;
    }
}

TEST(SqlError, StatementTimeoutOfBothFamilies) {
    EXPECT_EQ(errc_of(1969), errc::timed_out);
    EXPECT_EQ(errc_of(3024), errc::timed_out);
}

TEST(SqlError, WhatNeedsAPersonIsNotTransient) {
    EXPECT_EQ(errc_of(1045), errc::denied);
    EXPECT_EQ(errc_of(1142), errc::denied);
    EXPECT_EQ(errc_of(1143), errc::denied);
    EXPECT_EQ(errc_of(1146), errc::not_found);
    EXPECT_EQ(errc_of(1054), errc::not_found);
    EXPECT_EQ(errc_of(1062), errc::conflict);
    EXPECT_EQ(errc_of(1366), errc::invalid_argument);
    EXPECT_EQ(errc_of(1406), errc::invalid_argument);
    EXPECT_EQ(errc_of(1064), errc::server_error);
    EXPECT_EQ(errc_of(0), errc::server_error);
    EXPECT_FALSE(base::is_transient(base::make_error_code(errc_of(1064))));
}

}  // namespace
}  // namespace dormouse::site
