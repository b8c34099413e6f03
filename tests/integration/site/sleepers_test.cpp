// Who is a sleeper, read from real tables; traps of spec 1-domain, section 8, by their number.
#include "tests/integration/site/sleepers_world.hpp"

#include "site/connection.hpp"
#include "site/table_shape.hpp"

#include <gmock/gmock.h>

namespace dormouse::site {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sleepers : public sleepers_world {
protected:
    pool db{settings()};
};

TEST_F(Sleepers, T01T02T08T09_TheLastEndOfAllKeysDecidesWhateverTheirStatus) {
    school s{server};
    s.level(7);
    for (int u = 1; u <= 6; ++u) s.user(u);
    s.key(1, 7, "2026-10-01", "2026-11-01", "status = 'expired'");
    s.key(2, 7, "2026-10-01", "2026-11-01", "status = 'used'");
    s.key(3, 7, "2026-10-21", "2026-11-21");  // the end day itself
    s.key(4, 7, "2026-10-22", "2026-11-22");
    s.key(5, 7, "2026-12-01", "2026-12-31").key(5, 7, "2026-10-01", "2026-11-01");  // renewed by an earlier row
    s.key(6, 7, "2026-10-01", "2026-11-01").key(6, 7, "2026-09-01", "2026-11-01");  // a tie
    s.load();
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4, 5, 6}, {7}),
                ElementsAre("7:1 2026-11-01", "7:2 2026-11-01", "7:3 2026-11-21", "7:6 2026-11-01"));
}

TEST_F(Sleepers, T04T05T14_UnlimitedBannedAndBasketKeys) {
    school s{server};
    s.level(7);
    for (int u = 1; u <= 5; ++u) s.user(u).key(u, 7, "2026-10-01", "2026-11-01");
    s.key(1, 7, "2020-01-01", "2020-01-01", "is_unlimited = 1");
    s.key(2, 7, "2020-01-01", "2020-01-01", "is_unlimited = 1, is_banned = 1");
    s.key(3, 7, "2026-11-01", "2027-11-01", "is_banned = 1");
    s.key(4, 7, "2026-11-01", "2027-11-01", "key_type = 'wpm_keys_basket'");
    s.key(5, 7, "2026-11-01", "2027-11-01", "is_banned = NULL");
    s.load();
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4, 5}, {7}), ElementsAre("7:2 2026-11-01", "7:3 2026-11-01", "7:5 2026-11-01"));
    EXPECT_EQ(decided(db, 1, 7), rule::unlimited);
    EXPECT_EQ(decided(db, 4, 7), rule::not_lapsed);
}

TEST_F(Sleepers, T06T07_KeysWithoutUserAndZeroDates) {
    school s{server};
    s.level(7);
    for (int u = 1; u <= 3; ++u) s.user(u);
    s.key(1, 7, "2026-10-01", "2026-11-01");
    s.sql("INSERT INTO " + s.keys() +
          " (term_id, user_id, date_end) VALUES (7, NULL, '2036-01-01'), "
          "(7, 0, '2026-11-01'), (NULL, 1, '2036-01-01')");
    s.key(2, 7, "0000-00-00", "0000-00-00");
    s.key(3, 7, "0000-00-00", "0000-00-00").key(3, 7, "0000-00-00", "2026-11-02").key(3, 7, "2026-01-01", "1970-01-01");
    s.load();
    EXPECT_THAT(sleepers(db, {0, 1, 2, 3}, {7}), ElementsAre("7:1 2026-11-01", "7:3 2026-11-02"));
    EXPECT_EQ(decided(db, 2, 7), rule::not_lapsed);
}

