#include "tests/integration/queue/operator_world.hpp"

#include <algorithm>

namespace dormouse::queue {
namespace {

class Operations : public operator_world {};

// --- enqueue, pause, resume -----------------------------------------------------------------------------------

TEST_F(Operations, EnqueuePutsTheBytesIntoThePublicIntake) {
    ASSERT_TRUE(run(operators.enqueue("v1.site-1.x\n{}")));
    EXPECT_EQ(say({"RPOP", "dormouse:{main}:in"}).text(), "v1.site-1.x\n{}");
}

TEST_F(Operations, EnqueueRefusesWhatAdmissionWouldCut) {
    const auto r = run(operators.enqueue(std::string(settings.queue.max_envelope_bytes + 1, 'x')));
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), errc::too_large);
    EXPECT_EQ(say({"LLEN", names.in()}).integer(), 0);
}

TEST_F(Operations, NothingIsClaimedFromAPausedQueueUntilItIsResumed) {
    const auto j = ready();
    EXPECT_TRUE(run(operators.pause("webhook")).value());
    EXPECT_FALSE(run(operators.pause("webhook")).value()) << "paused already";
    EXPECT_TRUE(claim().empty());
    say({"DEL", names.wake("webhook")});

    EXPECT_TRUE(run(operators.resume("webhook")).value());
    EXPECT_EQ(say({"ZCARD", names.wake("webhook")}).integer(), 1) << "a worker that waits has to hear of it";
    EXPECT_EQ(claim(), std::vector{j.id});
    EXPECT_FALSE(run(operators.resume("webhook")).value());
}

TEST_F(Operations, PausingAQueueNobodyKnowsIsAnErrorBecauseItWouldGoUnnoticed) {
    const auto misspelt = run(operators.pause("webhok"));
    ASSERT_TRUE(misspelt.has_error());
    EXPECT_EQ(misspelt.error(), errc::not_found);
    EXPECT_EQ(run(operators.resume("Webhook!")).error(), errc::invalid_argument);
    EXPECT_EQ(say({"EXISTS", names.paused(), names.wake("webhok")}).integer(), 0);
}

TEST_F(Operations, AQueueOfTheConfigurationCanBePausedBeforeItsFirstJob) {
    EXPECT_TRUE(run(operators.pause("default")).value());
}

// --- cancel ---------------------------------------------------------------------------------------------------

TEST_F(Operations, CancellingAReadyJobLeavesNothingButItsEnd) {
    const auto j = ready();
    EXPECT_EQ(run(operators.cancel(j.id)).value(), job_state::ready);
    EXPECT_TRUE(claim().empty());
    const auto after = run(operators.show(j.id)).value();
    EXPECT_EQ(after.state, job_state::done);
    EXPECT_EQ(after.result, R"({"cancelled":true})");
    EXPECT_EQ(say({"LLEN", names.ready("webhook", priority_normal)}).integer(), 0);
    EXPECT_EQ(say({"EXISTS", names.job(), names.tries()}).integer(), 0);
}

TEST_F(Operations, CancellingAScheduledJobTakesItOutOfTheSchedule) {
    const auto j = scheduled();
    EXPECT_EQ(run(operators.cancel(j.id)).value(), job_state::scheduled);
    EXPECT_EQ(say({"EXISTS", names.later("webhook"), names.job()}).integer(), 0);
}

TEST_F(Operations, CancellingADeadJobGivesItsBytesBack) {
    const auto j = dead();
    EXPECT_GT(say({"HGET", names.meta(), "dead_bytes"}).number().value(), 0);
    EXPECT_EQ(run(operators.cancel(j.id)).value(), job_state::dead);
    EXPECT_EQ(say({"HGET", names.meta(), "dead_bytes"}).text(), "0");
    EXPECT_EQ(say({"EXISTS", names.dead(), names.job(), names.tries()}).integer(), 0);
}

TEST_F(Operations, CancellingADeadJobThatCannotBeReadWorks) {
    const auto j = quarantined(make_job(), "{not json", "bad_json");
    EXPECT_EQ(run(operators.cancel(j.id)).value(), job_state::dead);
    EXPECT_EQ(say({"EXISTS", names.dead(), names.job()}).integer(), 0);
}

TEST_F(Operations, ARunningJobCannotBeCancelledAndIsNotTouched) {
    const auto j = running();
    const auto r = run(operators.cancel(j.id));
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), errc::conflict);
    EXPECT_NE(r.error().detail.find("running on worker w1"), std::string::npos) << r.error().detail;
    settle({settlement::verb::done, j.id, j.queue, j.priority, {}, {}, {}, {}});
    EXPECT_EQ(state_of(j.id), job_state::done);
}

TEST_F(Operations, ADoneJobCannotBeCancelled) {
    const auto j = done();
    EXPECT_EQ(run(operators.cancel(j.id)).error(), errc::conflict);
}

