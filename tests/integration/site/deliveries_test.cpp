// What is written where, and in which shape and charset.
#include "site/deliveries.hpp"

#include "tests/integration/site/delivery_rows.hpp"
#include "tests/integration/site/restricted_account.hpp"

#include <gmock/gmock.h>

#include <ostream>

namespace dormouse::site {
namespace {

TEST_F(Deliveries, AttemptIsWrittenToOurTableAndToTheSitesLog) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt(3, "retry");
    row.reason = "http_500";
    row.next_at = at + 1h;
    const auto health = record(log, row).value();
    EXPECT_EQ(health, (hook_health{1, row.at, row.at, {}}));
    EXPECT_EQ(server.sql("SELECT hook_id, payload, response_code, response_body, created_at "
                         "FROM wp_memberlux_hook_action"),
              "7\t{\"a\":\"ж\"}\t500\tanswer\t2026-11-20 03:04:08");
    EXPECT_EQ(server.sql("SELECT job_id, delivery_id, hook_id, event, attempt, state, reason, sent, response_code, "
                         "response_body, payload IS NULL, next_at, duration_ms, created_at FROM wp_dormouse_delivery"),
              "01JD0000000000000000000007\tmsg_7\t7\tpurchase\t3\tretry\thttp_500\tanswered\t500\tanswer\t1\t" +
                  std::to_string(base::to_epoch_ms(at + 1h)) + "\t123\t" + std::to_string(base::to_epoch_ms(row.at)));
    EXPECT_EQ(log.spooled(), 0U);
}

TEST_F(Deliveries, NetworkErrorHasNoCodeInTheLog) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt(1, "retry");
    row.response_code.reset();
    row.response_body = "ERR connect refused";
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT response_code, response_body FROM wp_memberlux_hook_action"),
              "NULL\tERR connect refused");
}

TEST_F(Deliveries, SubscriptionsOfTheModuleAreNotALog) {
    migrate();
    server.create_module_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt()));
    EXPECT_EQ(count("memberlux_hook_action"), "0");
    EXPECT_EQ(server.sql("SELECT payload FROM wp_dormouse_delivery"), "{\"a\":\"ж\"}");
}

TEST_F(Deliveries, WithoutAnyTableNothingFails) {
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    EXPECT_EQ(record(log, attempt()).value(), hook_health{});
    EXPECT_EQ(log.spooled(), 0U);
}

TEST_F(Deliveries, TablesThatAppearLaterAreUsed) {
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    migrate();
    server.create_seed_hook_tables();
    ASSERT_TRUE(record(log, attempt(2)));
    EXPECT_EQ(count("dormouse_delivery"), "1");
    server.sql("DROP TABLE wp_memberlux_hook_action");
    ASSERT_TRUE(record(log, attempt(3)));
    EXPECT_EQ(count("dormouse_delivery"), "2");
}

TEST_F(Deliveries, OtherPrefixMeansOtherTables) {
    migrate("shop_2_");
    server.create_seed_hook_tables("shop_2_");
    auto s = settings();
    s.prefix = "shop_2_";
    pool db{s};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt()));
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM shop_2_memberlux_hook_action"), "1");
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM shop_2_dormouse_delivery"), "1");
}

struct charset_case {
    std::string charset;
    std::string stored;  ///< Of "é ж <mouse> <wrong byte>" without the NUL that stood before it.
};

void PrintTo(const charset_case& c, std::ostream* out) { *out << c.charset; }

class DeliveriesInCharset : public Deliveries, public testing::WithParamInterface<charset_case> {};