TEST_F(Sleepers, T10T11_CertificatesByTheLedgerThenByTheLevelInAnyCase) {
    school s{server};
    s.level(7).level(8).level(9).level(10);
    s.term_meta(8, "_mblc_how_to_issue", "auto").term_meta(9, "_MBLC_HOW_TO_ISSUE", "AUTO");
    s.term_meta(10, "_mblc_how_to_issue", "employee").term_meta(10, "_mblc_how_to_issue", "auto");
    for (int u = 1; u <= 4; ++u) {
        s.user(u);
        for (int l = 7; l <= 10; ++l) s.key(u, l, "2026-10-01", "2026-11-01");
    }
    for (int l = 7; l <= 10; ++l) {
        s.certificate(1, l, "2026-10-20").certificate(1, l, "2026-10-21");
        s.certificate(2, l, "2026-10-20", "AUTO");
        s.certificate(3, l, "2026-10-20", "MANUAL").certificate(3, l, "2026-10-20", "AUTO");
    }
    s.load();
    EXPECT_THAT(
        sleepers(db, {1, 2, 3, 4}, {7, 8, 9, 10}),
        ElementsAre("7:2 2026-11-01", "7:4 2026-11-01", "8:1 2026-11-01", "8:2 2026-11-01", "8:4 2026-11-01",
                    "9:1 2026-11-01", "9:2 2026-11-01", "9:4 2026-11-01", "10:2 2026-11-01", "10:4 2026-11-01"));
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4}, {7, 8, 9, 10}, {.ledger = false}),
                ElementsAre("7:4 2026-11-01", "8:1 2026-11-01", "8:2 2026-11-01", "8:3 2026-11-01", "8:4 2026-11-01",
                            "9:1 2026-11-01", "9:2 2026-11-01", "9:3 2026-11-01", "9:4 2026-11-01", "10:4 2026-11-01"));
}

TEST_F(Sleepers, T12_CertificatesFromBeforeTheAccessBegan) {
    school s{server};
    s.level(7);
    for (int u = 1; u <= 4; ++u) s.user(u).key(u, 7, "2026-10-01", "2026-11-01");
    s.certificate(1, 7, "2026-09-30").certificate(2, 7, "2026-10-01").certificate(3, 7, "2026-09-15");
    s.key(3, 7, "2026-09-01", "2026-10-01");                            // joins on: access began then
    s.certificate(4, 7, "2026-01-01").certificate(4, 7, "0000-00-00");  // of the second nobody knows the day
    s.load();
    const sleeper_options since{.certificate_rule = sleeper_options::certificates::since_access_start};
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4}, {7}), IsEmpty());
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4}, {7}, since), ElementsAre("7:1 2026-11-01"));
    EXPECT_EQ(scan(db, since).at(0).flags, "earlier_certificate");
}

TEST_F(Sleepers, T13_AnActiveKeyOfAnyLevelAboveIsAccess) {
    school s{server};
    s.level(1, 0, "").level(2, 1).level(3, 2);  // the top one is not watched
    s.level(11, 12).level(12, 11);              // a circle
    s.level(20, 99);                            // the level above is gone, its keys are not
    for (int u = 1; u <= 5; ++u) s.user(u).key(u, 3, "2026-10-01", "2026-11-01");
    s.key(1, 2, "2026-11-01", "2026-12-01").key(2, 1, "2026-01-01", "2026-01-01", "is_unlimited = 1");
    s.key(3, 1, "2026-10-01", "2026-11-21").key(4, 1, "2026-11-01", "2026-12-01", "is_banned = 1");
    s.key(5, 11, "2026-10-01", "2026-11-01").key(5, 12, "2026-11-01", "2026-12-01");
    s.key(5, 20, "2026-10-01", "2026-11-01").key(5, 99, "2026-11-01", "2026-12-01");
    s.load();
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4, 5}, {2, 3, 11, 12, 20}),
                ElementsAre("3:3 2026-11-01", "3:4 2026-11-01", "3:5 2026-11-01"));
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4, 5}, {2, 3, 11, 12, 20}, {.ancestors = false}),
                ElementsAre("3:1 2026-11-01", "3:2 2026-11-01", "3:3 2026-11-01", "3:4 2026-11-01", "3:5 2026-11-01",
                            "11:5 2026-11-01", "20:5 2026-11-01"));
}

