// Ninety days of a school with 5,000 students: renewals, certificates, blocks, edited letters, students who change
// between planning and sending, and two outages of the scheduler. Every letter is held against a model that calls no
// rule of the product.
#include "tests/integration/reminders/quarter.hpp"
#include "jobs/reminder_email/draft.hpp"
#include "tests/integration/reminders/letter_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <charconv>
#include <random>
#include <sstream>

namespace dormouse::scheduler {
namespace {

constexpr int students = 5'000;
constexpr int quarter_days = 90;

class Quarter : public letter_world {
protected:
    Quarter() {
        add_level(7, {7, 14, 30}, 5);
        add_level(8, {3, 20, -1}, -1);
        add_level(9, {10, 5, 60}, 0);
        school.load();
        // A statement is an argument of the client, and those have a limit.
        constexpr std::int64_t at_once = 500;
        for (std::int64_t first = 1; first <= students; first += at_once) {
            std::string users;
            for (auto u = first; u < first + at_once; ++u) enrol(u, users);
            school.sql("INSERT INTO wp_users (ID, user_login, user_email) VALUES " + users);
            write_keys();
            school.load();
        }
    }

    int below(int n) { return std::uniform_int_distribution<>{0, n - 1}(random); }

    void add_level(std::int64_t id, std::array<int, 3> days, int admin) {
        level(id, days[0], days[1], days[2], admin);
        model.levels[id] = {true, days, admin};
    }
    /// One level, some two; some lapsed long ago, some never will in these days.
    void enrol(std::int64_t u, std::string& users) {
        const auto id = std::to_string(u);
        users += (users.empty() ? "(" : ",(") + id + ",'user" + id + "','user" + id + "@school.test')";
        give(u, 7 + below(3), below(260) - 120);
        if (below(5) == 0) give(u, 7 + below(3), below(260) - 120);
    }
    void give(std::int64_t u, std::int64_t level, int end) {
        auto& last = model.ends[u].try_emplace(level, end).first->second;
        last = std::max(last, end);
        keys += (keys.empty() ? "(" : ",(") + std::to_string(u) + "," + std::to_string(level) + ",'used','" +
                date(end - 30) + "','" + date(end) + "')";
    }
    void write_keys() {
        if (keys.empty()) return;
        school.sql("INSERT INTO " + school.keys() + " (user_id, term_id, status, date_start, date_end) VALUES " +
                   std::exchange(keys, {}));
    }
    void set_meta(std::int64_t level, const std::string& key, const std::string& value) {
        school.sql("UPDATE wp_termmeta SET meta_value = '" + value + "' WHERE term_id = " + std::to_string(level) +
                   " AND meta_key = '" + key + "'");
    }

    void renew_some(int today, int count) {
        for (int i = 0; i < count; ++i) {
            const auto u = 1 + below(students);
            auto& mine = model.ends[u];
            give(u, mine.begin()->first, today + 1 + below(40));
        }
    }
    void certify_and_block(int today) {
        for (int i = 0; i < 4; ++i) {
            const auto u = 1 + below(students);
            const auto level = model.ends[u].begin()->first;
            if (model.certified.insert({u, level}).second) school.certificate(u, level, date(today), "MANUAL");
        }
        for (int i = 0; i < 3; ++i)
            if (const auto u = 1 + below(students); model.blocked.insert(u).second)
                school.user_meta(u, "wpm_status", "inactive");
        if (today % 7 == 0 && !model.blocked.empty()) {
            school.sql("DELETE FROM wp_usermeta WHERE user_id = " + std::to_string(*model.blocked.begin()));
            model.blocked.erase(model.blocked.begin());
        }
    }
    void edit_letters(int today) {
        if (today == 30) switch_level(8, false);
        if (today == 34) switch_level(8, true);
        if (today == 40) set_days(7, 2, 10);
        if (today == 45) set_meta(7, "mlm_email_3_subject", ""), model.levels[7].days[2] = -1;
        if (today == 60) set_meta(7, "mlm_email_3_subject", "Again"), model.levels[7].days[2] = 30;
        if (today == 70) set_days(9, 1, 4);
    }
    void switch_level(std::int64_t level, bool on) {
        set_meta(level, "mlm_enabled", on ? "1" : "0");
        model.levels[level].on = on;
    }
    void set_days(std::int64_t level, int stage, int days) {
        set_meta(level, "mlm_email_" + std::to_string(stage) + "_days", std::to_string(days));
        model.levels[level].days.at(static_cast<std::size_t>(stage - 1)) = days;
    }

