#include "scheduler/sleepers/scan.hpp"

#include "scheduler/sleepers/duty.hpp"
#include "site/pool.hpp"
#include "site/schema.hpp"
#include "tests/support/run.hpp"
#include "tests/support/sleeping_school.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <gmock/gmock.h>

namespace dormouse::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const site::day today{2026y / 11 / 21};
constexpr int students = 1'000;

class SleepersScan : public testing::Test {
protected:
    SleepersScan() {
        config::database_settings s;
        s.socket = server.socket();
        s.user = "root";
        database = database_for_scan(s, settings);
        site::pool db{database};
        site::schema tables{db};
        test::run_on(io, tables.migrate()).value();
        settings.page = 100;
    }

    /// Two watched levels; of the students every third sleeps in level 7 and every fifth in level 9.
    void fill() {
        school.level(7).level(8, 0, "0").level(9);
        school.sql("INSERT INTO wp_users (ID) SELECT seq FROM seq_1_to_" + std::to_string(students));
        for (const auto& [level, share] : {std::pair{"7", "3"}, {"9", "5"}})
            school.sql("INSERT INTO " + school.keys() +
                       " (user_id, term_id, status, date_start, date_end) SELECT seq, " + level +
                       ", 'used', '2026-10-01', IF(seq % " + share +
                       " = 0, '2026-11-01', '2026-12-01') FROM seq_1_to_" + std::to_string(students));
        school.load();
    }

    base::result<scan_report> publish(const std::string& owner = "test", bool take_over = false,
                                      base::deadline limit = {}) {
        site::pool db{database};
        sleepers_scan scan{db, settings, base::system_clock()};
        return test::run_on(io, scan.publish(today, owner, take_over, limit));
    }

    std::vector<std::vector<site::sleeper_row>> look(const sleepers_scan::reader& also = {}) {
        site::pool db{database};
        sleepers_scan scan{db, settings, base::system_clock()};
        std::vector<std::vector<site::sleeper_row>> pages;
        const sleepers_scan::reader read = [&](const std::vector<site::sleeper_row>& rows) {
            pages.push_back(rows);
            if (also) also(rows);
        };
        EXPECT_TRUE(test::run_on(io, scan.look(today, {}, read, {})));
        return pages;
    }

    [[nodiscard]] std::string published() const {
        return server.sql(
            "SELECT term_id, user_id, lapse, days FROM wp_dormouse_sleeper WHERE run_id = (SELECT MAX(id) FROM "
            "wp_dormouse_scan WHERE state = 'done') ORDER BY term_id, user_id");
    }
    static std::string lines(const std::vector<std::vector<site::sleeper_row>>& pages) {
        std::string out;
        for (const auto& page : pages)
            for (const auto& r : page)
                out += (out.empty() ? "" : "\n") + std::to_string(r.term_id) + "\t" + std::to_string(r.user_id) + "\t" +
                       site::to_text(r.lapse) + "\t" + std::to_string(r.days);
        return out;
    }
    [[nodiscard]] std::string runs() const {
        return server.sql("SELECT state, owner, note FROM wp_dormouse_scan ORDER BY id");
    }

    test::mariadb_server server;
    test::sleeping_school school{server};
    boost::asio::io_context io;
    config::sleepers_settings settings;
    config::database_settings database;
};

TEST_F(SleepersScan, PublishesWhatADryRunShows) {
    fill();
    const auto shown = look();
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_scan"), "0");
    const auto done = publish().value();
    EXPECT_EQ(done.counts.levels, 2);
    EXPECT_EQ(done.counts.sleepers, students / 3 + students / 5);
    EXPECT_EQ(done.counts.added, done.counts.sleepers);
    EXPECT_GT(done.counts.rows_read, 2 * students) << "every key at least was looked at";
    EXPECT_EQ(published(), lines(shown));
    EXPECT_EQ(runs(), "done\ttest\t");
    EXPECT_THAT(to_line(done),
                testing::StartsWith("as_of=2026-11-21 levels=2 sleepers=533 added=533 gone=0 rows_read="));
}

TEST_F(SleepersScan, OneThatWasCutOffAfterAnyPageGoesOnToTheSameEnd) {
    fill();
    const auto pages = look();
    ASSERT_GT(pages.size(), 5U);
    for (std::size_t cut = 0; cut <= pages.size(); ++cut) {
        site::pool db{database};
        site::scan_runs runs{db};
        const auto claim = test::run_on(io, runs.begin(today, "dead", false, base::from_epoch_ms(1), {})).value();
        for (std::size_t i = 0; i < cut; ++i) {
            const site::sleeper_cursor at{pages[i].back().term_id, pages[i].back().user_id};
            ASSERT_TRUE(test::run_on(io, runs.add_page(claim, pages[i], at, {}, {})));
        }
        EXPECT_EQ(publish().error(), base::errc::conflict) << "it is not known to be dead";
        ASSERT_EQ(publish("heir", true).value().run, claim.run);
        ASSERT_EQ(published(), lines(pages)) << "cut after page " << cut;
    }
}