TEST_F(Sleepers, T15T17_OrphansBlockedUsersAndDoubleMeta) {
    school s{server};
    s.level(7).level(8, 0, "0").level(9, 0, "").term_meta(66, "mlm_enabled", "1");
    s.level(10, 0, "0").term_meta(10, "mlm_enabled", "1");  // the first row counts
    s.level(11, 0, "1").term_meta(11, "mlm_enabled", "0");
    s.level(12, 0, "").term_meta(12, "MLM_ENABLED", "1");  // PHP tells the case of keys
    for (int u = 1; u <= 5; ++u)
        for (const int l : {7, 8, 9, 10, 11, 12, 66}) s.key(u, l, "2026-10-01", "2026-11-01");
    for (int u = 1; u <= 4; ++u) s.user(u);  // 5 is gone
    s.user_meta(2, "wpm_status", "inactive");
    s.user_meta(3, "wpm_status", "active").user_meta(3, "wpm_status", "inactive");
    s.user_meta(4, "WPM_STATUS", "inactive").user_meta(4, "wpm_status", "Inactive");
    s.load();
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4, 5}, {7, 8, 9, 10, 11, 12, 66}),
                ElementsAre("7:1 2026-11-01", "7:3 2026-11-01", "7:4 2026-11-01", "11:1 2026-11-01", "11:3 2026-11-01",
                            "11:4 2026-11-01"));
    EXPECT_EQ(decided(db, 5, 7), rule::user_gone);
    EXPECT_EQ(decided(db, 1, 66), rule::level_gone);
    EXPECT_EQ(decided(db, 1, 67), rule::level_off);
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4, 5}, {7, 11}, {.blocked = false}),
                ElementsAre("7:1 2026-11-01", "7:2 2026-11-01", "7:3 2026-11-01", "7:4 2026-11-01", "11:1 2026-11-01",
                            "11:2 2026-11-01", "11:3 2026-11-01", "11:4 2026-11-01"));
}

TEST_F(Sleepers, TheSeedsShapeOfTheTablesWorksAsWell) {
    school s{server, {.seed = true}};
    s.level(7);
    for (int u = 1; u <= 4; ++u) s.user(u);
    s.key(1, 7, "2026-10-01 08:00:00", "2026-11-01 08:00:00");
    s.key(2, 7, "2026-10-01 08:00:00", "2026-11-21 23:59:59");
    s.key(3, 7, "2026-10-01 08:00:00", "2026-11-22 00:00:00");
    s.key(4, 7, "2026-10-01 08:00:00", "2026-11-01 08:00:00").certificate(4, 7, "2026-10-20 10:00:00");
    s.load();
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4}, {7}), ElementsAre("7:1 2026-11-01", "7:2 2026-11-21"));
    const sleeper_options since{.certificate_rule = sleeper_options::certificates::since_access_start};
    EXPECT_THAT(sleepers(db, {1, 2, 3, 4}, {7}, since), ElementsAre("7:1 2026-11-01", "7:2 2026-11-21"));
}

TEST_F(Sleepers, T16_PrefixSecondBlogAndCustomUserTables) {
    school second{server, {.prefix = "shop_2_", .users = "people", .usermeta = "people_meta"}};
    school first{server, {.prefix = "shop_", .users = "people", .usermeta = "people_meta"}};
    second.level(7).key(1, 7, "2026-10-01", "2026-11-01").key(2, 7, "2026-10-01", "2026-11-02").user(1);
    second.user_meta(1, "nickname", "one");
    first.level(7).key(1, 7, "2026-10-01", "2026-12-01");
    first.load();
    second.load();
    auto account = settings();
    account.prefix = "shop_2_";
    account.users_table = "people";
    account.usermeta_table = "people_meta";
    pool blog{account};
    EXPECT_THAT(sleepers(blog, {1, 2}, {7}), ElementsAre("7:1 2026-11-01"));
    account.users_table.clear();
    pool wrong{account};
    const auto failed = run(read_facts(wrong, 1, 7, {}));
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().detail, HasSubstr("shop_2_users"));
    EXPECT_THAT(failed.error().detail, HasSubstr("site.database.users_table"));
}

