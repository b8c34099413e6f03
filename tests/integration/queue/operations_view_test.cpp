// depth, list, show, find_by_key.
#include "tests/integration/queue/operator_world.hpp"

#include <algorithm>

namespace dormouse::queue {
namespace {

class Views : public operator_world {
protected:
    std::vector<std::string> ids_of(list_request r) {
        std::vector<std::string> out;
        for (const auto& j : run(operators.list(std::move(r))).value().jobs) out.push_back(j.id);
        return out;
    }
    void park(const job& j, const std::string& lane) {
        EXPECT_EQ(claim(), std::vector{j.id});
        settle({settlement::verb::park, j.id, j.queue, j.priority, lane, {}, {}, {}});
    }
};

TEST_F(Views, DepthCountsEachJobOnce) {
    dead();
    done();
    running();
    const auto parked = ready();
    park(parked, "https://x");
    ready();
    auto urgent = make_job();
    urgent.priority = priority_high;
    ready(urgent);
    scheduled();
    EXPECT_TRUE(run(operators.enqueue("not admitted yet")));
    EXPECT_TRUE(run(operators.pause("default")));

    const auto d = run(operators.depth()).value();
    EXPECT_EQ(d.intake, 1U);
    EXPECT_EQ(d.running, 1U);
    EXPECT_EQ(d.workers, 1U);
    EXPECT_EQ(d.done, 1U);
    EXPECT_EQ(d.dead, 1U);
    EXPECT_TRUE(d.oldest_dead.has_value());
    ASSERT_EQ(d.queues.size(), 2U);
    EXPECT_EQ(d.queues[0].queue, "default");
    EXPECT_TRUE(d.queues[0].paused);
    EXPECT_EQ(d.queues[1].queue, "webhook");
    EXPECT_EQ(d.queues[1].ready, 3U) << "two priorities and a lane";
    EXPECT_EQ(d.queues[1].scheduled, 1U);
    EXPECT_FALSE(d.queues[1].paused);
    EXPECT_FALSE(d.queues[1].overdue) << "due in an hour";
}

TEST_F(Views, DepthOfAnUntouchedSiteIsEmpty) {
    const auto d = run(operators.depth()).value();
    EXPECT_TRUE(d.queues.empty());
    EXPECT_EQ(d.dead + d.done + d.running + d.intake, 0U);
    EXPECT_FALSE(d.oldest_dead);
}

TEST_F(Views, DepthTellsHowOldAndHowLateThingsAre) {
    auto old = make_job();
    old.id = base::make_ulid(base::system_clock().now() - 2h);
    ready(old);
    ready();
    auto late = make_job();
    late.at = base::system_clock().now() - 5min;
    scheduled(late);
    const auto d = run(operators.depth()).value();
    ASSERT_EQ(d.queues.size(), 1U);
    EXPECT_GE(d.queues[0].oldest_ready.value(), 2h);
    EXPECT_LT(d.queues[0].oldest_ready.value(), 2h + 1min);
    EXPECT_GE(d.queues[0].overdue.value(), 5min);
}

TEST_F(Views, AWorkerWhoseLeaseEndedIsNotCountedButItsJobsAre) {
    running();
    say({"ZADD", names.workers(), "1", "w1"});
    const auto d = run(operators.depth()).value();
    EXPECT_EQ(d.workers, 0U);
    EXPECT_EQ(d.running, 1U);
}

TEST_F(Views, ListsReadyJobsOldestFirstLanesLast) {
    const auto a = ready();
    park(a, "https://x");
    const auto b = ready();
    const auto c = ready();
    auto urgent = make_job();
    urgent.priority = priority_high;
    ready(urgent);
    EXPECT_EQ(ids_of({}), (std::vector{urgent.id, b.id, c.id, a.id}));
}

TEST_F(Views, PagesFollowOneAnotherWithoutGapOrRepetition) {
    std::vector<std::string> all;
    for (int i = 0; i < 7; ++i) all.push_back(ready().id);
    std::vector<std::string> seen;
    list_request r;
    r.limit = 3;
    for (std::optional<std::size_t> next = 0; next;) {
        r.offset = *next;
        const auto page = run(operators.list(r)).value();
        for (const auto& j : page.jobs) seen.push_back(j.id);
        next = page.next;
    }
    EXPECT_EQ(seen, all);
}

TEST_F(Views, ListsScheduledJobsByDueTimeOverAllQueues) {
    const auto now = base::system_clock().now();
    auto second = make_job();
    second.at = now + 2h;
    scheduled(second);
    auto first = make_job("grant");
    first.at = now + 1h;
    first.queue = "default";
    scheduled(first);
    const auto page = run(operators.list({.state = job_state::scheduled})).value();
    ASSERT_EQ(page.jobs.size(), 2U);
    EXPECT_EQ(page.jobs[0].id, first.id);
    EXPECT_EQ(page.jobs[0].kind, "grant");
    EXPECT_EQ(page.jobs[0].at, std::optional{*first.at});
    EXPECT_EQ(ids_of({.state = job_state::scheduled, .queue = "webhook"}), std::vector{second.id});
    EXPECT_EQ(ids_of({.state = job_state::scheduled, .limit = 1, .offset = 1}), std::vector{second.id});
}

TEST_F(Views, ListsRunningJobsWithTheirWorker) {
    const auto j = running();
    const auto page = run(operators.list({.state = job_state::running})).value();
    ASSERT_EQ(page.jobs.size(), 1U);
    EXPECT_EQ(page.jobs[0].id, j.id);
    EXPECT_EQ(page.jobs[0].worker, "w1");
    EXPECT_EQ(page.jobs[0].queue, "webhook");
}

TEST_F(Views, ListsDeadJobsWithTheirReasonPickedByKind) {
    dead(make_job("grant"), "no_such_user");
    const auto j = dead();
    const auto unreadable = quarantined(make_job(), "{not json", "bad_json");
    const auto page = run(operators.list({.state = job_state::dead, .kind = "webhook-delivery"})).value();
    ASSERT_EQ(page.jobs.size(), 1U);
    EXPECT_EQ(page.jobs[0].id, j.id);
    EXPECT_EQ(page.jobs[0].note, "hook_gone");
    EXPECT_FALSE(page.next);
    const auto all = run(operators.list({.state = job_state::dead})).value();
    ASSERT_EQ(all.jobs.size(), 3U);
    EXPECT_TRUE(std::any_of(all.jobs.begin(), all.jobs.end(),
                            [&](const auto& d) { return d.id == unreadable.id && d.kind.empty(); }));
}

TEST_F(Views, ASearchGoesOverManyPages) {
    redis::command_buffer all;
    for (int i = 0; i < 2'500; ++i) {
        const auto j = make_job(i % 1'000 == 0 ? "grant" : "webhook-delivery");
        all.add({"HSET", names.job(), j.id, to_json(j)});
        all.add({"ZADD", names.dead(), std::to_string(i), j.id});
    }
    ASSERT_TRUE(run(connection.exec_all(std::move(all))));
    list_request r{.state = job_state::dead, .queue = {}, .kind = "grant", .limit = 2};
    const auto page = run(operators.list(r)).value();
    EXPECT_EQ(page.jobs.size(), 2U);
    ASSERT_EQ(page.next, std::optional<std::size_t>{2});
    r.offset = *page.next;
    const auto last = run(operators.list(r)).value();
    EXPECT_EQ(last.jobs.size(), 1U);
    EXPECT_FALSE(last.next);
    EXPECT_FALSE(last.gave_up);
}

TEST_F(Views, ListsDoneJobsNewestFirstWithTheirResult) {
    const auto j = done(make_job(), R"({"status":200})");
    const auto page = run(operators.list({.state = job_state::done})).value();
    ASSERT_EQ(page.jobs.size(), 1U);
    EXPECT_EQ(page.jobs[0].id, j.id);
    EXPECT_EQ(page.jobs[0].note, R"({"status":200})");
    EXPECT_TRUE(page.jobs[0].kind.empty());
}

TEST_F(Views, ListRefusesWhatItCannotDo) {
    EXPECT_EQ(run(operators.list({.limit = 0})).error(), errc::invalid_argument);
    EXPECT_EQ(run(operators.list({.limit = 1'001})).error(), errc::invalid_argument);
    EXPECT_EQ(run(operators.list({.offset = 1'000'001})).error(), errc::invalid_argument);
    EXPECT_EQ(run(operators.list({.state = job_state::done, .kind = "grant"})).error(), errc::invalid_argument);
    EXPECT_EQ(run(operators.list({.queue = "nowhere"})).error(), errc::not_found);
}

TEST_F(Views, ShowsAJobInEachState) {
    auto j = make_job();
    j.key = "order:15";
    ready(j);
    auto v = run(operators.show(j.id)).value();
    EXPECT_EQ(v.state, job_state::ready);
    ASSERT_TRUE(v.job);
    EXPECT_EQ(v.job->key, "order:15");
    EXPECT_EQ(v.job->args.at("hook_id").as_int64(), 7);

    ASSERT_EQ(claim(), std::vector{j.id});
    v = run(operators.show(j.id)).value();
    EXPECT_EQ(v.state, job_state::running);
    EXPECT_EQ(v.worker, "w1");

    const auto due = base::system_clock().now() + 1h;
    const auto past = after_outcome({}, retry("timeout", "no answer", sent::maybe), base::system_clock().now());
    settle({settlement::verb::later, j.id, j.queue, j.priority, {}, j.key, due, to_json(past)});
    v = run(operators.show(j.id)).value();
    EXPECT_EQ(v.state, job_state::scheduled);
    EXPECT_EQ(v.at, std::optional{due});
    EXPECT_EQ(v.history.attempts, 1);
    EXPECT_EQ(v.history.last_error, "timeout: no answer");

    EXPECT_EQ(state_of(dead().id), job_state::dead);
    v = run(operators.show(done(make_job(), R"({"status":204})").id)).value();
    EXPECT_EQ(v.state, job_state::done);
    EXPECT_EQ(v.result, R"({"status":204})");
    EXPECT_FALSE(v.job);
}

TEST_F(Views, ADuplicateNamesTheJobThatHoldsTheKey) {
    auto first = make_job();
    first.key = "order:15";
    ready(first);
    auto second = make_job();
    second.key = first.key;
    admit(second, admission::verb::ready);
    const auto v = run(operators.show(second.id)).value();
    EXPECT_EQ(v.state, job_state::done);
    EXPECT_EQ(v.result, R"({"duplicate_of":")" + first.id + R"("})");
    EXPECT_EQ(run(operators.find_by_key(first.key)).value(), first.id);
}

TEST_F(Views, AnUnreadableEnvelopeIsShownWithWhatIsWrongWithIt) {
    const auto j = quarantined(make_job(), "{not json", "bad_json");
    const auto v = run(operators.show(j.id)).value();
    EXPECT_EQ(v.state, job_state::dead);
    EXPECT_FALSE(v.job);
    EXPECT_NE(v.unreadable.find("bad_json"), std::string::npos) << v.unreadable;
    EXPECT_EQ(v.history.dead_reason, "bad_json");
}

TEST_F(Views, AKeyNobodyHoldsIsNotFound) {
    EXPECT_EQ(run(operators.find_by_key("order:16")).error(), errc::not_found);
    EXPECT_EQ(run(operators.find_by_key("")).error(), errc::invalid_argument);
    say({"HSET", names.held(), "old", key_value(make_job().id, base::from_epoch_ms(5))});
    EXPECT_EQ(run(operators.find_by_key("old")).error(), errc::not_found) << "held until long ago";
}

}  // namespace
}  // namespace dormouse::queue
