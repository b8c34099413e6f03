#include "site/schema.hpp"

#include "site/migrations.hpp"
#include "tests/integration/site/site_database.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <gmock/gmock.h>

#include <set>

namespace dormouse::site {
namespace {
using namespace boost::asio::experimental::awaitable_operators;
using testing::HasSubstr;
using testing::IsEmpty;

using versions = std::vector<int>;

class Schema : public site_database {
protected:
    static versions every_version() {
        versions out;
        for (const auto& m : migrations()) out.push_back(m.version);
        return out;
    }
    static std::string every_table() {
        std::set<std::string> names{"wp_dormouse_schema"};
        for (const auto& m : migrations()) names.insert("wp_dormouse_" + std::string{m.name});
        return boost::algorithm::join(names, "\n");
    }
};

TEST_F(Schema, MigrateMakesEveryTableOnce) {
    pool db{settings()};
    schema all{db};
    EXPECT_EQ(run(all.migrate()).value(), every_version());
    EXPECT_EQ(server.sql("SHOW TABLES"), every_table());
    EXPECT_THAT(run(all.migrate()).value(), IsEmpty());
}

TEST_F(Schema, StatusTellsPendingFromApplied) {
    base::manual_clock clock{base::from_epoch_ms(1'795'212'000'123)};
    pool db{settings()};
    schema all{db, clock};
    for (const auto& m : run(all.status()).value()) EXPECT_FALSE(m.applied_at) << m.name;
    run(all.migrate()).value();
    const auto after = run(all.status()).value();
    ASSERT_EQ(after.size(), migrations().size());
    EXPECT_EQ(after[0].version, 1);
    EXPECT_EQ(after[0].name, "delivery");
    for (const auto& m : after) EXPECT_EQ(m.applied_at, clock.now()) << m.name;
}

TEST_F(Schema, DryRunChangesNothingAndItsTextIsRunnable) {
    pool db{settings()};
    schema all{db};
    const auto sql = run(all.dry_run()).value();
    EXPECT_EQ(server.sql("SHOW TABLES"), "");
    server.sql(sql);
    EXPECT_EQ(server.sql("SHOW TABLES"), every_table());
    run(all.migrate()).value();
    EXPECT_EQ(run(all.dry_run()).value(), "");
}

TEST_F(Schema, TwoAtOnceShareTheWork) {
    pool one{settings()};
    pool two{settings()};
    schema a{one};
    schema b{two};
    auto done = run([](schema& x, schema& y) -> base::awaitable<versions> {
        auto [first, second] = co_await (x.migrate() && y.migrate());
        auto all = first.value();
        for (const int v : second.value()) all.push_back(v);
        co_return all;
    }(a, b));
    EXPECT_EQ(done, every_version());
}

TEST_F(Schema, LockIsGivenUpWhenTheOtherHoldsItTooLong) {
    pool one{settings()};
    pool two{settings()};
    schema waiting{two};
    run([](pool& holder, schema& late) -> base::awaitable<> {
        (void)co_await holder.run([](connection& c) { return first(c, "SELECT GET_LOCK('dormouse_migrate_wp_', 0)"); });
        const auto got = co_await late.migrate(base::deadline::after(std::chrono::milliseconds{1200}));
        EXPECT_TRUE(got.error() == base::errc::unavailable || got.error() == base::errc::timed_out)
            << got.error().message();
    }(one, waiting));
    EXPECT_EQ(server.sql("SHOW TABLES"), "");
}

TEST_F(Schema, EachPrefixHasItsOwnTables) {
    for (const std::string prefix : {"", "wp_2_", "Shop_"}) {
        migrate(prefix);
        EXPECT_EQ(server.sql("SELECT COUNT(*) FROM `" + prefix + "dormouse_delivery`"), "0");
    }
}

TEST_F(Schema, HalfDoneMigrationIsFinished) {
    migrate();
    server.sql("DELETE FROM wp_dormouse_schema WHERE version > 1; DROP TABLE wp_dormouse_outbox");
    pool db{settings()};
    schema all{db};
    auto missing = every_version();
    missing.erase(missing.begin());
    EXPECT_EQ(run(all.migrate()).value(), missing);
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_outbox"), "0");
}

TEST_F(Schema, TablesOfANewerDormouseAreLeftAlone) {
    migrate();
    server.sql("INSERT INTO wp_dormouse_schema VALUES (999, 'future', 1)");
    pool db{settings()};
    schema all{db};
    const auto got = run(all.migrate());
    EXPECT_EQ(got.error(), base::errc::conflict);
    EXPECT_THAT(got.error().detail, HasSubstr("999"));
    EXPECT_EQ(run(all.dry_run()).error(), base::errc::conflict);
    EXPECT_EQ(run(all.status()).value().back().name, "future");
}

TEST_F(Schema, AccountWithoutCreateIsToldWhatItLacks) {
    server.sql("CREATE USER reader@localhost; GRANT SELECT ON wordpress.* TO reader@localhost");
    pool db{settings("reader")};
    schema all{db};
    const auto got = run(all.migrate());
    EXPECT_EQ(got.error(), base::errc::denied);
    EXPECT_THAT(got.error().detail, HasSubstr("CREATE command denied"));
}

TEST_F(Schema, OutboxKeepsAnEnvelopesBytesFromAnySessionCharset) {
    migrate();
    server.sql(
        "SET NAMES utf8mb3; INSERT INTO wp_dormouse_outbox (envelope, created_at) VALUES "
        "(X'7B2261223A22F09F90AD227D', '2026-11-20 03:04:05')");
    EXPECT_EQ(server.sql("SELECT HEX(envelope), attempts FROM wp_dormouse_outbox"), "7B2261223A22F09F90AD227D\t0");
}

}  // namespace
}  // namespace dormouse::site
