// dormouse simulate and dormouse letters on a real MariaDB and a real Redis.
#include "tests/integration/cli/program.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/sleeping_school.hpp"

#include <boost/json/serialize.hpp>

namespace dormouse::test {
namespace {

class CliLetters : public testing::Test {
protected:
    CliLetters() {
        EXPECT_EQ(dormouse({"migrate"}).code, 0);
        sleeping_school s{server};
        s.level(7).term_meta(7, "mlm_email_1_days", "7").term_meta(7, "mlm_email_1_subject", "Come back");
        s.term_meta(7, "mlm_email_1_body", "Please").user(42).key(42, 7, "2027-01-01", "2027-02-01");
        s.sql("CREATE TABLE wp_options (option_name varchar(191) NOT NULL UNIQUE, option_value longtext NOT NULL)");
        s.load();
    }
    ended dormouse(std::vector<std::string> words) const {
        words.insert(words.end(), {"--config", config});
        return run_program(std::move(words));
    }
    void letter(const std::string& state, int user = 42) const {
        (void)server.sql(
            "INSERT INTO wp_dormouse_reminder (user_id, term_id, lapse, stage, state, message_id, due_at, "
            "created_at, updated_at) VALUES (" +
            std::to_string(user) + ", 7, '2026-11-01', '1', '" + state +
            "', '<m@x>', 1795212000000, 1795212000000, 1795212000000)");
    }

    mariadb_server server;
    redis_server redis;
    temp_dir dir;
    std::string config =
        write_config(dir, redis.url(), "site:\n  database:\n    user: root\n    socket: " + server.socket() + "\n");
};

TEST_F(CliLetters, SimulateTellsTheDaysInEveryFormatAndWritesNothing) {
    const auto in = [&](const std::string& format) {
        const auto r = dormouse({"simulate", "--from", "2027-02-07", "--days", "3", "--format", format});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(r.err, "1 letter in 3 days\n");
        return r;
    };
    EXPECT_EQ(in("csv").out, "day,stage,user_id,term_id,lapse\n2027-02-08,1,42,7,2027-02-01\n");
    EXPECT_EQ(boost::json::serialize(in("json").json()),
              R"({"letters":[{"day":"2027-02-08","user_id":42,"term_id":7,"lapse":"2027-02-01","stage":"1"}]})");
    EXPECT_NE(in("table").out.find("2027-02-08  1        42      7  2027-02-01"), std::string::npos) << in("table").out;
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_reminder"), "0");
    const auto none = dormouse({"simulate", "--from", "2027-02-07", "--level", "8", "--format", "json"});
    EXPECT_TRUE(none.json().at("letters").as_array().empty());
    EXPECT_EQ(dormouse({"simulate", "--from", "yesterday"}).code, 2);
    EXPECT_EQ(dormouse({"simulate", "--days", "0"}).code, 2);
}

TEST_F(CliLetters, TheLedgerIsListedFilteredAndPaged) {
    EXPECT_EQ(dormouse({"letters", "list"}).err, "no letters\n");
    letter("sent");
    letter("in_doubt", 43);
    const auto all = dormouse({"letters", "list"});
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_NE(all.out.find("in_doubt  1        43      7  2026-11-01"), std::string::npos) << all.out;
    const auto doubtful = dormouse({"letters", "list", "--state", "in_doubt", "--json"}).json();
    ASSERT_EQ(doubtful.at("letters").as_array().size(), 1U);
    EXPECT_EQ(doubtful.at("letters").at(0).at("user_id"), 43);
    EXPECT_TRUE(doubtful.at("next").is_null());
    EXPECT_EQ(dormouse({"letters", "list", "--limit", "1", "--json"}).json().at("next"), 2);
    EXPECT_EQ(dormouse({"letters", "list", "--before", "2", "--json"}).json().at("letters").at(0).at("id"), 1);
    EXPECT_EQ(
        dormouse({"letters", "list", "--user", "42", "--level", "7", "--json"}).json().at("letters").at(0).at("id"), 1);
    EXPECT_EQ(dormouse({"letters", "list", "--state", "lost"}).code, 2);
}

TEST_F(CliLetters, OneIsShownWithWhatCanBeDone) {
    letter("in_doubt");
    const auto shown = dormouse({"letters", "show", "1"});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(shown.out.find("<m@x>"), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find("`dormouse letters resolve ID --sent`"), std::string::npos);
    const auto json = dormouse({"letters", "show", "1", "--json"}).json();
    EXPECT_EQ(json.at("state"), "in_doubt");
    EXPECT_EQ(json.at("job_id").as_string().size(), 26U);
    EXPECT_EQ(dormouse({"letters", "show", "9"}).code, 3);
}

TEST_F(CliLetters, ADoubtIsResolvedOnceAndSentAgainByAJob) {
    letter("in_doubt");
    letter("in_doubt", 43);
    const auto said = dormouse({"letters", "resolve", "1", "--sent", "--by", "olga"});
    EXPECT_EQ(said.out, "letter 1 is sent now\n") << said.err;
    EXPECT_EQ(server.sql("SELECT state, reason FROM wp_dormouse_reminder WHERE id = 1"), "sent\tarrived, says olga");
    const auto twice = dormouse({"letters", "resolve", "1", "--never"});
    EXPECT_EQ(twice.code, 1);
    EXPECT_NE(twice.err.find("letter 1 is sent"), std::string::npos) << twice.err;

    const auto again = dormouse({"letters", "resolve", "2", "--again", "--json"});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(again.json().at("state"), "retry");
    EXPECT_EQ(redis.cli({"LLEN", "dormouse:{main}:in"}), "1");
    EXPECT_NE(redis.cli({"LINDEX", "dormouse:{main}:in", "0"}).find("openings"), std::string::npos)
        << "not at night, whoever asks for it";
    EXPECT_EQ(dormouse({"letters", "resolve", "2"}).code, 2) << "which end?";
    EXPECT_EQ(dormouse({"letters", "resolve", "9", "--sent"}).code, 3);
}

TEST_F(CliLetters, WithoutRedisALetterWaitsAndItsJobIsNamed) {
    letter("failed");
    redis.kill();
    const auto r = dormouse({"letters", "resolve", "1", "--again"});
    EXPECT_EQ(r.code, 4);
    EXPECT_NE(r.err.find("`dormouse retry 01"), std::string::npos) << r.err;
    EXPECT_EQ(server.sql("SELECT state FROM wp_dormouse_reminder"), "retry");
}

TEST_F(CliLetters, AddressesAreSuppressedByTheirHash) {
    EXPECT_EQ(dormouse({"letters", "suppress", "Anna@Example.org", "--note", "by phone"}).out,
              "gets no letters from now on\n");
    EXPECT_EQ(dormouse({"letters", "suppress", "anna@example.org"}).out, "got none already\n");
    const auto list = dormouse({"letters", "suppressed", "--json"}).json().at("suppressed").as_array();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("note"), "by phone");
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_suppression WHERE CONCAT_WS('', address_hash, note, reason) "
                         "LIKE '%@%'"),
              "0");
    const std::string hash{list[0].at("address_hash").as_string()};
    EXPECT_NE(dormouse({"letters", "suppressed"}).out.find(hash), std::string::npos);
    EXPECT_EQ(dormouse({"letters", "unsuppress", hash}).code, 0);
    EXPECT_EQ(dormouse({"letters", "unsuppress", "anna@example.org"}).code, 3);
    EXPECT_EQ(dormouse({"letters", "suppress", "anna"}).code, 2);
}

}  // namespace
}  // namespace dormouse::test
