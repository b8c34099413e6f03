#include "tests/unit/house/source_tree.hpp"

#include "tests/support/process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <string_view>

namespace dormouse::house {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr long longest_file = 400;

bool code(std::string_view file) {
    static constexpr std::array<std::string_view, 10> endings{".cpp", ".hpp", ".lua", ".php",   ".py",
                                                              ".mjs", ".js",  ".sh",  ".cmake", "CMakeLists.txt"};
    return file.starts_with("scripts/") || std::ranges::any_of(endings, [&](auto e) { return file.ends_with(e); });
}

/// "file:line: text" for each line that matches, of the files for which `wanted` says yes.
template <class Wanted>
std::vector<std::string> lines_with(const std::filesystem::path& root, const std::regex& what, Wanted wanted) {
    std::vector<std::string> out;
    for (const auto& file : source_files(root)) {
        if (!wanted(file)) continue;
        std::ifstream in{root / file};
        std::string line;
        for (std::size_t number = 1; std::getline(in, line); ++number)
            if (std::regex_search(line, what)) out.push_back(fmt::format("{}:{}: {}", file, number, line));
    }
    return out;
}

// The patterns are put together from pieces: this file is read as well.
const std::regex waits_by_the_clock{std::string{"\\b("} + "sleep" + "_for|" + "sleep" + "_until|u" + "sleep|nano" +
                                    "sleep|" + "sleep)\\s*\\("};
const std::regex this_machine{std::string{"(^|[^A-Za-z0-9._-])/("} + "work|home|" + "Users)/|registry" +
                              "\\.npmjs|://[^/ ]*(artifact" + "ory|nexus|mirror|proxy|registry)[^/ ]*/"};

TEST(House, NoFileIsLongerThanOneCanRead) {
    std::vector<std::string> too_long;
    std::size_t seen = 0;
    for (const auto& file : source_files(DORMOUSE_SOURCE_DIR)) {
        if (!code(file)) continue;
        ++seen;
        const auto text = test::read_file(std::filesystem::path{DORMOUSE_SOURCE_DIR} / file);
        if (const auto lines = std::ranges::count(text, '\n'); lines > longest_file)
            too_long.push_back(fmt::format("{}: {} lines", file, lines));
    }
    EXPECT_GT(seen, 300U);
    EXPECT_THAT(too_long, IsEmpty());
}

TEST(House, NothingWaitsByTheClock) {
    EXPECT_THAT(lines_with(DORMOUSE_SOURCE_DIR, waits_by_the_clock,
                           [](std::string_view f) { return f.ends_with(".cpp") || f.ends_with(".hpp"); }),
                IsEmpty());
}

TEST(House, NoFileKnowsOneMachine) {
    EXPECT_THAT(lines_with(DORMOUSE_SOURCE_DIR, this_machine, [](std::string_view) { return true; }), IsEmpty());
}

TEST(House, ChecksFindWhatIsPlanted) {
    const test::temp_dir tree;
    std::filesystem::create_directories(tree.path() / "build");
    std::filesystem::create_directories(tree.path() / "net");
    test::write_file(tree.path() / "build/x.cpp", std::string{"std::this_thread::sleep"} + "_for(1s);\n");
    test::write_file(tree.path() / "net/x.cpp", std::string{"int a;\nstd::this_thread::sleep"} + "_for(1s);\n");
    test::write_file(tree.path() / "x.md",
                     std::string{"see /"} + "home/me/notes\nsee /var/lib\nhttps://npm.regis" + "try.example/x\n");
    const auto all = [](std::string_view) { return true; };
    EXPECT_EQ(lines_with(tree.path(), waits_by_the_clock, all).size(), 1U);
    EXPECT_EQ(lines_with(tree.path(), this_machine, all).size(), 2U);
    EXPECT_THAT(source_files(tree.path()), ElementsAre("net/x.cpp", "x.md"));
}

}  // namespace
}  // namespace dormouse::house
