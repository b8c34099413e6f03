// A real WordPress with the stand-ins of the core and the certificates plugin, and our own plugin's ledger: what their
// functions write is what the product reads.

#include "tests/integration/sleepers/product.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <map>
#include <stdexcept>

namespace dormouse::sleepers {
namespace {

using namespace std::chrono_literals;

struct expected_person {
    const char* name;
    const char* level;
    int days;  ///< Since the lapse; -1 = awake.
    const char* why;
};

// The names are states; tests/standins/member-luxe/fixtures.php has their keys.
constexpr std::array expected{
    expected_person{"lapsed", "course", 30, "one key, ended"},
    expected_person{"used-and-expired", "course", 30, "the last of two ends"},
    expected_person{"extended", "course", -1, "the chain goes on"},
    expected_person{"unlimited", "course", -1, "its end in the past is none"},
    expected_person{"banned-last", "course", 30, "a banned key is no renewal"},
    expected_person{"basket", "course", -1, "a deleted key gives access"},
    expected_person{"on-parent", "child", -1, "the parent's key opens the child"},
    expected_person{"on-parent", "parent", -1, "and has not ended"},
    expected_person{"tie", "course", 30, "two keys with one end are one sleeper"},
    expected_person{"ends-today", "course", 0, "the day of the end is without access"},
    expected_person{"ends-tomorrow", "course", -1, "the day before it is not"},
    expected_person{"auto-certificate", "auto", 30, "it came by itself"},
    expected_person{"both-certificates", "auto", 30, "older than our ledger, so the level decides: by themselves"},
    expected_person{"manual-certificate", "course", -1, "given by hand"},
    expected_person{"other-certificate", "course", 30, "it is for another level"},
    expected_person{"deleted", "course", -1, "nobody to write to"},
    expected_person{"blocked", "course", -1, "has no way in"},
    expected_person{"zero-dates", "course", -1, "no date is no end"},
    expected_person{"far-future", "course", -1, "ends in 2036"},
    expected_person{"given-by-hand", "auto", -1, "our ledger saw a person give it"},
    expected_person{"issued-by-itself", "switched", 30,
                    "our ledger saw it come by itself, whatever the level says now"},
};

std::string php(std::vector<std::string> words, const test::temp_dir& dir) {
    words.insert(words.begin(), "php");
    const auto file = dir.file("printed");
    test::write_file(file, {});
    test::child_process run{words, {{}, file, {}}};
    const auto status = run.wait(60s);
    auto text = test::read_file(file);
    if (status != 0) throw std::runtime_error{words[1] + " failed:\n" + text};
    return text;
}

class StandIn : public ::testing::Test {
protected:
    StandIn() {
        php({tests + "/support/wordpress/install.php", "--dir=" + site_folder, "--socket=" + server.socket(),
             "--prefix=wp_2_", "--define=CUSTOM_USER_TABLE=wp_users", "--define=CUSTOM_USER_META_TABLE=wp_usermeta",
             "--define=MEMBER_LUXE_KEYS_PER_LEVEL=20", "--define=DORMOUSE_REDIS_PATH=/nowhere/redis.sock"},
            dir);
        // Her clock is two hours behind Greenwich: nothing here may ask it.
        server.sql("UPDATE wp_2_options SET option_value = 'America/Noronha' WHERE option_name = 'timezone_string'");
    }

    std::string school(const std::vector<std::string>& more) {
        std::vector<std::string> words{tests + "/support/wordpress/wp-run.php", site_folder,
                                       tests + "/integration/sleepers/school.php"};
        words.insert(words.end(), more.begin(), more.end());
        return php(words, dir);
    }

    /// The table above, with the ids that people and levels got.
    known_site make_school() {
        const auto before = today();
        const auto made = boost::json::parse(school({"make"})).as_object();
        if (today() != before) throw std::runtime_error{"the day ended in the middle of the test"};
        known_site out{"stand-in", "wp_2_", "wp_users", "wp_usermeta", before, {}, {}};
        for (const auto& e : expected) {
            const auto id = [&](const char* kind, const char* name) { return made.at(kind).at(name).as_int64(); };
            const bool sleeps = e.days >= 0;
            out.known[{id("levels", e.level), id("users", e.name)}] = {
                sleeps ? "sleeper" : "awake", sleeps ? day_before(e.days) : "", sleeps ? e.days : 0,
                std::string{e.name} + ": " + e.why};
        }
        return out;
    }

    static std::string day_before(int days) {
        return site::to_text(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()) -
                             std::chrono::days{days});
    }
    static std::string today() { return day_before(0); }

    const std::string tests = std::string{DORMOUSE_SOURCE_DIR} + "/tests";
    test::temp_dir dir;
    const std::string site_folder = dir.file("site");
    test::mariadb_server server{{.extra = {"--default-time-zone=-05:00"}}};
};

TEST_F(StandIn, PeopleSleepAsTheirStateSaysWhetherTheDailyEventRanOrNot) {
    const auto site = make_school();
    {
        product p{server, site};
        EXPECT_EQ(first_difference(site, p), "");
    }
    ASSERT_EQ(server.sql("SELECT COUNT(*) FROM wp_2_memberlux_term_keys WHERE status = 'expired'"), "1");
    school({"cron"});
    ASSERT_NE(server.sql("SELECT COUNT(*) FROM wp_2_memberlux_term_keys WHERE status = 'expired'"), "1");
    product p{server, site};
    EXPECT_EQ(first_difference(site, p), "") << "after the daily event";
}

struct night {
    const char* zone;
    int earlier;  ///< So many days before the day of its own clock the key begins.
};

TEST_F(StandIn, KeysOfTheNightEndByTheDayOfGreenwich) {
    for (const auto& [zone, earlier] :
         {night{"Europe/Moscow", 1}, night{"America/New_York", 0}, night{"Asia/Kolkata", 1}}) {
        server.sql("DELETE FROM wp_2_memberlux_term_keys");
        const auto made = boost::json::parse(school({"night", zone})).as_object();
        const person_on_level who{made.at("level").as_int64(), made.at("user").as_int64()};
        const auto end = site::parse_day(made.at("day").as_string()).value() + std::chrono::days{30 - earlier};
        const auto on = [&](site::day as_of, verdict known) {
            const known_site s{
                zone, "wp_2_", "wp_users", "wp_usermeta", site::to_text(as_of), {}, {{who, std::move(known)}}};
            product p{server, s};
            return first_difference(s, p);
        };
        EXPECT_EQ(on(end, {"sleeper", site::to_text(end), 0}), "");
        EXPECT_EQ(on(end - std::chrono::days{1}, {"not_lapsed", "", 0}), "");
    }
}

}  // namespace
}  // namespace dormouse::sleepers
