// simulate against the same days really lived through.
#include "scheduler/reminders/simulate.hpp"

#include "tests/integration/reminders/letter_world.hpp"

#include <map>

namespace dormouse::scheduler {
namespace {

class Simulation : public letter_world {
protected:
    std::string simulate(int from, int days) {
        sleepers_scan looks{*db, settings.sleepers, base::system_clock()};
        simulation future{*db, looks, settings};
        std::string out;
        const simulation::reader read = [&](const std::vector<simulated_letter>& day) {
            for (const auto& l : day)
                out += site::to_text(site::day{l.day.time_since_epoch()}).substr(5) + " " +
                       std::to_string(l.what.user_id) + "/" + std::to_string(l.what.term_id) + " " +
                       std::string{to_string(l.what.stage)} + "\n";
        };
        const auto done = run(future.run(std::chrono::local_days{day_number(from).time_since_epoch()}, days, read, {}));
        EXPECT_TRUE(done) << (done ? "" : done.error().message());
        return out;
    }
    /// The same days, tick by tick; a worker sends at once what is due.
    std::string live(int from, int days) {
        std::string out;
        for (int hour = from * 24; hour < (from + days) * 24; ++hour) {
            const auto now = at(0, hour);
            if (hour % 24 == 0) scan(hour / 24);  // 03:00 in Moscow
            (void)plan(now).value();
            for (const auto& l :
                 run(site::reminders{*db}.list({.state = letter_state::planned, .limit = 1000}, {})).value())
                if (l.due_at <= now) arrive(l, now, out);
        }
        return out;
    }
    void arrive(const site::reminder& l, base::time_ms now, std::string& out) {
        send({l}, now);
        out += site::to_text(day_of(now + 3h)).substr(5) + " " + std::to_string(l.what.user_id) + "/" +
               std::to_string(l.what.term_id) + " " + std::string{to_string(l.what.stage)} + "\n";
    }
    static std::multiset<std::string> lines(const std::string& text) {
        std::multiset<std::string> out;
        std::istringstream in{text};
        for (std::string line; std::getline(in, line);) out.insert(line);
        return out;
    }
    std::string everything() {
        return server.sql(
            "SELECT * FROM wp_dormouse_reminder; SELECT COUNT(*) FROM wp_dormouse_scan; CHECKSUM TABLE "
            "wp_memberlux_term_keys, wp_termmeta, wp_usermeta, wp_dormouse_sleeper");
    }
};

TEST_F(Simulation, TellsEachLettersDayAndWritesNothing) {
    level(7, 2, 5, -1, 3);
    student(1, 7, 0);
    student(2, 7, 4);
    school.load();
    const auto before = everything();
    EXPECT_EQ(simulate(1, 12),
              "11-03 1/7 1\n"
              "11-06 1/7 2\n"
              "11-07 2/7 1\n"
              "11-09 1/7 admin\n"
              "11-10 2/7 2\n"
              "11-13 2/7 admin\n");
    EXPECT_EQ(everything(), before);
}

TEST_F(Simulation, GoesOnFromTheLedgerAsItIs) {
    level(7, 2, 5);
    student(1, 7, 0);
    student(2, 7, 0);
    student(3, 7, 0);
    school.load();
    scan(2);
    (void)plan(at(2)).value();
    send({given[0]}, at(2));
    server.sql("UPDATE wp_dormouse_reminder SET state = 'in_doubt', sent_at = " + ms(at(2)) + " WHERE user_id = 3");
    EXPECT_EQ(simulate(3, 5),
              "11-04 2/7 1\n"
              "11-06 1/7 2\n"
              "11-06 2/7 2\n")
        << "2 waits for its job, 3 for somebody who decides";
}

TEST_F(Simulation, WhoseAddressIsSuppressedGetsNothingAndTheSchoolHearsOfThemAllTheSame) {
    level(7, 2, 5, -1, 3);
    for (int u = 1; u <= 3; ++u) student(u, 7, 0);
    school.load();
    scan(2);
    (void)plan(at(2)).value();
    send({given[0], given[1]}, at(2));
    const auto mute = [this](int user) {
        server.sql(
            "INSERT INTO wp_dormouse_suppression SELECT SHA2(LOWER(user_email), 256), 'unsubscribed', '', 0 FROM "
            "wp_users WHERE ID = " +
            std::to_string(user));
    };
    mute(2);
    mute(3);
    EXPECT_EQ(simulate(3, 7),
              "11-06 1/7 2\n"
              "11-09 1/7 admin\n"
              "11-09 2/7 admin\n"
              "11-09 3/7 admin\n")
        << "2 has had the first, 3 was waiting for it";
}

TEST_F(Simulation, RefusesDaysWithoutEnd) {
    school.load();
    sleepers_scan looks{*db, settings.sleepers, base::system_clock()};
    simulation future{*db, looks, settings};
    const auto done = run(future.run({}, 400, {}, {}));
    EXPECT_EQ(done.error(), base::errc::invalid_argument);
}

TEST_F(Simulation, IsWhatTheDaysBring) {
    level(7, 2, 5, 9, 4);
    level(8, 2, 2, -1, 0);
    level(9, 6, 3);
    for (int u = 1; u <= 12; ++u) {
        student(u, 7, u % 5);
        if (u % 2 == 0) school.key(u, 8, date(-30), date(u % 4));
        if (u % 3 == 0) school.key(u, 9, date(-30), date(u % 7 - 2));
    }
    school.load();
    settings.reminders.per_hour = 1;
    settings.reminders.window = "09:00-13:00";
    const auto told = simulate(0, 18);
    EXPECT_EQ(lines(told), lines(live(0, 18)));
    EXPECT_GT(lines(told).size(), 30U);
}

TEST_F(Simulation, TheLastDayOfALapseThatIsLongAgoStillCounts) {
    level(7, 7);
    student(1, 7, -90);
    student(2, 7, -91);
    school.load();
    EXPECT_EQ(simulate(0, 2), "11-01 1/7 1\n");
}

TEST_F(Simulation, ADigestIsOneLetter) {
    settings.reminders.school = config::school_letters::digest;
    level(7, -1, -1, -1, 3);
    for (int u = 1; u <= 3; ++u) student(u, 7, u == 3 ? 1 : 0);
    school.load();
    EXPECT_EQ(simulate(0, 7), "11-04 0/7 admin\n11-05 0/7 admin\n");
}

}  // namespace
}  // namespace dormouse::scheduler
