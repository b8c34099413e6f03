// dormouse scan and dormouse explain on a real MariaDB.
#include "tests/integration/cli/program.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/sleeping_school.hpp"

#include <boost/json/serialize.hpp>

namespace dormouse::test {
namespace {

std::string config_for(const temp_dir& dir, const std::string& socket) {
    return write_config(dir, "unix:///run/none.sock",
                        "site:\n  database:\n    user: root\n    socket: " + socket + "\n");
}

class CliSleepers : public testing::Test {
protected:
    CliSleepers() {
        sleeping_school s{server};
        s.level(7).level(8, 7);
        for (int u = 1; u <= 3; ++u) s.user(u);
        s.key(1, 7, "2026-10-01", "2026-11-01").key(2, 7, "2026-10-01", "2026-11-20");
        s.key(3, 7, "2026-10-01", "9999-12-01").key(3, 8, "2026-10-01", "2026-11-01");
        s.load();
    }
    ended dormouse(std::vector<std::string> words) const {
        words.insert(words.end(), {"--config", config});
        return run_program(std::move(words));
    }

    mariadb_server server;
    temp_dir dir;
    std::string config = config_for(dir, server.socket());
};

TEST_F(CliSleepers, ADryRunPrintsThemInEveryFormatAndWritesNothing) {
    const std::vector<std::string> asked{"scan", "--dry-run", "--as-of", "2026-11-20", "--format"};
    const auto in = [&](const std::string& format) {
        auto words = asked;
        words.push_back(format);
        const auto r = dormouse(words);
        EXPECT_EQ(r.code, 0) << r.err;
        return r;
    };
    EXPECT_EQ(in("csv").out,
              "user_id,term_id,lapse,days,key_id,flags\n1,7,2026-11-01,19,1,\"\"\n2,7,2026-11-20,0,2,\"\"\n");
    const auto json = in("json").json();
    EXPECT_EQ(json.at("as_of"), "2026-11-20");
    EXPECT_EQ(json.at("levels"), 2);
    EXPECT_EQ(boost::json::serialize(json.at("sleepers").at(0)),
              R"({"user_id":1,"term_id":7,"lapse":"2026-11-01","days":19,"key_id":1,"flags":""})");
    EXPECT_EQ(json.at("sleepers").as_array().size(), 2U);
    const auto text = in("table").out;
    EXPECT_NE(text.find("2026-11-01      19"), std::string::npos) << text;
    EXPECT_NE(text.find("2 sleepers of 2 watched levels as of 2026-11-20"), std::string::npos) << text;
    EXPECT_EQ(server.sql("SHOW TABLES LIKE 'wp_dormouse_s%'"), "");
}

TEST_F(CliSleepers, NobodyIsAWholeAnswerToo) {
    const std::vector<std::string> early{"scan", "--dry-run", "--as-of", "2026-10-01", "--format", "json"};
    EXPECT_TRUE(dormouse(early).json().at("sleepers").as_array().empty());
    EXPECT_EQ(dormouse({"scan", "--dry-run", "--level", "8", "--format", "csv"}).out,
              "user_id,term_id,lapse,days,key_id,flags\n");
    const auto unwatched = dormouse({"scan", "--dry-run", "--level", "99"});
    EXPECT_EQ(unwatched.code, 0);
    EXPECT_NE(unwatched.err.find("level 99 is not watched"), std::string::npos) << unwatched.err;
}

TEST_F(CliSleepers, AScanIsPublishedAndTellsWhatChanged) {
    ASSERT_EQ(dormouse({"migrate"}).code, 0);
    const auto first = dormouse({"scan", "--format", "json"});
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(first.json().at("sleepers"), 2);
    EXPECT_EQ(first.json().at("added"), 2);
    server.sql("DELETE FROM wp_users WHERE ID = 1");
    const auto second = dormouse({"scan"});
    EXPECT_EQ(second.code, 0) << second.err;
    EXPECT_TRUE(second.out.starts_with("run 2 is published: 1 sleepers of 2 watched levels as of ")) << second.out;
    EXPECT_NE(second.out.find(", 0 new, 1 gone; "), std::string::npos) << second.out;
    server.sql(
        "INSERT INTO wp_dormouse_scan (as_of, state, owner, started_at, touched_at) VALUES (CURDATE(), 'running', "
        "'another', 1, UNIX_TIMESTAMP() * 1000)");
    const auto third = dormouse({"scan"});
    EXPECT_EQ(third.code, 1);
    EXPECT_NE(third.err.find("a scan is under way already: run 3 of another"), std::string::npos) << third.err;
    const auto heir = dormouse({"scan", "--take-over"});
    EXPECT_EQ(heir.code, 0) << heir.err;
    EXPECT_TRUE(heir.out.starts_with("run 3 is published: 1 sleepers")) << heir.out;
}

TEST_F(CliSleepers, ExplainTellsEveryRuleWithItsRows) {
    const auto r = dormouse({"explain", "--user", "3", "--level", "8", "--as-of", "2026-11-21"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(r.out.starts_with("user 3, level 8, as of 2026-11-21: no sleeper: ancestor\n")) << r.out;
    EXPECT_NE(r.out.find("  NO  ancestor     an active key of a level above opens this one\n"
                         "        key 3: used, 2026-10-01 to 9999-12-01, level 7, active\n"),
              std::string::npos)
        << r.out;
    const auto json = dormouse({"explain", "--user", "1", "--level", "7", "--as-of", "2026-11-21", "--json"}).json();
    EXPECT_EQ(json.at("is_sleeper"), true);
    EXPECT_EQ(json.at("lapse"), "2026-11-01");
    EXPECT_EQ(json.at("days"), 20);
    EXPECT_EQ(json.at("rules").as_array().size(), 9U);
    EXPECT_EQ(json.at("rules").at(2).at("rows").at(0), "key 1: used, 2026-10-01 to 2026-11-01");
}

TEST_F(CliSleepers, ExplainTellsWhichLetterIsNext) {
    const std::vector<std::string> asked{"explain", "--user", "1", "--level", "7", "--as-of", "2026-11-21"};
    const auto unknown = dormouse(asked);
    EXPECT_EQ(unknown.code, 0) << unknown.err;
    EXPECT_NE(unknown.out.find("\nnext letter: not known: "), std::string::npos) << unknown.out;
    ASSERT_EQ(dormouse({"migrate"}).code, 0);
    server.sql(
        "CREATE TABLE wp_options (option_name varchar(191) PRIMARY KEY, option_value longtext);"
        "INSERT INTO wp_options VALUES ('timezone_string', 'Europe/Berlin'), ('gmt_offset', '');"
        "INSERT INTO wp_termmeta (term_id, meta_key, meta_value) VALUES (7, 'mlm_email_1_days', '25'), "
        "(7, 'mlm_email_1_subject', 'Where are you?'), (7, 'mlm_email_1_body', 'text')");
    EXPECT_NE(dormouse(asked).out.find("\nnext letter: 1, due on 2026-11-26\n"), std::string::npos);
    auto in_json = asked;
    in_json.emplace_back("--json");
    EXPECT_EQ(boost::json::serialize(dormouse(in_json).json().at("next_letter")),
              R"({"stage":"1","due":"2026-11-26"})");
    server.sql("DELETE FROM wp_termmeta WHERE meta_key = 'mlm_email_1_body'");
    EXPECT_NE(dormouse(asked).out.find("\nnext letter: none\n"), std::string::npos);
}

TEST_F(CliSleepers, WrongWordsAreToldBeforeAnythingIsRead) {
    for (const auto& words : std::vector<std::vector<std::string>>{{"scan", "--level", "7"},
                                                                   {"scan", "--as-of", "2026-11-21"},
                                                                   {"scan", "--format", "csv"},
                                                                   {"scan", "--dry-run", "--as-of", "21.11.2026"},
                                                                   {"scan", "--dry-run", "--level", "-1"},
                                                                   {"explain", "--user", "1"},
                                                                   {"explain", "--user", "1", "--level", "x"}}) {
        const auto r = dormouse(words);
        EXPECT_EQ(r.code, 2) << words.back() << r.out;
        EXPECT_TRUE(r.err.starts_with("dormouse: ")) << r.err;
    }
    server.stop();
    const auto away = dormouse({"scan", "--dry-run"});
    EXPECT_EQ(away.code, 4);
    EXPECT_NE(away.err.find("the database is not reachable at " + server.socket()), std::string::npos) << away.err;
}

}  // namespace
}  // namespace dormouse::test
