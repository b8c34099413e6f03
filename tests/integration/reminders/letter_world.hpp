#pragma once
// A school on a private MariaDB, with scans, the planner and a clock that goes only when told to.

#include "base/log.hpp"
#include "scheduler/reminders/planning.hpp"
#include "scheduler/reminders/simulate.hpp"
#include "scheduler/sleepers/scan.hpp"
#include "site/pool.hpp"
#include "site/schema.hpp"
#include "tests/support/run.hpp"
#include "tests/support/sleeping_school.hpp"

#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dormouse::scheduler {

using namespace std::chrono_literals;
using site::letter_stage;
using site::letter_state;

/// 2026-11-01 and so many days.
inline site::day day_number(int days) {
    return std::chrono::sys_days{std::chrono::year{2026} / 11 / 1} + std::chrono::days{days};
}
inline std::string date(int days) { return site::to_text(day_number(days)); }
inline base::time_ms at(int days, int hour = 12) { return base::time_ms{day_number(days)} + std::chrono::hours{hour}; }

class letter_world : public testing::Test {
protected:
    explicit letter_world(const std::string& zone = "Europe/Moscow") {
        base::log::configure({.least = base::log::level::off, .form = base::log::format::human, .file = {}});
        database.socket = server.socket();
        database.user = "root";
        db = std::make_unique<site::pool>(database);
        site::schema tables{*db};
        (void)run(tables.migrate()).value();
        school.sql(
            "CREATE TABLE wp_options (option_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, "
            "option_name varchar(191) NOT NULL UNIQUE, option_value longtext NOT NULL)");
        school.sql("INSERT INTO wp_options (option_name, option_value) VALUES ('timezone_string', '" + zone +
                   "'), ('admin_email', 'office@school.test'), ('date_format', 'd.m.Y'), ('home', 'https://s.test')");
    }

    template <class T>
    T run(base::awaitable<T> op) {
        return test::run_on(io, std::move(op));
    }

    /// A watched level; -1 = that letter is off.
    void level(std::int64_t id, int first, int second = -1, int third = -1, int admin = -1) {
        school.level(id);
        const std::array days{first, second, third};
        for (std::size_t i = 0; i < days.size(); ++i)
            if (days.at(i) >= 0) letter(id, "mlm_email_" + std::to_string(i + 1) + "_", "days", days.at(i));
        if (admin >= 0) letter(id, "mlm_admin_", "days_after_last", admin);
    }
    void letter(std::int64_t id, const std::string& prefix, const std::string& days_key, int days) {
        school.term_meta(id, prefix + days_key, std::to_string(days));
        school.term_meta(id, prefix + "subject", "Subject").term_meta(id, prefix + "body", "Body");
    }
    /// A student whose access to the level ends on that day.
    void student(std::int64_t id, std::int64_t level, int end) {
        school.user(id).key(id, level, date(end - 30), date(end));
    }

    void scan(int day) {
        sleepers_scan one{*db, settings.sleepers, base::system_clock()};
        (void)run(one.publish(day_number(day), "test", true, {})).value();
    }
    /// Runs the planner; the letters it handed over are in `given`.
    base::result<planning_report> plan(base::time_ms now, base::deadline limit = {}) {
        letter_planning planner{*db, settings};
        given.clear();
        const letter_planning::hand_over to = [this](std::vector<site::reminder> letters,
                                                     std::span<const site::opening>) {
            return take(std::move(letters));
        };
        return run(planner.run(now, to, true, limit));
    }
    base::awaitable<base::result<void>> take(std::vector<site::reminder> letters) {
        if (!accepting) co_return base::error{base::errc::unavailable, "Redis is away"};
        given.insert(given.end(), letters.begin(), letters.end());
        co_return base::result<void>{};
    }
    /// `42/7 1` for each of the letters, in their order.
    static std::string words(const std::vector<site::reminder>& letters) {
        std::string out;
        for (const auto& l : letters)
            out += (out.empty() ? "" : "; ") + std::to_string(l.what.user_id) + "/" + std::to_string(l.what.term_id) +
                   " " + std::string{to_string(l.what.stage)};
        return out;
    }
    /// As a worker would, all at once.
    void send(const std::vector<site::reminder>& letters, base::time_ms now) {
        for (const auto& l : letters)
            (void)server.sql("UPDATE wp_dormouse_reminder SET state = 'sent', sent_at = " + ms(now) +
                             ", updated_at = " + ms(now) + " WHERE id = " + std::to_string(l.id));
    }
    static std::string ms(base::time_ms t) { return std::to_string(base::to_epoch_ms(t)); }

    test::mariadb_server server;
    test::sleeping_school school{server};
    boost::asio::io_context io;
    config::database_settings database;
    config::scheduler_settings settings;
    std::unique_ptr<site::pool> db;
    bool accepting = true;
    std::vector<site::reminder> given;
};

}  // namespace dormouse::scheduler
