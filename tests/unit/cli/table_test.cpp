#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dormouse::cli {
namespace {

std::string text_of(const table& t, bool bold = false) {
    std::ostringstream out;
    t.print(out, bold);
    return out.str();
}

TEST(Table, AlignsColumnsAndLeavesNoSpacesAtTheEnds) {
    table t{{{"QUEUE"}, {"READY", align::right}, {"STATE"}}};
    t.add({"webhook", "5", "open"});
    t.add({"x", "12345", ""});
    EXPECT_EQ(text_of(t),
              "QUEUE    READY  STATE\n"
              "webhook      5  open\n"
              "x        12345\n");
}

TEST(Table, CountsCharactersNotBytes) {
    table t{{{"NAME"}, {"N", align::right}}};
    t.add({"соня", "1"});
    t.add({"a", "2"});
    EXPECT_EQ(text_of(t), "NAME  N\nсоня  1\na     2\n");
}

TEST(Table, HasTitlesInBoldOnlyWhereItIsTold) {
    table t{{{"A"}}};
    EXPECT_EQ(text_of(t), "A\n");
    EXPECT_EQ(text_of(t, true), "\x1b[1mA\n\x1b[0m");
}

TEST(Table, ARowWithTooFewCellsIsFilledUp) {
    table t{{{"A"}, {"B"}}};
    t.add({"1"});
    EXPECT_EQ(text_of(t), "A  B\n1\n");
}

TEST(Printable, TakesAwayWhatATerminalWouldObey) {
    EXPECT_EQ(printable("a\x1b[31mred"), "a?[31mred");
    EXPECT_EQ(printable("two\nlines\tand\r"), "two lines and ");
    EXPECT_EQ(printable(std::string_view{"nul\0", 4}), "nul?");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "?31m")
        << "C1: the one-byte form of ESC [";
    EXPECT_EQ(printable("del\x7F"), "del?");
}

TEST(Printable, KeepsUtf8AndReplacesWhatIsNone) {
    EXPECT_EQ(printable("соня 🐭 …"), "соня 🐭 …");
    EXPECT_EQ(printable("\xFFx\xC3"), "?x?");
    EXPECT_EQ(printable("\xC0\xAF"), "??") << "overlong";
}

TEST(Shortened, EndsWithAnEllipsisInsideTheWidth) {
    EXPECT_EQ(shortened("abcdef", 6), "abcdef");
    EXPECT_EQ(shortened("abcdefg", 6), "abcde…");
    EXPECT_EQ(shortened("приветствие", 5), "прив…");
    EXPECT_EQ(width_of(shortened("приветствие", 5)), 5U);
}

}  // namespace
}  // namespace dormouse::cli