TEST_F(Operations, CancellingFreesTheIdempotencyKey) {
    auto first = make_job();
    first.key = "order:15";
    ready(first);
    auto second = make_job();
    second.key = first.key;
    EXPECT_EQ(admit(second, admission::verb::ready).exceptions.size(), 1U) << "the key is held";

    ASSERT_TRUE(run(operators.cancel(first.id)));
    auto third = make_job();
    third.key = first.key;
    EXPECT_TRUE(admit(third, admission::verb::ready).exceptions.empty());
    EXPECT_EQ(run(operators.find_by_key(first.key)).value(), third.id);
}

TEST_F(Operations, CancellingLeavesAKeyThatAnotherJobHoldsByNow) {
    auto first = make_job();
    first.key = "order:15";
    ready(first);
    const auto holder = make_job();
    const auto held = key_value(holder.id, base::system_clock().now() + 1h);
    say({"HSET", names.held(), first.key, held});
    ASSERT_TRUE(run(operators.cancel(first.id)));
    EXPECT_EQ(run(operators.find_by_key(first.key)).value(), holder.id);
}

TEST_F(Operations, AnIdLeftBehindInAVeryLongListIsSkippedByTheWorker) {
    const auto j = ready();
    redis::command_buffer fill;
    fill.begin(10'002).arg("LPUSH").arg(names.ready("webhook", priority_normal));
    for (int i = 0; i < 10'000; ++i) fill.arg("no-such-job-" + std::to_string(i));
    ASSERT_TRUE(run(connection.exec(std::move(fill))));

    EXPECT_TRUE(run(operators.cancel(j.id)));
    EXPECT_EQ(say({"LINDEX", names.ready("webhook", priority_normal), "-1"}).text(), j.id);
    EXPECT_TRUE(claim(1).empty());
    EXPECT_EQ(state_of(j.id), job_state::done);
}

TEST_F(Operations, UnknownAndImpossibleIdsAreToldApart) {
    const auto id = base::make_ulid(base::system_clock().now());
    for (const auto& r :
         {run(operators.cancel(id)).error(), run(operators.requeue(id)).error(), run(operators.show(id)).error()}) {
        EXPECT_EQ(r, errc::not_found);
        EXPECT_NE(r.detail.find(id), std::string::npos) << r.detail;
    }
    for (const auto& r : {run(operators.cancel("42")).error(), run(operators.requeue("42")).error(),
                          run(operators.show("42")).error()}) {
        EXPECT_EQ(r, errc::invalid_argument);
        EXPECT_NE(r.detail.find("'42'"), std::string::npos) << r.detail;
    }
}

// --- requeue --------------------------------------------------------------------------------------------------

TEST_F(Operations, ADeadJobRunsAgainWithAFreshHistory) {
    const auto j = dead();
    say({"DEL", names.wake("webhook")});
    EXPECT_EQ(run(operators.requeue(j.id)).value(), job_state::dead);
    EXPECT_EQ(say({"HGET", names.meta(), "dead_bytes"}).text(), "0");
    EXPECT_EQ(say({"EXISTS", names.dead(), names.tries()}).integer(), 0);
    EXPECT_EQ(say({"ZCARD", names.wake("webhook")}).integer(), 1);
    EXPECT_EQ(claim(), std::vector{j.id});
}

TEST_F(Operations, AScheduledJobRunsNow) {
    const auto j = scheduled();
    EXPECT_EQ(run(operators.requeue(j.id)).value(), job_state::scheduled);
    EXPECT_EQ(claim(), std::vector{j.id});
    EXPECT_EQ(say({"EXISTS", names.later("webhook")}).integer(), 0);
}

TEST_F(Operations, OnlyDeadAndScheduledJobsCanBeMadeReady) {
    const auto d = done();
    const auto r = running();
    const auto w = ready();
    for (const auto& id : {w.id, r.id, d.id}) EXPECT_EQ(run(operators.requeue(id)).error(), errc::conflict);
    EXPECT_EQ(say({"LLEN", names.ready("webhook", priority_normal)}).integer(), 1) << "no second entry";
}

TEST_F(Operations, AJobWithAForgedSignatureStaysDead) {
    const auto j = make_job();
    const config::signing_key forged{"site-1", base::secret{"fedcba9876543210-not"}, {}};
    quarantined(j, sign(j, forged), "bad_signature");
    const auto r = run(operators.requeue(j.id));
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), errc::conflict);
    EXPECT_NE(r.error().detail.find("bad_signature"), std::string::npos) << r.error().detail;
    EXPECT_EQ(state_of(j.id), job_state::dead);
}

TEST_F(Operations, AJobOfAKeyThatIsConfiguredByNowIsLetIn) {
    const auto j = make_job();
    const config::signing_key later{"site-2", base::secret{"0123456789abcdef-two"}, {}};
    quarantined(j, sign(j, later), "unknown_key");
    EXPECT_EQ(run(operators.requeue(j.id)).error(), errc::conflict);

    auto wiser = settings;
    wiser.queue.signing_keys.push_back(later);
    operations informed{connection, wiser};
    EXPECT_EQ(run(informed.requeue(j.id)).value(), job_state::dead);
    EXPECT_EQ(claim(), std::vector{j.id});
}