TEST_P(DeliveriesInCharset, AnyBytesAreStored) {
    migrate();
    server.create_seed_hook_tables("wp_", GetParam().charset);
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt();
    row.response_body = std::string{"\0", 1} + "é ж " + mouse + " \xFF";
    row.payload = row.response_body;
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT response_body, payload FROM wp_memberlux_hook_action"),
              GetParam().stored + "\t" + GetParam().stored);
    EXPECT_EQ(server.sql("SELECT response_body FROM wp_dormouse_delivery"), "é ж " + mouse + " \xEF\xBF\xBD");

    row.attempt = 2;
    row.response_body = std::string(70'000, 'x') + mouse;
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT LENGTH(response_body) FROM wp_memberlux_hook_action WHERE id = 2"), "16384");
    EXPECT_EQ(log.spooled(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Charsets, DeliveriesInCharset,
                         testing::Values(charset_case{"utf8mb4", "é ж " + mouse + " \xEF\xBF\xBD"},
                                         charset_case{"utf8mb3", "é ж \xEF\xBF\xBD \xEF\xBF\xBD"},
                                         charset_case{"latin1", "é ? ? ?"}, charset_case{"cp1251", "? ж ? ?"},
                                         charset_case{"ascii", "? ? ? ?"}),
                         [](const auto& c) { return c.param.charset; });

TEST_F(Deliveries, NarrowColumnsTakeTheBeginning) {
    migrate();
    server.create_seed_hook_tables();
    server.sql("ALTER TABLE wp_memberlux_hook_action MODIFY response_body VARCHAR(5), MODIFY payload TINYTEXT");
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    auto row = attempt();
    row.response_body = "жжжжжжж";
    row.payload = std::string(1000, 'p');
    ASSERT_TRUE(record(log, row));
    EXPECT_EQ(server.sql("SELECT response_body, LENGTH(payload) FROM wp_memberlux_hook_action"), "жжжжж\t255");
}

TEST_F(Deliveries, RowsAtTheSameTimeShareABatch) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    std::vector<delivery_row> rows;
    for (int i = 1; i <= 100; ++i) {
        rows.push_back(attempt(i, i % 2 == 0 ? "retry" : "done"));
        rows.back().hook_id = i % 10;
    }
    for (const auto& answer : record_all(log, rows)) EXPECT_TRUE(answer) << answer.error().message();
    EXPECT_LE(log.counters().batches, 2U);
    EXPECT_EQ(log.counters().written, 100U);
    EXPECT_EQ(count("memberlux_hook_action"), "100");
    EXPECT_EQ(server.sql("SELECT COUNT(DISTINCT attempt) FROM wp_dormouse_delivery"), "100");
    EXPECT_EQ(server.sql("SELECT SUM(failures) FROM wp_dormouse_hook"), "50");
}

TEST_F(Deliveries, LargePayloadsAreSpreadOverPackets) {
    migrate();
    server.create_seed_hook_tables();
    server.sql("SET GLOBAL max_allowed_packet = 1048576");
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    std::vector<delivery_row> rows;
    for (int i = 1; i <= 12; ++i) {
        rows.push_back(attempt(i));
        rows.back().payload = std::string(std::size_t{256} * 1024, 'p');
    }
    for (const auto& answer : record_all(log, rows)) EXPECT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(server.sql("SELECT COUNT(*), MIN(LENGTH(payload)) FROM wp_memberlux_hook_action"), "12\t262144");
}

TEST_F(Deliveries, HealthFollowsFailuresUntilASuccess) {
    migrate();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    (void)record(log, attempt(1, "retry"));
    const auto second = record(log, attempt(2, "dead")).value();
    EXPECT_EQ(second, (hook_health{2, at + 1s, at + 2s, {}}));
    EXPECT_EQ(record(log, attempt(3)).value(), (hook_health{0, {}, at + 2s, at + 3s}));
    EXPECT_EQ(record(log, attempt(4, "retry")).value(), (hook_health{1, at + 4s, at + 4s, at + 3s}));
}

TEST_F(Deliveries, TwoWorkersCountEveryFailureOnce) {
    migrate();
    pool one{settings()};
    pool two{settings()};
    deliveries a{one, io.get_executor()};
    deliveries b{two, io.get_executor()};
    int left = 200;
    for (int i = 0; i < 200; ++i) {
        auto row = attempt(i, "retry");
        row.hook_id = i % 5;
        boost::asio::co_spawn(io, (i % 3 == 0 ? a : b).record(row, base::deadline::after(5s)),
                              [&](const std::exception_ptr& e, const base::result<hook_health>& h) {
                                  EXPECT_TRUE(!e && h);
                                  if (--left == 0) io.stop();
                              });
    }
    io.restart();
    io.run();
    EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(failures) FROM wp_dormouse_hook"), "40,40,40,40,40");
}

TEST_F(Deliveries, LeastPrivilegesAreEnough) {
    migrate();
    server.create_seed_hook_tables();
    grant_the_least(server);
    pool db{settings("dormouse")};
    deliveries log{db, io.get_executor()};
    EXPECT_EQ(record(log, attempt(1, "retry")).value().failures, 1);
    EXPECT_EQ(record(log, attempt(2, "retry")).value().failures, 2);
    EXPECT_EQ(count("memberlux_hook_action"), "2");
    const auto refused = run(db.run(
        [](connection& c) -> base::result<std::int64_t> { return c.execute("DELETE FROM wp_memberlux_hook_action"); }));
    EXPECT_EQ(refused.error(), base::errc::denied);
}

TEST_F(Deliveries, LogThatIsClosedToUsIsDoneWithout) {
    migrate();
    server.create_seed_hook_tables();
    server.sql(
        "CREATE USER half@localhost; GRANT SELECT, INSERT, UPDATE ON wordpress.wp_dormouse_delivery TO "
        "half@localhost; GRANT SELECT, INSERT, UPDATE ON wordpress.wp_dormouse_hook TO half@localhost");
    pool db{settings("half")};
    deliveries log{db, io.get_executor()};
    EXPECT_EQ(record(log, attempt(1, "retry")).value().failures, 1);
    EXPECT_EQ(server.sql("SELECT payload IS NOT NULL FROM wp_dormouse_delivery"), "1");
}

}  // namespace
}  // namespace dormouse::site
