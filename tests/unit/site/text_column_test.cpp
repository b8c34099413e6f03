#include "site/text_column.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dormouse::site {
namespace {
using namespace std::string_literals;

constexpr std::size_t no_limit = static_cast<std::size_t>(-1);
const std::string fffd = "\xEF\xBF\xBD";
const std::string mouse = "\xF0\x9F\x90\xAD";

std::string fit(const std::string& raw, charset set = charset::utf8mb4) { return fit_text(raw, {set}); }

TEST(TextColumn, ValidTextIsLeftAlone) {
    const auto text = "ASCII, кириллица, 漢字, " + mouse + " \t\r\n";
    EXPECT_EQ(fit(text), text);
    EXPECT_EQ(fit(""), "");
}

TEST(TextColumn, NulIsDropped) { EXPECT_EQ(fit("a\0b\0"s), "ab"); }

// Unicode 15.0, section 3.9, tables 3-8 to 3-11: one U+FFFD per maximal subpart.
TEST(TextColumn, WrongBytesBecomeOneReplacementPerMaximalPart) {
    const auto f = [](int n) {
        std::string out;
        for (int i = 0; i < n; ++i) out += fffd;
        return out;
    };
    EXPECT_EQ(fit("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82"s + "A"), f(8) + "A");
    EXPECT_EQ(fit("\xED\xA0\x80\xED\xBF\xBF\xED\xAF"s + "A"), f(8) + "A");
    EXPECT_EQ(fit("\xF4\x91\x92\x93\xFF"s + "A" + "\x80\xBF" + "B"), f(5) + "A" + f(2) + "B");
    EXPECT_EQ(fit("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"s + "A"), f(4) + "A");
}

TEST(TextColumn, TextCutInsideACharacterEndsWithAReplacement) {
    EXPECT_EQ(fit(mouse.substr(0, 3)), fffd);
    EXPECT_EQ(fit("a\xD0"), "a" + fffd);
}

TEST(TextColumn, FourByteCharactersBecomeReplacementsWithoutUtf8mb4) {
    EXPECT_EQ(fit("ж" + mouse + "漢", charset::utf8mb3), "ж" + fffd + "漢");
}

TEST(TextColumn, Latin1KeepsWindows1252AndQuestionsTheRest) {
    EXPECT_EQ(fit("caf\u00e9 \u20ac\u2013\u0178 \u0436" + mouse + "\xFF\u0085", charset::latin1),
              "caf\u00e9 \u20ac\u2013\u0178 ????");
}

TEST(TextColumn, AsciiKeepsAscii) { EXPECT_EQ(fit("a\u00e9~\x7f", charset::ascii), "a?~\x7f"); }

TEST(TextColumn, CutsAtTheColumnsBytesBetweenCharacters) {
    const std::string text(70'000, 'x');
    EXPECT_EQ(fit(text).size(), 65'535U);
    std::string cyrillic;
    for (int i = 0; i < 40'000; ++i) cyrillic += "ж";
    EXPECT_EQ(fit(cyrillic).size(), 65'534U);
    EXPECT_EQ(fit_text("ab" + mouse, {charset::utf8mb4, 5}), "ab");
    EXPECT_EQ(fit_text("ab" + mouse, {charset::utf8mb4, 6}), "ab" + mouse);
}

TEST(TextColumn, CountsBytesInTheColumnsCharset) {
    EXPECT_EQ(fit_text("\u00e9\u00e9\u00e9", {charset::latin1, 2}), "\u00e9\u00e9");
}

TEST(TextColumn, CutsAtCharactersOfAVarchar) {
    EXPECT_EQ(fit_text("жжж", {charset::utf8mb4, no_limit, 2}), "жж");
    EXPECT_EQ(fit_text("ж", {charset::utf8mb4, no_limit, 0}), "");
}

TEST(TextColumn, CutsAtTheCallersBytesAfterCleaning) {
    const std::string raw(100, '\xFF');
    EXPECT_EQ(fit_text(raw, {}, 10), fffd + fffd + fffd);
}

TEST(TextColumn, CharsetNamesOfTheServer) {
    EXPECT_EQ(charset_of("utf8mb4"), charset::utf8mb4);
    EXPECT_EQ(charset_of("utf8"), charset::utf8mb3);
    EXPECT_EQ(charset_of("utf8mb3"), charset::utf8mb3);
    EXPECT_EQ(charset_of("latin1"), charset::latin1);
    EXPECT_EQ(charset_of("ascii"), charset::ascii);
    EXPECT_EQ(charset_of("cp1251"), charset::other);
}

TEST(TextColumn, AnyBytesBecomeStableTextWithinTheLimits) {
    std::mt19937 random{20261120};  // NOLINT(bugprone-random-generator-seed): the same bytes at each run.
    for (int round = 0; round < 2000; ++round) {
        std::string raw(random() % 40, '\0');
        for (auto& c : raw) c = static_cast<char>(random());
        for (const auto set : {charset::utf8mb4, charset::utf8mb3, charset::latin1, charset::ascii}) {
            const auto once = fit_text(raw, {set, 20, 10}, 30);
            EXPECT_LE(once.size(), 30U);
            EXPECT_EQ(once.find('\0'), std::string::npos);
            EXPECT_EQ(fit_text(once, {set, 20, 10}, 30), once);
        }
    }
}

}  // namespace
}  // namespace dormouse::site