    static int number_of(const site::day d) { return static_cast<int>((d - day_number(0)).count()); }

    model_ledger read_ledger() {
        model_ledger out;
        std::istringstream in{
            server.sql("SELECT user_id, term_id, DATEDIFF(lapse, '2026-11-01'), IF(stage = 'admin', 4, stage), state, "
                       "created_at, updated_at, IFNULL(sent_at, 0), reason FROM wp_dormouse_reminder")};
        for (std::string line; std::getline(in, line);) {
            std::istringstream cells{line};
            model_letter l;
            model_row r;
            std::int64_t created = 0;
            std::int64_t ended = 0;
            std::int64_t sent = 0;
            cells >> l.user >> l.level >> l.lapse >> l.stage >> r.state >> created >> ended >> sent >> r.reason;
            const auto day = [](std::int64_t at) { return number_of(day_of(base::from_epoch_ms(at))); };
            r.created = day(created);
            r.ended = day(ended);
            if (sent != 0) r.sent = day(sent);
            out.emplace(l, r);
        }
        return out;
    }

    std::mt19937 random{20'261'101};
    model_school model;
    std::string keys;
};

// --- what an undisturbed quarter brings, and what simulate says of it ----------------------------------------------

TEST_F(Quarter, IsPredictedBySimulateWhenNobodyDisturbsIt) {
    std::set<std::pair<int, model_letter>> told;
    sleepers_scan looks{*db, settings.sleepers, base::system_clock()};
    simulation future{*db, looks, settings};
    const auto letter_of = [](const site::letter_identity& what) {
        return model_letter{what.user_id, what.term_id, number_of(*site::parse_day(what.lapse)),
                            static_cast<int>(what.stage)};
    };
    const simulation::reader read = [&](const std::vector<simulated_letter>& day) {
        for (const auto& l : day) told.emplace(number_of(site::day{l.day.time_since_epoch()}), letter_of(l.what));
    };
    run(future.run(std::chrono::local_days{day_number(0).time_since_epoch()}, quarter_days, read, {})).value();

    std::set<std::pair<int, model_letter>> went;
    for (int today = 0; today < quarter_days; ++today) {
        scan(today);
        // The second time for the school's letters that go on the day of the last one to the student.
        for (const int hour : {6, 12}) {
            (void)plan(at(today, hour)).value();
            for (const auto& l : given) EXPECT_TRUE(went.emplace(today, letter_of(l.what)).second);
            (void)server.sql("UPDATE wp_dormouse_reminder SET state = 'sent', sent_at = " + ms(at(today, hour)) +
                             ", updated_at = " + ms(at(today, hour)) + " WHERE state = 'planned'");
        }
    }
    EXPECT_GT(went.size(), 5'000U);
    std::vector<std::pair<int, model_letter>> differ;
    std::ranges::set_symmetric_difference(told, went, std::back_inserter(differ));
    EXPECT_EQ(differ.size(), 0U) << "first on day " << differ.front().first << ", user " << differ.front().second.user
                                 << ", stage " << differ.front().second.stage;
}

// --- a quarter with all that happens -------------------------------------------------------------------------------

class LivelyQuarter : public Quarter {
protected:
    struct counts {
        int sent = 0;
        int refused = 0;
    };

    /// A worker as the kind reminder-email is: a second look inside the claim, then the letter's way.
    base::awaitable<counts> deliver(std::vector<site::reminder> letters, std::size_t first, std::size_t step,
                                    int today) {
        site::reminders ledger{*db};
        const auto now = at(today);
        const auto sources = jobs::reminder_email::sources_of(*db, settings.sleepers);
        const site::reminders::second_look look =
            [sources, today](site::connection& c,
                             const site::reminder& r) -> base::result<std::optional<site::letter_refusal>> {
            return jobs::reminder_email::look_again(c, sources, r, {}, day_number(today)).no;
        };
        counts done;
        for (auto i = first; i < letters.size(); i += step) {
            const auto c = (co_await ledger.claim(letters[i].id, "worker", 60s, look, now, {})).value();
            if (c.what == site::letter_claim::end::refused) ++done.refused;
            if (c.what != site::letter_claim::end::claimed) continue;
            EXPECT_TRUE((co_await ledger.start_streaming(c.fence, {}, now, {})).value());
            EXPECT_TRUE((co_await ledger.commit_in_doubt(c.fence, now, {})).value());
            EXPECT_TRUE((co_await ledger.settle(c.fence, {.state = letter_state::sent}, now, {})).value());
            ++done.sent;
        }
        co_return done;
    }
    base::awaitable<counts> deliver_all(std::vector<site::reminder> letters, int today) {
        using namespace boost::asio::experimental::awaitable_operators;
        auto [a, b, c] =
            co_await (deliver(letters, 0, 3, today) && deliver(letters, 1, 3, today) && deliver(letters, 2, 3, today));
        co_return counts{a.sent + b.sent + c.sent, a.refused + b.refused + c.refused};
    }

    /// The letters of this day against the school as it is now.
    void check_sent(int today, const model_ledger& ledger) {
        for (const auto& [l, row] : ledger) {
            if (row.sent != today) continue;
            EXPECT_EQ(row.state, "sent");
            EXPECT_TRUE(went.insert(l).second) << "a letter twice: user " << l.user << ", stage " << l.stage;
            EXPECT_EQ(model.objection(l, today, ledger), "")
                << "user " << l.user << ", level " << l.level << ", stage " << l.stage << ", day " << today;
        }
    }
    void live_one_day(int today, bool scheduler_is_up) {
        renew_some(today, 15);
        certify_and_block(today);
        edit_letters(today);
        write_keys();
        school.load();
        if (!scheduler_is_up) return;
        scan(today);
        (void)plan(at(today)).value();
        const auto letters = given;
        const auto at_planning = model;
        if (today % 3 == 0) disturb(letters, today);
        const auto done = run(deliver_all(letters, today));
        total.sent += done.sent;
        total.refused += done.refused;
        const auto ledger = read_ledger();
        check_sent(today, ledger);
        const auto missing = at_planning.missing(today, ledger);
        for (const auto& l : std::span{missing}.first(std::min<std::size_t>(missing.size(), 5)))
            ADD_FAILURE() << "missing: user " << l.user << ", level " << l.level << ", stage " << l.stage << ", day "
                          << today;
    }
    /// Between planning and sending: the second look must notice.
    void disturb(const std::vector<site::reminder>& letters, int today) {
        for (std::size_t i = 0; i < letters.size() && i < 4; ++i)
            give(letters[i].what.user_id, letters[i].what.term_id, today + 20);
        write_keys();
        school.load();
    }

    std::set<model_letter> went;
    counts total;
};

TEST_F(LivelyQuarter, NobodyGetsALetterTwiceNoneThatARuleForbidsAndNoneIsMissing) {
    const auto is_up = [](int today) { return (today < 20 || today > 26) && (today < 50 || today > 65); };
    for (int today = 0; today < quarter_days && !HasFailure(); ++today) live_one_day(today, is_up(today));
    std::map<std::string, int> reasons;
    for (const auto& [l, row] : read_ledger()) ++reasons[row.state + " " + row.reason];
    EXPECT_EQ(static_cast<int>(went.size()), total.sent);
    EXPECT_GT(total.sent, 4'000);
    EXPECT_GT(total.refused, 50);
    EXPECT_GT(reasons["skipped renewed"], 50);
    EXPECT_GT(reasons["skipped skipped_late"], 100);
}

}  // namespace
}  // namespace dormouse::scheduler
