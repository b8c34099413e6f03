// The duty between a real MariaDB and a real Redis: letters become signed jobs of the intake.
#include "scheduler/reminders/duty.hpp"
#include "queue/envelope.hpp"
#include "queue/redis/connection.hpp"
#include "scheduler/reminders/letter_job.hpp"
#include "tests/integration/reminders/letter_world.hpp"
#include "tests/support/redis_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace dormouse::scheduler {
namespace {

class RemindersDuty : public letter_world {
protected:
    RemindersDuty() {
        all.queue.signing_keys = {{"other", base::secret{"0123456789abcdef-two"}, {"grant"}},
                                  {"site-1", base::secret{"0123456789abcdef-one"}, {"reminder-email"}}};
        all.redis.url = redis.url();
        auto o = queue::redis::options_from(all.redis, "test").value();
        o.reconnect_max = 20ms;
        connection = std::make_unique<queue::redis::connection>(io.get_executor(), std::move(o));
        boost::asio::co_spawn(io, connection->run(), boost::asio::detached);
        level(7, 7);
        student(1, 7, 0);
        school.load();
        scan(7);
    }
    ~RemindersDuty() override { test::run_on(io, connection->close(base::deadline::after(2s))); }

    base::result<std::string> tick(base::time_ms now) {
        (void)test::run_on(io, connection->wait_connected(base::deadline::after(50ms)));
        base::manual_clock clock{now};
        reminders_duty duty{*db, *connection, all};
        return test::run_on(io, duty.run({now, "test", base::deadline::after(5s), clock, false}));
    }
    std::vector<std::string> intake() {
        const auto key = queue::operations{*connection, all}.names().in();
        std::vector<std::string> out;
        const auto count = std::stoi(redis.cli({"LLEN", key}));
        for (int i = 0; i < count; ++i) out.push_back(redis.cli({"LINDEX", key, std::to_string(i)}));
        return out;
    }
    queue::job read(const std::string& envelope, base::time_ms now) {
        const queue::keyring keys{all.queue.signing_keys};
        auto job = queue::read_envelope(envelope, keys, {"main", false}, now);
        EXPECT_TRUE(job.has_value()) << (job ? "" : job.error().detail);
        return job ? *job : queue::job{};
    }

    test::redis_server redis;
    config::settings all;
    std::unique_ptr<queue::redis::connection> connection;
};

TEST_F(RemindersDuty, ALetterBecomesASignedJobThatNamesIt) {
    EXPECT_EQ(tick(at(7)).value(), "run=1 sleepers=1 planned=1 again=0");
    ASSERT_EQ(intake().size(), 1U);
    const auto job = read(intake()[0], at(7));
    EXPECT_EQ(job.kind, "reminder-email");
    EXPECT_EQ(job.queue, "mail");
    // 09:00-20:00 in Moscow, from now on.
    const auto opening = [](base::time_ms from, base::time_ms to) {
        return boost::json::array{base::to_epoch_ms(from), base::to_epoch_ms(to)};
    };
    const boost::json::array open{opening(at(7), at(7, 17)), opening(at(8, 6), at(8, 17)), opening(at(9, 6), at(9, 17)),
                                  opening(at(10, 6), at(10, 17))};
    EXPECT_EQ(job.args, (boost::json::object{{"reminder", 1}, {"openings", open}}));
    EXPECT_FALSE(job.at) << "due at once";
    EXPECT_EQ(job.issued_at, at(7));
}

TEST_F(RemindersDuty, AJobThatIsEnqueuedAgainHasTheSameId) {
    (void)tick(at(7)).value();
    EXPECT_EQ(tick(at(7, 13)).value(), "run=1 sleepers=1 planned=0 again=1");
    ASSERT_EQ(intake().size(), 2U);
    EXPECT_EQ(read(intake()[0], at(7, 13)).id, read(intake()[1], at(7, 13)).id);
    EXPECT_TRUE(read(intake()[0], at(7, 13)).args.contains("openings"));
    EXPECT_TRUE(read(intake()[1], at(7, 13)).args.contains("openings"));
}

TEST_F(RemindersDuty, WhileNobodyAdmitsTheIntakeDoesNotFillWithCopies) {
    (void)tick(at(7)).value();
    for (int i = 0; i < 100; ++i) (void)redis.cli({"LPUSH", queue::operations{*connection, all}.names().in(), "x"});
    EXPECT_EQ(tick(at(7, 13)).value(), "run=1 sleepers=1 planned=0 again=0");
    EXPECT_EQ(redis.cli({"LLEN", queue::operations{*connection, all}.names().in()}), "101");
}

TEST_F(RemindersDuty, ALetterOfLaterWaitsInItsJob) {
    site::reminder letter;
    letter.id = 5;
    letter.created_at = at(7);
    letter.due_at = at(7) + 3min;
    EXPECT_EQ(job_of(all, letter, at(7)).at, at(7) + 3min);
    EXPECT_FALSE(job_of(all, letter, at(7) + 3min).at);
    auto other = letter;
    other.id = 6;
    EXPECT_NE(job_of(all, letter, at(7)).id, job_of(all, other, at(7)).id);
    auto elsewhere = all;
    elsewhere.site.name = "second";
    EXPECT_NE(job_of(all, letter, at(7)).id, job_of(elsewhere, letter, at(7)).id);
}

TEST_F(RemindersDuty, WithoutAKeyThatMayItSaysWhichIsMissing) {
    all.queue.signing_keys.pop_back();
    const auto r = tick(at(7));
    EXPECT_EQ(r.error(), base::errc::invalid_argument);
    EXPECT_THAT(r.error().detail, testing::HasSubstr("none of queue.signing_keys may enqueue reminder-email"));
}

TEST_F(RemindersDuty, WhileRedisIsAwayLettersWaitInTheLedger) {
    redis.kill();
    EXPECT_TRUE(tick(at(7)).has_error());
    EXPECT_EQ(server.sql("SELECT state FROM wp_dormouse_reminder"), "planned");
    redis.start();
    (void)test::run_on(io, connection->wait_connected(base::deadline::after(5s)));
    EXPECT_EQ(tick(at(7, 13)).value(), "run=1 sleepers=1 planned=0 again=1");
    EXPECT_EQ(intake().size(), 1U);
}

}  // namespace
}  // namespace dormouse::scheduler