TEST_F(Sleepers, T18_TheHintIsUsedWhereTheIndexHasItsNameOnly) {
    const auto read = [](connection& c) -> base::result<key_table> {
        table_shapes shapes;
        tables t;
        t.keys = "wp_memberlux_term_keys";
        t.shapes = &shapes;
        return find_key_table(c, t);
    };
    const auto missing = run(db.run(read));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), base::errc::not_found);
    EXPECT_THAT(missing.error().detail, HasSubstr("MemberLux"));
    school s{server, {.term_index = "by_level"}};
    s.level(7).user(1).key(1, 7, "2026-10-01", "2026-11-01");
    s.load();
    EXPECT_EQ(run(db.run(read)).value().by_term, "");
    EXPECT_THAT(sleepers(db, {1}, {7}), ElementsAre("7:1 2026-11-01"));
    server.sql("ALTER TABLE wp_memberlux_term_keys RENAME INDEX by_level TO memberlux_term_keys_term_id_idx");
    EXPECT_EQ(run(db.run(read)).value().by_term, " USE INDEX (`memberlux_term_keys_term_id_idx`)");
}

TEST_F(Sleepers, T20_NoModeOfTheServerChangesTheAnswer) {
    school s{server};
    s.level(7).user(1).key(1, 7, "0000-00-00", "2026-11-01").key(1, 7, "0000-00-00", "0000-00-00");
    s.load();
    server.sql(
        "SET GLOBAL sql_mode = 'ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,STRICT_ALL_TABLES,ANSI_QUOTES', "
        "GLOBAL time_zone = '+13:00'");
    EXPECT_THAT(sleepers(db, {1}, {7}), ElementsAre("7:1 2026-11-01"));
}

TEST_F(Sleepers, ASiteWithoutTheCertificatesPluginHasNoCertificates) {
    school s{server};
    s.level(7).user(1).key(1, 7, "2026-10-01", "2026-11-01");
    s.sql("DROP TABLE wp_memberlux_certificate, wp_dormouse_certificate");
    s.load();
    EXPECT_THAT(sleepers(db, {1}, {7}), ElementsAre("7:1 2026-11-01"));
}

TEST_F(Sleepers, T23_FactsAreThoseOfTheMoment) {
    school s{server};
    s.level(7).user(1).key(1, 7, "2026-10-01", "2026-11-01");
    s.load();
    EXPECT_EQ(decided(db, 1, 7), rule::sleeper);
    s.certificate(1, 7, "2026-11-21").load();
    EXPECT_EQ(decided(db, 1, 7), rule::certificate);
    s.key(1, 7, "2026-11-21", "2026-12-21").load();
    EXPECT_EQ(decided(db, 1, 7), rule::not_lapsed);
    s.sql("UPDATE wp_termmeta SET meta_value = '0'").load();
    EXPECT_EQ(decided(db, 1, 7), rule::level_off);
}

TEST_F(Sleepers, OneLevelIsScannedAlone) {
    school s{server};
    s.level(7).level(8).user(1).key(1, 7, "2026-10-01", "2026-11-01").key(1, 8, "2026-10-01", "2026-11-01");
    s.load();
    EXPECT_EQ(scan(db, {}, 8).size(), 1U);
    EXPECT_EQ(scan(db, {}, 8).at(0).term_id, 8);
    EXPECT_THAT(scan(db, {}, 9), IsEmpty());
}

}  // namespace
}  // namespace dormouse::site
