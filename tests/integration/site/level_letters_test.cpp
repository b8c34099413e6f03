#include "site/level_letters.hpp"

#include "site/connection.hpp"
#include "tests/integration/site/site_database.hpp"
#include "tests/support/sleeping_school.hpp"

#include <gmock/gmock.h>

namespace dormouse::site {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LevelLetters : public site_database {
protected:
    std::vector<level_settings> read(level_detail detail = level_detail::letters) {
        pool db{settings()};
        return run(db.run([t = tables_of(db), detail](connection& c) -> base::result<std::vector<level_settings>> {
                   return read_levels(c, t, detail);
               }))
            .value();
    }
    level_settings read_one(std::int64_t id) {
        pool db{settings()};
        return run(db.run([t = tables_of(db), id](connection& c) -> base::result<level_settings> {
                   return read_level(c, t, id);
               }))
            .value();
    }
};

TEST_F(LevelLetters, AreReadWithTheirLevel) {
    test::sleeping_school s{server};
    s.level(3, 0, "").level(7, 3);
    s.term_meta(7, "mlm_email_1_days", "3").term_meta(7, "mlm_email_1_subject", "Where are you?");
    s.term_meta(7, "mlm_email_1_body", "<p>[user_name]</p>").term_meta(7, "mlm_email_3_body", "last");
    s.term_meta(7, "mlm_admin_days_after_last", "2").term_meta(7, "mlm_admin_email", "boss@school.test");
    s.term_meta(7, "mlm_admin_subject", "Sleeper").term_meta(7, "mlm_admin_body", "text");
    s.term_meta(7, "_mblc_how_to_issue", "auto");
    s.load();
    const auto all = read();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_FALSE(all[0].enabled);
    const auto& l = all[1];
    EXPECT_EQ(l.term_id, 7);
    EXPECT_EQ(l.name, "Level 7");
    EXPECT_EQ(l.slug, "level-7");
    EXPECT_TRUE(l.exists);
    EXPECT_TRUE(l.enabled);
    EXPECT_THAT(l.ancestors, ElementsAre(3));
    EXPECT_EQ(l.letters[0], (letter_text{3, "Where are you?", "<p>[user_name]</p>"}));
    EXPECT_EQ(l.letters[2].body, "last");
    EXPECT_EQ(l.admin, (admin_letter_text{2, "boss@school.test", "Sleeper", "text"}));
    EXPECT_TRUE(l.issues_certificates_itself());
    EXPECT_EQ(read_one(7), l);
}

TEST_F(LevelLetters, T25_ALetterWithoutSubjectOrBodyIsOffWhateverItsDays) {
    test::sleeping_school s{server};
    s.level(7).term_meta(7, "mlm_email_1_days", "0").term_meta(7, "mlm_email_1_subject", "now");
    s.term_meta(7, "mlm_email_1_body", "text").term_meta(7, "mlm_email_2_days", "5");
    s.term_meta(7, "mlm_email_2_subject", "no body").term_meta(7, "mlm_email_2_body", " \\n");
    s.term_meta(7, "mlm_email_3_days", "").term_meta(7, "mlm_email_3_body", "no subject");
    s.load();
    const auto l = read_one(7);
    EXPECT_TRUE(l.letters[0].is_on()) << "0 days is the day itself";
    EXPECT_FALSE(l.letters[1].is_on());
    EXPECT_FALSE(l.letters[2].is_on());
    EXPECT_FALSE(l.admin.is_on());
}

TEST_F(LevelLetters, DaysAreReadAsPhpCastsThem) {
    test::sleeping_school s{server};
    s.level(7).term_meta(7, "mlm_email_1_days", " 14 days").term_meta(7, "mlm_email_2_days", "-3");
    s.term_meta(7, "mlm_email_3_days", "soon");
    s.load();
    const auto l = read_one(7);
    EXPECT_EQ(l.letters[0].days, 14);
    EXPECT_EQ(l.letters[1].days, 0);
    EXPECT_EQ(l.letters[2].days, 0);
}

TEST_F(LevelLetters, T17_TheFirstRowOfADoubleKeyCountsAndTheCaseOfKeysIsTold) {
    test::sleeping_school s{server};
    s.level(7).term_meta(7, "mlm_email_1_subject", "first").term_meta(7, "mlm_email_1_subject", "second");
    s.term_meta(7, "MLM_EMAIL_1_BODY", "shouted").term_meta(7, "_MBLC_HOW_TO_ISSUE", "Auto");
    s.term_meta(7, "_mblc_how_to_issue", "employee");
    s.load();
    const auto l = read_one(7);
    EXPECT_EQ(l.letters[0].subject, "first");
    EXPECT_EQ(l.letters[0].body, "");
    EXPECT_EQ(l.how_to_issue, "Auto");
    EXPECT_TRUE(l.issues_certificates_itself());
}

TEST_F(LevelLetters, MetaThatOutlivedItsLevelIsSeenAsSuchAndOtherTermsAreNot) {
    test::sleeping_school s{server};
    s.level(7).term_meta(66, "mlm_enabled", "1").term_meta(67, "_mblc_how_to_issue", "auto");
    s.sql("INSERT INTO wp_term_taxonomy (term_id, taxonomy) VALUES (68, 'category')");
    s.load();
    const auto all = read();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].term_id, 66);
    EXPECT_FALSE(all[1].exists);
    EXPECT_TRUE(all[1].enabled);
    EXPECT_FALSE(read_one(68).exists);
}

TEST_F(LevelLetters, RulesAloneLeaveTheLettersWhereTheyAre) {
    test::sleeping_school s{server};
    s.level(7).term_meta(7, "mlm_email_1_subject", "long").term_meta(7, "_mblc_how_to_issue", "auto");
    s.load();
    const auto l = read(level_detail::rules).at(0);
    EXPECT_EQ(l.letters[0].subject, "");
    EXPECT_EQ(l.name, "");
    EXPECT_TRUE(l.enabled);
    EXPECT_TRUE(l.issues_certificates_itself());
}

TEST_F(LevelLetters, ACircleOfLevelsEnds) {
    test::sleeping_school s{server};
    s.level(1, 3).level(2, 1).level(3, 2).level(4, 4);
    s.load();
    EXPECT_THAT(read_one(1).ancestors, ElementsAre(3, 2));
    EXPECT_THAT(read_one(4).ancestors, IsEmpty());
}

}  // namespace
}  // namespace dormouse::site
