// dormouse migrate on a real MariaDB.
#include "tests/integration/cli/program.hpp"
#include "tests/support/mariadb_server.hpp"

namespace dormouse::test {
namespace {

std::string config_for(const temp_dir& dir, const std::string& socket) {
    return write_config(dir, "unix:///run/none.sock",
                        "site:\n  database:\n    user: root\n    socket: " + socket + "\n");
}

TEST(CliMigrate, ShowsWhatItWouldDoThenDoesItOnce) {
    const mariadb_server server;
    const temp_dir dir;
    const auto config = config_for(dir, server.socket());

    const auto before = run_program({"migrate", "--status", "--config", config});
    EXPECT_EQ(before.code, 0) << before.err;
    EXPECT_TRUE(before.out.starts_with("VERSION  NAME")) << before.out;
    EXPECT_NE(before.out.find("pending"), std::string::npos);

    const auto sql = run_program({"migrate", "--dry-run", "--config", config});
    EXPECT_EQ(sql.code, 0) << sql.err;
    EXPECT_NE(sql.out.find("wp_dormouse_delivery"), std::string::npos) << sql.out;
    EXPECT_EQ(server.sql("SHOW TABLES LIKE 'wp_dormouse%'"), "") << "a dry run changes nothing";

    const auto done = run_program({"migrate", "--config", config});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_TRUE(done.out.starts_with("applied ")) << done.out;
    EXPECT_NE(server.sql("SHOW TABLES LIKE 'wp_dormouse%'").find("wp_dormouse_delivery"), std::string::npos);

    EXPECT_EQ(run_program({"migrate", "--config", config}).out, "nothing to do\n");
    EXPECT_TRUE(run_program({"migrate", "--json", "--config", config}).json().at("applied").as_array().empty());
    const auto after = run_program({"migrate", "--status", "--json", "--config", config}).json();
    ASSERT_FALSE(after.at("migrations").as_array().empty());
    for (const auto& m : after.at("migrations").as_array()) EXPECT_TRUE(m.at("applied_at").is_string());
}

TEST(CliMigrate, ADatabaseThatIsNotThereIsToldWithItsPlace) {
    const temp_dir dir;
    const auto r = run_program({"migrate", "--config", config_for(dir, dir.file("none.sock"))});
    EXPECT_EQ(r.code, 4) << r.err;
    EXPECT_TRUE(r.err.starts_with("dormouse: the database is not reachable at " + dir.file("none.sock") + ": "))
        << r.err;
}

TEST(CliMigrate, AMissingRightIsNamed) {
    const mariadb_server server;
    (void)server.sql(
        "CREATE USER reader@localhost IDENTIFIED BY 'pw'; GRANT SELECT ON wordpress.* TO reader@localhost");
    const temp_dir dir;
    const auto config =
        write_config(dir, "unix:///run/none.sock",
                     "site:\n  database:\n    user: reader\n    password: pw\n    socket: " + server.socket() + "\n");
    const auto r = run_program({"migrate", "--config", config});
    EXPECT_EQ(r.code, 1) << r.err;
    EXPECT_NE(r.err.find("denied"), std::string::npos) << r.err;
}

}  // namespace
}  // namespace dormouse::test
