#include "scheduler/sleepers/explain.hpp"

#include "tests/unit/site/sleeper_facts.hpp"

#include <gmock/gmock.h>

namespace dormouse::scheduler {
namespace {

using site::on;
using site::rule;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const site::day today = on("2026-11-21");

explained_rule of(rule which, const site::sleeper_facts& f, const site::sleeper_options& o = {}) {
    for (auto& r : explain(f, o, today))
        if (r.rule == which) return r;
    ADD_FAILURE() << "not explained: " << site::name_of(which);
    return {};
}

TEST(Explain, EveryRuleIsToldInItsOrderAndNoneObjectsToASleeper) {
    const auto all = explain(site::sleeping_student(), {}, today);
    ASSERT_EQ(all.size(), static_cast<std::size_t>(rule::sleeper));
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].rule, static_cast<rule>(i));
        EXPECT_FALSE(all[i].objects) << site::name_of(all[i].rule);
        EXPECT_FALSE(all[i].why.empty());
    }
}

TEST(Explain, TheFirstThatObjectsIsTheOneThatDecided) {
    auto f = site::sleeping_student();
    f.ancestor_keys = {site::key(9, "2026-11-01", "2026-12-01")};
    f.user_status = "inactive";
    std::vector<rule> objecting;
    for (const auto& r : explain(f, {}, today))
        if (r.objects) objecting.push_back(r.rule);
    EXPECT_THAT(objecting, ElementsAre(rule::ancestor, rule::blocked));
    EXPECT_EQ(site::judge(f, {}, today).decided_by, rule::ancestor);
}

TEST(Explain, KeysAreShownWithWhatTheyCountFor) {
    auto f = site::sleeping_student();
    f.keys.push_back(site::key(2, "2026-11-01", "2027-11-01"));
    f.keys[1].banned = true;
    f.keys.push_back(site::key(3, "0000-00-00", "0000-00-00"));
    f.keys[2].key_type = "wpm_keys_basket";
    EXPECT_THAT(of(rule::no_keys, f).rows, ElementsAre("key 1: used, 2026-10-01 to 2026-11-01",
                                                       "key 2: used, 2026-11-01 to 2027-11-01, banned: does not count",
                                                       "key 3: used, 0000-00-00 to 0000-00-00, in the basket"));
    EXPECT_EQ(of(rule::not_lapsed, f).why,
              "the last of them, key 1, ends 2026-11-01; that day is without access already");
}

TEST(Explain, CertificatesAreShownWithHowTheyCameAbout) {
    auto f = site::sleeping_student();
    f.level_issues_itself = true;
    f.certificates = {{1, "2026-10-05", "2026-10-06", ""}, {2, "2026-10-05", "", "MANUAL"}};
    const auto r = of(rule::certificate, f);
    EXPECT_TRUE(r.objects);
    EXPECT_THAT(r.rows,
                ElementsAre("certificate 1: issued 2026-10-05, made 2026-10-06, automatic (by the level's setting)",
                            "certificate 2: issued 2026-10-05, by hand (by the ledger)"));
    f.certificates = {{2, "2025-10-05", "", "MANUAL"}};
    const auto old =
        of(rule::certificate, f, {.certificate_rule = site::sleeper_options::certificates::since_access_start});
    EXPECT_FALSE(old.objects);
    EXPECT_THAT(old.why, HasSubstr("before the access that lapsed began on 2026-10-01"));
}

TEST(Explain, RulesThatAreSwitchedOffSaySoInsteadOfObjecting) {
    auto f = site::sleeping_student();
    f.ancestors = {3};
    f.ancestor_keys = {site::key(9, "2026-11-01", "2026-12-01")};
    f.user_status = "inactive";
    const site::sleeper_options lenient{.ancestors = false, .blocked = false};
    for (const auto which : {rule::ancestor, rule::blocked}) {
        const auto r = of(which, f, lenient);
        EXPECT_FALSE(r.objects);
        EXPECT_THAT(r.why, HasSubstr("does not count by configuration"));
        EXPECT_THAT(r.rows, testing::Not(IsEmpty()));
    }
}

TEST(Explain, TheVerdictInWords) {
    auto f = site::sleeping_student();
    EXPECT_EQ(in_words(site::judge(f, {}, today)), "a sleeper since 2026-11-01, 20 days");
    EXPECT_EQ(in_words(site::judge(f, {}, on("2026-11-02"))), "a sleeper since 2026-11-01, 1 day");
    f.keys.clear();
    EXPECT_EQ(in_words(site::judge(f, {}, today)), "no sleeper: no_keys");
}

}  // namespace
}  // namespace dormouse::scheduler
