// What can be said without a server: help, version, configuration, wrong words.
#include "tests/integration/cli/program.hpp"

#include <regex>
#include <sstream>

namespace dormouse::test {
namespace {

/// Names below "Subcommands:" in a help text.
std::vector<std::string> commands_in(const std::string& help) {
    std::vector<std::string> names;
    std::istringstream lines{help};
    bool in_list = false;
    for (std::string line; std::getline(lines, line);) {
        if (in_list && line.empty()) break;
        if (in_list && line.size() > 2 && line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
        if (line == "Subcommands:") in_list = true;
    }
    return names;
}

/// Every command as the words that name it: {"jobs"}, {"jobs", "list"}, …
std::vector<std::vector<std::string>> all_commands() {
    std::vector<std::vector<std::string>> out;
    for (const auto& name : commands_in(run_program({"--help"}).out)) {
        out.push_back({name});
        for (const auto& inner : commands_in(run_program({name, "--help"}).out)) out.push_back({name, inner});
    }
    return out;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out = "dormouse";
    for (const auto& w : words) out += " " + w;
    return out;
}

TEST(CliHelp, EveryCommandShowsAnExampleOfItself) {
    const auto commands = all_commands();
    EXPECT_GE(commands.size(), 14U);
    for (auto words : commands) {
        const auto name = joined(words);
        words.emplace_back("--help");
        const auto r = run_program(words);
        EXPECT_EQ(r.code, 0) << name;
        EXPECT_TRUE(r.err.empty()) << name << ": " << r.err;
        const auto example = r.out.find("Example:");
        ASSERT_NE(example, std::string::npos) << name;
        const auto last_word = name.substr(name.rfind(' '));
        EXPECT_NE(r.out.find(last_word, example), std::string::npos) << name << ": the example shows something else";
    }
}

TEST(CliHelp, TheReferenceMentionsEveryCommand) {
    const auto page = read_file(std::string{DORMOUSE_SOURCE_DIR} + "/docs/cli.md");
    for (const auto& words : all_commands()) EXPECT_NE(page.find(joined(words)), std::string::npos) << joined(words);
}

TEST(CliHelp, TheReferenceMentionsEveryOption) {
    const auto page = read_file(std::string{DORMOUSE_SOURCE_DIR} + "/docs/cli.md");
    const std::regex option{"--[a-z-]+"};
    for (auto words : all_commands()) {
        words.emplace_back("--help");
        const auto help = run_program(words).out;
        const auto options = help.substr(0, help.find("Example:"));
        for (std::sregex_iterator it{options.begin(), options.end(), option}, end; it != end; ++it)
            EXPECT_NE(page.find(it->str()), std::string::npos) << joined(words) << ": " << it->str();
    }
}

TEST(CliVersion, NamesCompilerAndLibraries) {
    const auto text = run_program({"version"});
    EXPECT_EQ(text.code, 0);
    EXPECT_TRUE(text.out.starts_with("dormouse 0.")) << text.out;
    EXPECT_NE(text.out.find("Boost 1."), std::string::npos);
    const auto j = run_program({"version", "--json"}).json();
    EXPECT_FALSE(j.at("compiler").as_string().empty());
    EXPECT_FALSE(j.at("libraries").at("openssl").as_string().empty());
    EXPECT_TRUE(run_program({"--version"}).out.starts_with("dormouse 0."));
}

TEST(CliWords, WrongOnesAreToldWithAWayOut) {
    struct {
        std::vector<std::string> words;
        const char* says;
    } const cases[]{
        {{}, "A subcommand is required\nSee `dormouse --help`"},
        {{"quues"}, "there is no command 'dormouse quues'. Did you mean 'queues'?\nSee `dormouse --help`"},
        {{"jobs", "lst"}, "Did you mean 'list'?\nSee `dormouse jobs --help`"},
        {{"jobs"}, "See `dormouse jobs --help`"},
        {{"queues", "--jsn"}, "not expected: --jsn\nSee `dormouse queues --help`"},
        {{"enqueue"}, "KIND is required"},
        {{"enqueue", "grant", "--max-attempts", "0"}, "--max-attempts"},
        {{"enqueue", "grant", "--in", "5m", "--at", "2026-11-20T03:04:05Z"}, "excludes"},
        {{"retry"}, "Exactly 1 option from [ID,--all-dead]"},
        {{"retry", "--kind", "grant", "01KAGN4V0RT5M5W3Q2J8X6Z7YB"}, "--kind requires --all-dead"},
        {{"cancel"}, "ID is required"},
        {{"pause"}, "QUEUE is required"},
        {{"jobs", "show"}, "Exactly 1 option from [ID,--key]"},
        {{"jobs", "list", "--state", "lost"}, "--state"},
        {{"migrate", "--dry-run", "--status"}, "excludes"},
    };
    for (const auto& c : cases) {
        const auto r = run_program(c.words);
        EXPECT_EQ(r.code, 2) << joined(c.words);
        EXPECT_TRUE(r.out.empty()) << r.out;
        EXPECT_TRUE(r.err.starts_with("dormouse: ")) << r.err;
        EXPECT_NE(r.err.find(c.says), std::string::npos) << joined(c.words) << ": " << r.err;
    }
}

// --- configuration --------------------------------------------------------------------------------------------

TEST(CliConfig, CheckPrintsWhatIsInForceWithSecretsBlanked) {
    const temp_dir dir;
    const auto file = write_config(dir, "unix:///run/x.sock", "worker:\n  slots: 17\n");
    const auto text = run_program({"config", "check", "--config", file});
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_NE(text.out.find("worker.slots: 17\n"), std::string::npos) << text.out;
    EXPECT_EQ(text.out.find("0123456789abcdef"), std::string::npos);
    EXPECT_NE(text.err.find("is valid"), std::string::npos);

    const auto r = run_program({"config", "check", "--json"}, {}, {"DORMOUSE_CONFIG=" + file});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.json().at("valid"), true);
    EXPECT_EQ(r.json().at("settings").at("worker").at("slots"), 17);
    EXPECT_EQ(r.out.find("0123456789abcdef"), std::string::npos);
}

TEST(CliConfig, EveryProblemIsToldWithItsPlace) {
    const temp_dir dir;
    const auto file = write_config(dir, "unix:///run/x.sock", "worker:\n  slot: 17\n  lease: soon\n");
    const auto text = run_program({"config", "check", "--config", file});
    EXPECT_EQ(text.code, 2);
    EXPECT_TRUE(text.out.empty());
    EXPECT_NE(text.err.find(file + ":8:3: worker.slot: "), std::string::npos) << text.err;
    EXPECT_NE(text.err.find(file + ":9:10: worker.lease: "), std::string::npos) << text.err;

    const auto j = run_program({"config", "check", "--json", "--config", file});
    EXPECT_EQ(j.code, 2);
    EXPECT_EQ(j.json().at("valid"), false);
    EXPECT_EQ(j.json().at("problems").as_array().size(), 2U);

    const auto other = run_program({"queues", "--config", file});
    EXPECT_EQ(other.code, 2) << "every command checks it";
    EXPECT_EQ(other.err, text.err);
}

TEST(CliConfig, AMissingFileIsNamed) {
    for (const auto& words : std::vector<std::vector<std::string>>{{"config", "check"}, {"queues"}, {"migrate"}}) {
        auto all = words;
        all.insert(all.end(), {"--config", "/no/such/dormouse.yaml"});
        const auto r = run_program(all);
        EXPECT_EQ(r.code, 2);
        EXPECT_TRUE(r.err.starts_with("/no/such/dormouse.yaml: the file does not exist")) << r.err;
    }
}

TEST(CliConfig, SchemaIsOneJsonText) {
    const auto r = run_program({"config", "schema"});
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(r.json().at("properties").as_object().contains("worker"));
}

}  // namespace
}  // namespace dormouse::test
