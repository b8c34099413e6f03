#include "site/reminder.hpp"

#include <gtest/gtest.h>

namespace dormouse::site {
namespace {

TEST(Reminder, WordsOfStagesAndStatesAreReadBack) {
    for (const auto s : {letter_stage::first, letter_stage::second, letter_stage::third, letter_stage::admin})
        EXPECT_EQ(parse_letter_stage(to_string(s)), s);
    EXPECT_EQ(to_string(letter_stage::admin), "admin");
    EXPECT_EQ(to_string(letter_stage::third), "3");
    for (int i = 0; i <= static_cast<int>(letter_state::skipped); ++i) {
        const auto s = static_cast<letter_state>(i);
        EXPECT_EQ(parse_letter_state(to_string(s)), s);
    }
    EXPECT_FALSE(parse_letter_stage("4"));
    EXPECT_FALSE(parse_letter_state("Sent"));
}

TEST(Reminder, OnlyWhatOnlyAPersonCanChangeIsFinal) {
    using enum letter_state;
    for (const auto s : {sent, failed, suppressed, skipped}) EXPECT_TRUE(is_final(s)) << to_string(s);
    for (const auto s : {planned, claimed, streaming, in_doubt, retry}) EXPECT_FALSE(is_final(s)) << to_string(s);
}

TEST(Reminder, AnAddressHasOneHashHoweverItIsWritten) {
    EXPECT_EQ(hash_address("a@example.org"), "e16bfe08be114c7b3737aa01ce504ebcb5d13fc44897c38c6cac63ddc7151463");
    EXPECT_EQ(hash_address("\tA@EXAMPLE.org \r\n"), hash_address("a@example.org"));
    EXPECT_NE(hash_address("ä@example.org"), hash_address("Ä@example.org")) << "only ASCII has a case here";
    EXPECT_EQ(hash_address("  "), hash_address(""));
}

}  // namespace
}  // namespace dormouse::site
