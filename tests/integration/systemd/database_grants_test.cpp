// The shipped grants on a real MariaDB, used by the real code of the site room.

#include "scheduler/sleepers/scan.hpp"
#include "site/hooks.hpp"
#include "site/outbox.hpp"
#include "site/pool.hpp"
#include "site/retention.hpp"
#include "site/schema.hpp"
#include "site/sleepers.hpp"
#include "tests/integration/systemd/installed_files.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/run.hpp"
#include "tests/support/sleeping_school.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>

namespace dormouse {
namespace {

using test::read_file;
using testing::HasSubstr;

enum class shape { seed, module };

class ShippedGrants : public testing::Test {
protected:
    /// The file without the part of the shape this site does not have.
    void grant(shape kept) {
        const test::installed_files files;
        auto text = test::replaced(read_file(files.example("dormouse-grants.sql")), "@PASSWORD@", "pw of dormouse");
        const auto first = text.find("-- shape 1");
        const auto second = text.find("-- shape 2");
        ASSERT_NE(second, std::string::npos);
        server_.sql(kept == shape::seed ? text.substr(0, second) : text.erase(first, second - first));
    }

    [[nodiscard]] config::database_settings account() const {
        config::database_settings s;
        s.socket = server_.socket();
        s.password = base::secret{"pw of dormouse"};
        return s;
    }

    void grant_students() const {
        const test::installed_files files;
        server_.sql("CREATE TABLE IF NOT EXISTS wp_options (option_name varchar(191), option_value longtext)");
        server_.sql(read_file(files.example("dormouse-grants-students.sql")));
    }

    /// The error of one statement as the account; empty when it worked.
    [[nodiscard]] std::string refused(const std::string& statement) const {
        const auto done =
            test::run_program({"mariadb", "--no-defaults", "--socket=" + server_.socket(), "--user=dormouse",
                               "--password=pw of dormouse", "wordpress", "--execute", statement});
        return done.status == 0 ? "" : done.output;
    }

    void migrate() {
        site::pool db{account()};
        site::schema tables{db};
        EXPECT_FALSE(test::run_on(io_, tables.migrate()).value().empty());
    }

    void expect_hook_can_be_read_and_disabled() {
        site::pool db{account()};
        site::hooks hooks{db};
        const auto hook = test::run_on(io_, hooks.find(1)).value();
        ASSERT_TRUE(hook);
        EXPECT_TRUE(hook->active);
        EXPECT_FALSE(hook->url.empty());
        EXPECT_TRUE(test::run_on(io_, hooks.disable(1, "gone")));
        EXPECT_FALSE(test::run_on(io_, hooks.find(1)).value()->active);
    }

    void expect_outbox_and_old_rows_can_be_cleared() {
        server_.sql("INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES ('e', UTC_TIMESTAMP())");
        server_.sql(
            "INSERT INTO wp_dormouse_scan (id, as_of, state, started_at) VALUES (1, '2026-11-01', 'failed', 1);"
            "INSERT INTO wp_dormouse_sleeper VALUES (1, 1, 7, '2026-10-01', 31, 1, '')");
        site::pool db{account()};
        site::outbox outbox{db};
        const auto take = [](const std::vector<std::string>&) { return base::result<void>{}; };
        EXPECT_EQ(test::run_on(io_, outbox.move_batch(0, take, {})).value().rows, 1U);
        EXPECT_EQ(test::run_on(io_, outbox.put_aside({})).value(), 0U);
        EXPECT_EQ(test::run_on(io_, outbox.size({})).value().rows, 0U);
        site::retention rows{db};
        const auto now = base::system_clock().now();
        for (const auto what : {site::old_rows::deliveries_done, site::old_rows::deliveries_failed})
            EXPECT_EQ(test::run_on(io_, rows.remove(what, now, 10, {})).value(), 0U);
        for (const auto what : {site::old_rows::sleepers, site::old_rows::scans})
            EXPECT_EQ(test::run_on(io_, rows.remove(what, now, 10, {})).value(), 1U);
    }