TEST_F(SleepersScan, ABusyServerIsWaitedForUntilTheTimeIsUp) {
    fill();
    settings.threads_running = 0;  // the asking itself is one
    settings.pause = 20ms;
    const auto late = publish("patient", false, base::deadline::after(1500ms));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error(), base::errc::timed_out);
    EXPECT_THAT(runs(), HasSubstr("running\t\tthe scan's time is up"));
    settings.threads_running = 32;
    EXPECT_EQ(publish("next").value().counts.sleepers, 533);
    EXPECT_EQ(runs(), "done\tnext\t");
}

TEST_F(SleepersScan, ACancelledOnePutsItsRunDown) {
    fill();
    settings.threads_running = 0;
    settings.pause = 1min;
    site::pool db{database};
    sleepers_scan scan{db, settings, base::system_clock()};
    boost::asio::cancellation_signal stop;
    bool ended = false;
    boost::asio::co_spawn(io, scan.publish(today, "stopped", false, {}),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&](std::exception_ptr, base::result<scan_report>) { ended = true; }));
    io.restart();
    while (server.sql("SELECT COUNT(*) FROM wp_dormouse_scan WHERE epoch > 0 AND touched_at > 0") == "0") io.run_one();
    io.poll();
    stop.emit(boost::asio::cancellation_type::terminal);
    io.run();
    EXPECT_TRUE(ended);
    EXPECT_THAT(runs(), testing::StartsWith("running\t\t"));
}

TEST_F(SleepersScan, WhatTimeDoesNotHealEndsTheRunWithItsReason) {
    fill();
    server.sql("RENAME TABLE wp_memberlux_term_keys TO gone");
    const auto failed = publish();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), base::errc::not_found);
    EXPECT_THAT(runs(), HasSubstr("failed\ttest\tthere is no table wp_memberlux_term_keys"));
    server.sql("RENAME TABLE gone TO wp_memberlux_term_keys");
    EXPECT_TRUE(publish());
}

TEST_F(SleepersScan, AConnectionThatBreaksBetweenPagesCostsNothing) {
    fill();
    const auto calm = look();
    int broken = 0;
    const auto shaken = look([&](const auto&) {
        if (++broken > 3) return;
        const auto id = server.sql("SELECT id FROM processlist WHERE db = 'wordpress' AND id <> CONNECTION_ID()",
                                   "information_schema");
        server.sql("KILL " + id);
    });
    EXPECT_GT(broken, 3);
    EXPECT_EQ(lines(shaken), lines(calm));
}

TEST_F(SleepersScan, T19_WhoChangesDuringTheScanMovesNobodyElse) {
    fill();
    school.user(5'000).load();
    const auto calm = look();
    bool changed = false;
    const auto moved = look([&](const std::vector<site::sleeper_row>& rows) {
        if (std::exchange(changed, true)) return;
        // Somebody behind us renews, new ones come behind and before us.
        const auto first = std::to_string(rows.front().user_id);
        server.sql(
            "UPDATE wp_memberlux_term_keys SET date_end = '2027-01-01' WHERE term_id = 7 AND user_id = " + first +
            "; INSERT INTO wp_memberlux_term_keys (user_id, term_id, date_end) VALUES (1, 7, '2026-11-01'), "
            "(5000, 9, '2026-11-05')");
    });
    EXPECT_EQ(lines(moved), lines(calm) + "\n9\t5000\t2026-11-05\t16");
}

TEST_F(SleepersScan, TheDutyScansAsOfItsClocksUtcDayAndTellsTheCounts) {
    fill();
    base::manual_clock clock{std::chrono::sys_days{2026y / 11 / 20} + 23h + 59min};
    site::pool db{database};
    sleepers_duty duty{db, settings, clock};
    EXPECT_EQ(duty.name(), "sleepers-scan");
    const duty_run at{.tick = clock.now(), .owner = "scheduler 1", .limit = {}, .clock = clock, .resumed = false};
    EXPECT_THAT(test::run_on(io, duty.run(at)).value(), testing::StartsWith("as_of=2026-11-20 levels=2 sleepers=533"));
    EXPECT_EQ(server.sql("SELECT as_of, owner FROM wp_dormouse_scan"), "2026-11-20\tscheduler 1");
    EXPECT_EQ(server.sql("SELECT DISTINCT days FROM wp_dormouse_sleeper"), "19");
}

}  // namespace
}  // namespace dormouse::scheduler
