// Rows that the database refuses, for a while or for good.
#include "site/deliveries.hpp"
#include "site/delivery_writer.hpp"
#include "site/table_shape.hpp"
#include "tests/integration/site/delivery_rows.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {

class DeliverySpool : public Deliveries {};

TEST_F(DeliverySpool, BatchThatEndedInTheDarkIsNotWrittenTwice) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    const delivery_tables tables{db.table("dormouse_delivery"), db.table("dormouse_hook"),
                                 db.table("memberlux_hook_action")};
    const auto one = std::make_shared<const delivery_row>(attempt(1, "retry"));
    const auto two = std::make_shared<const delivery_row>(attempt(2, "retry"));
    const auto write = [&](const delivery_batch& rows) {
        return run(db.run([&](connection& c) -> base::result<written> {
                   return write_deliveries(c, db.shapes(), tables, rows, true);
               }))
            .value();
    };
    write({one});
    EXPECT_EQ(write({one, two}).health.at(7).failures, 2);
    EXPECT_EQ(write({one, two}).health.at(7).failures, 2);
    EXPECT_EQ(count("dormouse_delivery"), "2");
    EXPECT_EQ(count("memberlux_hook_action"), "2");
}

TEST_F(DeliverySpool, RowsOfAnAbsentServerAreKeptAndWrittenOnce) {
    migrate();
    server.create_seed_hook_tables();
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    server.kill();
    const auto refused = record(log, attempt(2));
    EXPECT_EQ(refused.error(), base::errc::unavailable);
    EXPECT_EQ(record(log, attempt(3)).error(), base::errc::unavailable);
    EXPECT_EQ(log.spooled(), 2U);
    run(log.flush(base::deadline::after(1s)));
    EXPECT_EQ(log.spooled(), 2U);
    server.start();
    run(log.flush(base::deadline::after(5s)));
    EXPECT_EQ(log.spooled(), 0U);
    EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(attempt ORDER BY id) FROM wp_dormouse_delivery"), "1,2,3");
    EXPECT_EQ(count("memberlux_hook_action"), "3");
}

TEST_F(DeliverySpool, ConnectionKilledBetweenTwoRowsCostsNothing) {
    migrate();
    auto s = settings();
    s.connections = 1;
    pool db{s};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    server.sql("KILL " + run(db.run([](connection& c) { return first(c, "SELECT CONNECTION_ID()"); })).value());
    EXPECT_TRUE(record(log, attempt(2)));
    EXPECT_EQ(count("dormouse_delivery"), "2");
}

TEST_F(DeliverySpool, WaiterLeavesAtItsLimitAndTheRowIsWrittenLater) {
    migrate();
    pool db{settings()};
    pool other{settings()};
    deliveries log{db, io.get_executor()};
    ASSERT_TRUE(record(log, attempt(1)));
    std::atomic<bool> locked = false;
    std::atomic<bool> left = false;
    bool unlocked = false;
    boost::asio::co_spawn(io, other.run([&](connection& c) -> base::result<std::int64_t> {
        c.execute("LOCK TABLES wp_dormouse_delivery WRITE");
        locked = true;
        EXPECT_TRUE(test::eventually(30s, [&] { return left.load(); })) << "the waiter waits for the lock";
        return c.execute("UNLOCK TABLES");
    }),
                          [&](const std::exception_ptr&, const base::result<std::int64_t>&) { unlocked = true; });
    io.restart();
    ASSERT_TRUE(test::eventually(30s, [&] {
        io.poll();
        return locked.load();
    }));
    EXPECT_EQ(record(log, attempt(2), 60ms).error(), base::errc::unavailable);
    left = true;
    EXPECT_EQ(log.spooled(), 1U);
    EXPECT_TRUE(loop_until([&] { return unlocked && log.spooled() == 0; }));
    EXPECT_EQ(count("dormouse_delivery"), "2");
}

TEST_F(DeliverySpool, RowTheDatabaseNeverTakesDoesNotHoldUpTheOthers) {
    migrate();
    server.sql("ALTER TABLE wp_dormouse_delivery ADD CONSTRAINT odd CHECK (attempt <> 2)");
    pool db{settings()};
    deliveries log{db, io.get_executor()};
    int stored = 0;
    for (const auto& answer : record_all(log, {attempt(1), attempt(2), attempt(3)})) stored += answer ? 1 : 0;
    EXPECT_EQ(stored, 2);
    EXPECT_EQ(log.spooled(), 1U);
    server.sql("ALTER TABLE wp_dormouse_delivery ADD CONSTRAINT more CHECK (attempt <> 4)");
    (void)record_all(log, {attempt(4), attempt(5)});
    run(log.flush(base::deadline::after(5s)));
    EXPECT_EQ(log.spooled(), 2U);
    server.sql("ALTER TABLE wp_dormouse_delivery DROP CONSTRAINT odd");
    run(log.flush(base::deadline::after(5s)));
    EXPECT_EQ(log.spooled(), 1U);
    EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(attempt ORDER BY attempt) FROM wp_dormouse_delivery"), "1,2,3,5");
}

TEST_F(DeliverySpool, FullSpoolKeepsTheOldestAndCountsTheRest) {
    auto s = settings();
    s.socket = server.dir().file("nothing.sock");
    pool db{s};
    deliveries log{db, io.get_executor(), {.rows = 2, .bytes = 1'000'000}};
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(record(log, attempt(i)).error(), base::errc::unavailable);
    EXPECT_EQ(log.spooled(), 2U);
    EXPECT_EQ(log.counters().lost, 1U);
    deliveries small{db, io.get_executor(), {.rows = 100, .bytes = 2'000}};
    auto large = attempt();
    large.payload.resize(3'000);
    EXPECT_EQ(record(small, large).error(), base::errc::unavailable);
    EXPECT_EQ(small.spooled(), 0U);
    EXPECT_EQ(small.counters().lost, 1U);
}

}  // namespace
}  // namespace dormouse::site
