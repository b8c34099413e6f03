// The fixture itself: what every other test here stands on.
#include "tests/support/mariadb_server.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

TEST(MariadbServer, HasAnEmptySiteDatabase) {
    const mariadb_server server;
    EXPECT_EQ(server.sql("SELECT DATABASE(), @@character_set_database"), "wordpress\tutf8mb4");
    EXPECT_EQ(server.sql("SHOW TABLES"), "");
}

TEST(MariadbServer, ChecksGrants) {
    const mariadb_server server;
    EXPECT_EQ(server.sql("CREATE USER nobody_in_particular; SHOW GRANTS FOR nobody_in_particular"),
              "GRANT USAGE ON *.* TO `nobody_in_particular`@`%`");
}

TEST(MariadbServer, KeepsItsRowsOverKillAndStop) {
    mariadb_server server;
    server.sql("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");
    server.stop();
    server.start();
    server.sql("INSERT INTO t VALUES (2)");
    server.kill();
    server.start();
    EXPECT_EQ(server.sql("SELECT * FROM t"), "1\n2");
}

TEST(MariadbServer, ReportsTheClientsErrorText) {
    const mariadb_server server;
    try {
        server.sql("SELECT nonsense");
        FAIL() << "no error";
    } catch (const std::runtime_error& e) {
        EXPECT_NE(std::string{e.what()}.find("Unknown column 'nonsense'"), std::string::npos) << e.what();
    }
}

}  // namespace
}  // namespace dormouse::test
