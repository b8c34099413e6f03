// The rules of who is a sleeper (spec 4-scheduler), one by one; the traps of 1-domain, section 8, are named by number.
#include "site/sleeper_rules.hpp"

#include "tests/unit/site/sleeper_facts.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace dormouse::site {
namespace {

const day today = on("2026-11-21");

rule decided(const sleeper_facts& f, const sleeper_options& o = {}, day as_of = today) {
    return judge(f, o, as_of).decided_by;
}

TEST(SleeperRules, AStudentWhoseAccessEndedIsASleeperSinceThatDay) {
    const auto v = judge(sleeping_student(), {}, today);
    EXPECT_TRUE(v.is_sleeper);
    EXPECT_EQ(v.decided_by, rule::sleeper);
    EXPECT_EQ(v.lapse, "2026-11-01");
    EXPECT_EQ(v.days, 20);
    EXPECT_EQ(v.key_id, 1);
    EXPECT_EQ(v.flags, "");
}

struct objection {
    rule by;
    std::function<void(sleeper_facts&)> change;
};

const std::vector<objection>& objections() {
    static const std::vector<objection> all{
        {rule::level_off, [](sleeper_facts& f) { f.level_enabled = false; }},
        {rule::level_gone, [](sleeper_facts& f) { f.level_exists = false; }},
        {rule::no_keys, [](sleeper_facts& f) { f.keys[0].banned = true; }},
        {rule::unlimited, [](sleeper_facts& f) { f.keys[0].unlimited = true; }},
        {rule::not_lapsed, [](sleeper_facts& f) { f.keys[0].date_end = "2026-11-22"; }},
        {rule::ancestor, [](sleeper_facts& f) { f.ancestor_keys = {key(9, "2026-11-01", "2026-12-01")}; }},
        {rule::certificate, [](sleeper_facts& f) { f.certificates = {{5, "2026-10-20", "2026-10-20", ""}}; }},
        {rule::user_gone, [](sleeper_facts& f) { f.user_exists = false; }},
        {rule::blocked, [](sleeper_facts& f) { f.user_status = "inactive"; }},
    };
    return all;
}

TEST(SleeperRules, EachRuleAloneDecides) {
    for (const auto& o : objections()) {
        auto f = sleeping_student();
        o.change(f);
        const auto v = judge(f, {}, today);
        EXPECT_EQ(v.decided_by, o.by) << name_of(o.by);
        EXPECT_FALSE(v.is_sleeper) << name_of(o.by);
    }
}

TEST(SleeperRules, TheFirstOfSeveralRulesIsNamed) {
    for (std::size_t i = 0; i < objections().size(); ++i)
        for (std::size_t j = i + 1; j < objections().size(); ++j) {
            auto f = sleeping_student();
            objections()[j].change(f);
            objections()[i].change(f);
            EXPECT_EQ(decided(f), objections()[i].by) << name_of(objections()[j].by);
        }
}

TEST(SleeperRules, NamesAreThoseOfTheRules) {
    EXPECT_EQ(name_of(rule::level_off), "level_off");
    EXPECT_EQ(name_of(rule::certificate), "certificate");
    EXPECT_EQ(name_of(rule::user_gone), "user_gone");
    EXPECT_EQ(name_of(rule::sleeper), "sleeper");
}

TEST(SleeperTraps, T01_NoStatusDecides) {
    for (const auto* status : {"new", "used", "expired", "USED", "EXPIRED", ""}) {
        auto f = sleeping_student();
        f.keys[0].status = status;
        EXPECT_EQ(decided(f), rule::sleeper) << status;
        f.keys.push_back(key(2, "2026-11-01", "2026-12-01"));
        f.keys[1].status = status;
        EXPECT_EQ(decided(f), rule::not_lapsed) << status;
    }
}

TEST(SleeperTraps, T02_TheEndDayItselfIsWithoutAccess) {
    const auto f = sleeping_student();
    EXPECT_EQ(decided(f, {}, on("2026-10-31")), rule::not_lapsed);
    EXPECT_EQ(judge(f, {}, on("2026-11-01")).days, 0);
    EXPECT_TRUE(judge(f, {}, on("2026-11-01")).is_sleeper);
    EXPECT_EQ(judge(f, {}, on("2026-11-02")).days, 1);
}

TEST(SleeperTraps, T03_OnlyTheGivenDayIsToday) {
    auto f = sleeping_student();
    f.keys[0].date_end = "2030-01-01";
    EXPECT_EQ(decided(f, {}, on("2029-12-31")), rule::not_lapsed);
    EXPECT_EQ(decided(f, {}, on("2030-01-01")), rule::sleeper);
}

TEST(SleeperTraps, T04_OneUnlimitedKeyWithAPastEndIsAccess) {
    auto f = sleeping_student();
    f.keys.push_back(key(2, "2020-01-01", "2020-01-01"));
    f.keys[1].unlimited = true;
    EXPECT_EQ(decided(f), rule::unlimited);
    f.keys[1].banned = true;
    EXPECT_EQ(decided(f), rule::sleeper) << "a banned one is none";
}

TEST(SleeperTraps, T05_ABannedLaterKeyIsNoRenewal) {
    auto f = sleeping_student();
    f.keys.push_back(key(2, "2026-11-01", "2027-11-01"));
    f.keys[1].banned = true;
    const auto v = judge(f, {}, today);
    EXPECT_TRUE(v.is_sleeper);
    EXPECT_EQ(v.key_id, 1);
    f.ancestor_keys = {f.keys[1]};
    EXPECT_EQ(decided(f), rule::sleeper) << "nor access from above";
}

TEST(SleeperTraps, T06_AKeyTenYearsAheadThatIsOwnedCounts) {
    auto f = sleeping_student();
    f.keys.push_back(key(2, "2036-01-01", "2036-01-01"));
    EXPECT_EQ(decided(f), rule::not_lapsed) << "only those without a user are left out, and the reads do that";
}

TEST(SleeperTraps, T07_ZeroDatesAreNoEnd) {
    for (const auto* zero : {"0000-00-00", "0000-00-00 00:00:00", "", "2026-00-00"}) {
        auto f = sleeping_student();
        f.keys[0].date_end = zero;
        const auto v = judge(f, {}, today);
        EXPECT_EQ(v.decided_by, rule::not_lapsed) << zero;
        EXPECT_EQ(v.lapse, "") << zero;
        f.keys.push_back(key(2, "2026-10-01", "2026-11-05"));
        EXPECT_EQ(judge(f, {}, today).lapse, "2026-11-05") << zero;
    }
}

TEST(SleeperTraps, T08_ARenewalIsAnotherRowThatEndsLater) {
    auto f = sleeping_student();
    f.keys.insert(f.keys.begin(), key(9, "2026-12-01", "2027-01-01"));
    EXPECT_EQ(decided(f), rule::not_lapsed) << "whatever its id and place, and though it starts in the future";
    f.keys[0].date_end = "2026-09-01";
    EXPECT_EQ(judge(f, {}, today).lapse, "2026-11-01") << "the newest id is not the last end";
    EXPECT_EQ(judge(f, {}, today).key_id, 1);
}

TEST(SleeperTraps, T09_OfTwoKeysWithOneEndTheNewerIsNamed) {
    auto f = sleeping_student();
    f.keys = {key(5, "2026-10-01", "2026-11-01"), key(3, "2026-09-01", "2026-11-01 00:00:00")};
    const auto v = judge(f, {}, today);
    EXPECT_EQ(v.key_id, 5);
    EXPECT_EQ(v.days, 20);
}

TEST(SleeperTraps, T10_SeveralCertificatesAreAsOne) {
    auto f = sleeping_student();
    f.certificates = {{1, "2026-10-01", "2026-10-01", "AUTO"}, {2, "2026-10-01", "2026-10-01", "AUTO"}};
    EXPECT_EQ(decided(f), rule::sleeper);
    f.certificates.push_back({3, "2026-10-01", "2026-10-01", "MANUAL"});
    EXPECT_EQ(decided(f), rule::certificate);
}

TEST(SleeperTraps, T11_TheLedgerTellsAutoFromManualThenTheLevel) {
    struct line {
        const char* ledger;
        bool level_issues_itself;
        bool use_ledger;
        bool by_hand;
    };
    for (const auto& l : std::vector<line>{{"MANUAL", false, true, true},
                                           {"MANUAL", true, true, true},
                                           {"AUTO", false, true, false},
                                           {"AUTO", true, true, false},
                                           {"", false, true, true},
                                           {"", true, true, false},
                                           {"other", true, true, false},
                                           {"other", false, true, true},
                                           {"MANUAL", true, false, false},
                                           {"AUTO", false, false, true}}) {
        const certificate_row c{1, "2026-10-01", "2026-10-01", l.ledger};
        EXPECT_EQ(is_by_hand(c, l.level_issues_itself, {.ledger = l.use_ledger}), l.by_hand)
            << l.ledger << l.level_issues_itself << l.use_ledger;
    }
}

TEST(SleeperTraps, T12_AnOldCertificateCountsUnlessTheRuleIsSinceTheAccessBegan) {
    const sleeper_options since{.certificate_rule = sleeper_options::certificates::since_access_start};
    auto f = sleeping_student();
    f.certificates = {{1, "2025-05-01", "2025-05-01", ""}};
    EXPECT_EQ(decided(f), rule::certificate);
    EXPECT_EQ(judge(f, {}, today).flags, "");
    EXPECT_EQ(decided(f, since), rule::sleeper);
    EXPECT_EQ(judge(f, since, today).flags, "earlier_certificate");
    f.certificates[0].date_issue = "2026-10-01";
    EXPECT_EQ(decided(f, since), rule::certificate) << "on the first day";
    f.certificates[0] = {1, "2025-05-01", "2026-10-05", ""};
    EXPECT_EQ(decided(f, since), rule::certificate) << "made now, dated back";
}

TEST(SleeperTraps, T13_AnActiveKeyOfALevelAboveIsAccess) {
    auto f = sleeping_student();
    f.ancestor_keys = {key(9, "2026-01-01", "2026-11-21")};
    EXPECT_EQ(decided(f), rule::sleeper) << "it ended today";
    f.ancestor_keys[0].date_end = "2026-11-22";
    EXPECT_EQ(decided(f), rule::ancestor);
    EXPECT_EQ(decided(f, {.ancestors = false}), rule::sleeper);
    f.ancestor_keys[0].date_end = "0000-00-00";
    EXPECT_EQ(decided(f), rule::sleeper);
    f.ancestor_keys[0].unlimited = true;
    EXPECT_EQ(decided(f), rule::ancestor);
}

TEST(SleeperTraps, T14_KeysInTheBasketGiveAccess) {
    auto f = sleeping_student();
    f.keys.push_back(key(2, "2026-11-01", "2026-12-01"));
    f.keys[1].key_type = "wpm_keys_basket";
    EXPECT_EQ(decided(f), rule::not_lapsed);
    f.keys[1].date_end = "2026-11-20";
    EXPECT_EQ(judge(f, {}, today).lapse, "2026-11-20");
}

TEST(SleeperTraps, T15_AUserWhoIsGoneIsNoSleeperAndWhoIsBlockedOnlyByRule) {
    auto f = sleeping_student();
    f.user_status = "inactive";
    EXPECT_EQ(decided(f, {.blocked = false}), rule::sleeper);
    for (const auto* status : {"active", "Inactive", "inactive ", ""}) {
        f.user_status = status;
        EXPECT_EQ(decided(f), rule::sleeper) << status;
    }
    f.user_exists = false;
    EXPECT_EQ(decided(f, {.blocked = false}), rule::user_gone);
}

TEST(SleeperTraps, T22_DaysAreCountedHoweverLongAgo) {
    auto f = sleeping_student();
    f.keys[0].date_end = "2020-02-28";
    EXPECT_EQ(judge(f, {}, on("2020-03-01")).days, 2);
    EXPECT_EQ(judge(f, {}, today).days, 2458);
}

TEST(SleeperTraps, T24_ANewLapseHasADateOfItsOwn) {
    auto f = sleeping_student();
    f.keys.push_back(key(2, "2026-11-01", "2026-11-15"));
    const auto v = judge(f, {}, today);
    EXPECT_EQ(v.lapse, "2026-11-15");
    EXPECT_EQ(v.key_id, 2);
}

TEST(AccessStart, GoesBackOverKeysThatJoinOn) {
    const auto start = [](std::vector<key_row> keys) { return access_start(keys); };
    EXPECT_EQ(start({key(1, "2026-10-01", "2026-11-01")}), on("2026-10-01"));
    EXPECT_EQ(start({key(1, "2026-09-01", "2026-10-01"), key(2, "2026-10-01", "2026-11-01")}), on("2026-09-01"));
    EXPECT_EQ(start({key(1, "2026-09-01", "2026-09-30"), key(2, "2026-10-01", "2026-11-01")}), on("2026-10-01"))
        << "a day between: enrolled anew";
    EXPECT_EQ(start({key(3, "2026-10-01", "2026-11-01"), key(2, "2026-08-01", "2026-10-15"),
                     key(1, "2026-07-01", "2026-08-01")}),
              on("2026-07-01"));
    EXPECT_FALSE(start({}));
}

TEST(AccessStart, BannedKeysAndThoseWithoutAnEndJoinNothing) {
    auto banned = key(1, "2026-09-01", "2026-10-01");
    banned.banned = true;
    const std::vector<key_row> keys{banned, key(2, "2026-10-01", "2026-11-01"), key(3, "2026-01-01", "0000-00-00")};
    EXPECT_EQ(access_start(keys), on("2026-10-01"));
}

TEST(AccessStart, AStartThatIsNoDateIsUnknown) {
    const std::vector<key_row> keys{key(1, "0000-00-00", "2026-10-01"), key(2, "2026-10-01", "2026-11-01")};
    EXPECT_FALSE(access_start(keys));
    EXPECT_TRUE(is_since({1, "1999-01-01", "", ""}, access_start(keys))) << "no letter in doubt";
}

TEST(CertificateAge, WithoutAnyRealDayItCounts) {
    EXPECT_TRUE(is_since({1, "0000-00-00", "", ""}, on("2026-10-01")));
    EXPECT_FALSE(is_since({1, "2026-09-30", "", ""}, on("2026-10-01")));
    EXPECT_FALSE(is_since({1, "2026-09-30", "0000-00-00", ""}, on("2026-10-01")));
}

}  // namespace
}  // namespace dormouse::site