TEST_F(Operations, AJobWhoseKeyAnotherJobHoldsByNowStaysDead) {
    auto first = make_job();
    first.key = "order:15";
    dead(first);
    const auto holder = make_job();
    const auto held = key_value(holder.id, base::system_clock().now() + 1h);
    say({"HSET", names.held(), first.key, held});
    const auto r = run(operators.requeue(first.id));
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), errc::conflict);
    EXPECT_NE(r.error().detail.find(holder.id), std::string::npos) << r.error().detail;
    EXPECT_EQ(state_of(first.id), job_state::dead);
}

TEST_F(Operations, AJobTakesAnExpiredKeyAgain) {
    auto j = make_job();
    j.key = "order:15";
    dead(j);
    say({"HDEL", names.held(), j.key});
    ASSERT_TRUE(run(operators.requeue(j.id)));
    EXPECT_EQ(run(operators.find_by_key(j.key)).value(), j.id);
}

TEST_F(Operations, AJobThatExpiredMeanwhileStaysDead) {
    auto j = make_job();
    j.expire = base::system_clock().now() + 1ms;
    dead(j);
    ASSERT_TRUE(test::eventually(20s, [&] { return base::system_clock().now() > *j.expire; }));
    EXPECT_EQ(run(operators.requeue(j.id)).error(), errc::conflict);
}

// --- requeue_dead ---------------------------------------------------------------------------------------------

class RequeueDead : public operator_world {
protected:
    /// Dead jobs in bulk, as a worker would have left them, `per_ms` of them in each millisecond.
    std::vector<std::string> bury(std::size_t count, const std::string& kind, std::int64_t per_ms = 1) {
        const auto now = base::to_epoch_ms(base::system_clock().now());
        const auto past = to_json(as_dead({}, "hook_gone", "gave up", base::system_clock().now()));
        std::vector<std::string> ids;
        redis::command_buffer all;
        for (std::size_t i = 0; i < count; ++i) {
            const auto j = make_job(kind);
            const auto died = now - 1'000'000 + static_cast<std::int64_t>(i) / per_ms;
            all.add({"HSET", names.job(), j.id, sign(j, settings.queue.signing_keys[0])});
            all.add({"HSET", names.tries(), j.id, past});
            all.add({"ZADD", names.dead(), std::to_string(died), j.id});
            ids.push_back(j.id);
        }
        EXPECT_TRUE(run(connection.exec_all(std::move(all))));
        return ids;
    }
    std::int64_t ready_count() { return say({"LLEN", names.ready("webhook", priority_normal)}).integer(); }
};

TEST_F(RequeueDead, TakesAllOfThemWhateverThePageSize) {
    bury(257, "webhook-delivery", 40);
    const auto report = run(operators.requeue_dead({}, deadline::after(10s))).value();
    EXPECT_EQ(report.requeued, 257U);
    EXPECT_EQ(report.refused, 0U);
    EXPECT_EQ(say({"ZCARD", names.dead()}).integer(), 0);
    EXPECT_EQ(ready_count(), 257);
}

TEST_F(RequeueDead, TakesOnlyTheKindAndPassesTheOthersEvenIfAllDiedAtOnce) {
    bury(150, "grant", 1'000);
    bury(150, "webhook-delivery", 1'000);
    const auto report = run(operators.requeue_dead({.kind = "webhook-delivery"}, deadline::after(10s))).value();
    EXPECT_EQ(report.requeued, 150U);
    EXPECT_EQ(say({"ZCARD", names.dead()}).integer(), 150);
}

TEST_F(RequeueDead, StopsAtTheLimitWithTheOldest) {
    const auto ids = bury(30, "webhook-delivery");
    EXPECT_EQ(run(operators.requeue_dead({.limit = 7}, deadline::after(10s))).value().requeued, 7U);
    EXPECT_EQ(ready_count(), 7);
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(state_of(ids[i]), job_state::ready);
}

TEST_F(RequeueDead, LeavesWhatMayNotRunAndSaysWhy) {
    bury(3, "webhook-delivery");
    const auto bad = quarantined(make_job(), "{}", "unsigned");
    const auto report = run(operators.requeue_dead({}, deadline::after(10s))).value();
    EXPECT_EQ(report.requeued, 3U);
    EXPECT_EQ(report.refused, 1U);
    ASSERT_EQ(report.refusals.size(), 1U);
    EXPECT_EQ(report.refusals[0].id, bad.id);
    EXPECT_NE(report.refusals[0].why.find("unsigned"), std::string::npos) << report.refusals[0].why;
    EXPECT_EQ(state_of(bad.id), job_state::dead);
}

TEST_F(RequeueDead, SurvivesAServerThatForgetsTheScript) {
    bury(5, "webhook-delivery");
    say({"SCRIPT", "FLUSH"});
    EXPECT_EQ(run(operators.requeue_dead({}, deadline::after(10s))).value().requeued, 5U);
}

}  // namespace
}  // namespace dormouse::queue