    void expect_no_more_than_that(const std::string& url_column) {
        EXPECT_THAT(refused("UPDATE wp_memberlux_hook SET " + url_column + " = 'http://evil'"), HasSubstr("denied"));
        for (const auto* statement :
             {"DELETE FROM wp_memberlux_hook", "SELECT * FROM wp_users", "CREATE TABLE other (n INT)",
              "DROP TABLE wp_dormouse_delivery", "SELECT 1 INTO OUTFILE '/tmp/x'"})
            EXPECT_THAT(refused(statement), HasSubstr("denied")) << statement;
    }

    test::mariadb_server server_;
    test::sleeping_school school_{server_};
    boost::asio::io_context io_;
};

TEST_F(ShippedGrants, AreEnoughAndNoMoreForTheSeedsTables) {
    school_.load();
    server_.create_seed_hook_tables();
    server_.sql(
        "INSERT INTO wp_memberlux_hook (name, url, event, is_active, secret) "
        "VALUES ('n', 'https://example.test/', 'all', 1, 's')");
    grant(shape::seed);
    migrate();
    expect_hook_can_be_read_and_disabled();
    expect_outbox_and_old_rows_can_be_cleared();
    EXPECT_EQ(refused("INSERT INTO wp_memberlux_hook_action (hook_id, payload) VALUES (1, '{}')"), "");
    EXPECT_THAT(refused("SELECT payload FROM wp_memberlux_hook_action"), HasSubstr("denied"));
    expect_no_more_than_that("url");
}

TEST_F(ShippedGrants, AreEnoughAndNoMoreForTheModulesTables) {
    school_.load();
    server_.create_module_hook_tables();
    server_.sql(
        "INSERT INTO wp_memberlux_hook (destination, active) VALUES ('https://example.test/', 1);"
        "INSERT INTO wp_memberlux_hook_action (hook_id, action) VALUES (1, 'all')");
    grant(shape::module);
    migrate();
    expect_hook_can_be_read_and_disabled();
    EXPECT_THAT(refused("DELETE FROM wp_memberlux_hook_action"), HasSubstr("denied"));
    expect_no_more_than_that("destination");
}

TEST_F(ShippedGrants, AreEnoughToFindTheSleepersAndToChangeNothingOfThem) {
    server_.create_seed_hook_tables();
    school_.level(7).user(1).user(2).user_meta(2, "wpm_status", "inactive");
    school_.level(8, 7).key(1, 8, "2026-10-01", "2026-11-01");
    for (int user = 1; user <= 2; ++user) school_.key(user, 7, "2026-10-01", "2026-11-01");
    school_.certificate(1, 8, "2026-10-20", "MANUAL").load();
    grant(shape::seed);
    grant_students();
    migrate();
    site::pool db{account()};
    const config::sleepers_settings careful{.certificates = config::certificates_that_count::since_access_start};
    scheduler::sleepers_scan scan{db, careful, base::system_clock()};
    const site::day as_of{std::chrono::year{2026} / 11 / 21};
    EXPECT_EQ(test::run_on(io_, scan.publish(as_of, "test", false, {})).value().counts.sleepers, 1);
    EXPECT_TRUE(test::run_on(io_, site::read_facts(db, 1, 8, {})).value().user_exists);
    for (const auto* statement :
         {"UPDATE wp_memberlux_term_keys SET status = 'used'", "DELETE FROM wp_memberlux_certificate",
          "SELECT `key` FROM wp_memberlux_term_keys", "SELECT user_pass FROM wp_users",
          "INSERT INTO wp_termmeta (term_id) VALUES (1)", "ALTER TABLE wp_memberlux_term_keys ADD INDEX x (term_id)"})
        EXPECT_THAT(refused(statement), HasSubstr("denied")) << statement;
}

}  // namespace
}  // namespace dormouse
