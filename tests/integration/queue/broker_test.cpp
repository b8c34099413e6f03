// The worker's verbs against a real Redis, where no worker is needed to see them: limits, bounds, order, staleness.
#include "queue/scripts.hpp"
#include "tests/integration/queue/operator_world.hpp"

#include <gmock/gmock.h>

#include <regex>
#include <set>

namespace dormouse::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Broker : public operator_world {
protected:
    std::string put(const job& j) {
        EXPECT_TRUE(run(operators.enqueue(sign(j, settings.queue.signing_keys[0]))));
        return j.id;
    }
    static admission ready_of(const job& j) {
        return {admission::verb::ready, j.id, j.queue, j.priority, j.key, {}, {}};
    }
    base::result<admit_reply> admit_now(broker& b, const intake_batch& read, std::vector<admission> batch) {
        return run(b.admit(read.admitted, std::move(batch), false, base::system_clock().now(), {}));
    }
};

TEST_F(Broker, OfTwoWorkersThatReadTheSameEnvelopesOneAdmitsThem) {
    broker other{connection, names, "w2", settings.queue, base::ms{60'000}, {"webhook"}};
    const auto j = make_job();
    put(j);
    const auto mine = run(worker.peek(10, {})).value();
    const auto theirs = run(other.peek(10, {})).value();
    ASSERT_EQ(mine.envelopes, theirs.envelopes);

    EXPECT_FALSE(admit_now(worker, mine, {ready_of(j)}).value().stale);
    put(make_job());
    EXPECT_TRUE(admit_now(other, theirs, {ready_of(j)}).value().stale);
    EXPECT_THAT(claim(), ElementsAre(j.id)) << "admitted once";
    EXPECT_EQ(say({"LLEN", names.in()}).integer(), 1) << "the newer envelope is still there";
}

TEST_F(Broker, AStampThatComesTooLateChangesNothing) {
    const auto j = make_job();
    put(j);
    const auto late = run(worker.peek(10, {})).value();
    ASSERT_FALSE(admit_now(worker, late, {ready_of(j)}).value().stale);
    ASSERT_TRUE(run(operators.enqueue("another")));
    EXPECT_FALSE(run(worker.stamp(late.admitted, {0}, {"#1\nmine"}, {})).value());
    EXPECT_THAT(run(worker.peek(10, {})).value().envelopes, ElementsAre("another"));
}

TEST_F(Broker, AJobAdmittedIntoALaneIsClaimedFromThere) {
    const auto in_lane = make_job();
    const auto ready = make_job();
    put(in_lane);
    put(ready);
    auto parked = ready_of(in_lane);
    parked.lane = "hook:1";
    const auto read = run(worker.peek(10, {})).value();
    ASSERT_FALSE(admit_now(worker, read, {parked, ready_of(ready)}).value().stale);
    EXPECT_THAT(claim(), ElementsAre(ready.id));
    EXPECT_TRUE(say({"SISMEMBER", names.lanes(), lane_member(in_lane.queue, "hook:1")}).integer());
    EXPECT_EQ(say({"LLEN", names.lane(in_lane.queue, "hook:1")}).integer(), 1);
    work_request r;
    r.sources = {{in_lane.queue, priority_normal, "hook:1", 4}};
    r.claim = 4;
    const auto reply = run(worker.work(r, {})).value();
    ASSERT_EQ(reply.claimed.size(), 1U);
    EXPECT_EQ(reply.claimed.front().job.id, in_lane.id);
    EXPECT_EQ(say({"SCARD", names.lanes()}).integer(), 0);
}

TEST_F(Broker, AdmitOfMoreThanTheIntakeHoldsIsRefusedAsAWhole) {
    const auto j = make_job();
    put(j);
    const auto read = run(worker.peek(10, {})).value();
    EXPECT_FALSE(admit_now(worker, read, {ready_of(j), ready_of(make_job())}));
    EXPECT_EQ(say({"LLEN", names.in()}).integer(), 1);
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_F(Broker, ClaimsFromSourcesInTheOrderGivenAndNoMoreThanEachMayGive) {
    std::vector<std::string> ids;
    for (const int p : {priority_high, priority_normal, priority_low})
        for (int i = 0; i < 3; ++i) {
            auto j = make_job();
            j.priority = p;
            ids.push_back(ready(j).id);
        }
    work_request r;
    r.claim = 6;
    r.sources = {
        {"webhook", priority_low, {}, 2}, {"webhook", priority_high, {}, 3}, {"webhook", priority_normal, {}, 9}};
    const auto reply = run(worker.work(r, {})).value();
    std::vector<std::string> got;
    for (const auto& c : reply.claimed) got.push_back(c.job.id);
    EXPECT_THAT(got, ElementsAre(ids[6], ids[7], ids[0], ids[1], ids[2], ids[3]));
    EXPECT_THAT(reply.claims_per_source, ElementsAre(2, 3, 1));
    EXPECT_TRUE(reply.more);
}

TEST_F(Broker, AWorkerWithoutALeaseGetsNothingAndIsTold) {
    const auto j = ready();
    say({"ZREM", names.workers(), "w1"});
    work_request r;
    r.claim = 5;
    r.sources = {{"webhook", priority_normal, {}, 5}};
    const auto reply = run(worker.work(r, {})).value();
    EXPECT_FALSE(reply.lease_known);
    EXPECT_THAT(reply.claimed, IsEmpty());
    EXPECT_EQ(state_of(j.id), job_state::ready);
}

TEST_F(Broker, TheLargestBatchIsAdmittedClaimedAndEndedInOneCallEach) {
    constexpr int most = 256;
    std::vector<admission> batch;
    for (int i = 0; i < most; ++i) {
        auto j = make_job();
        j.key = "order:" + std::to_string(i);
        put(j);
        batch.push_back(ready_of(j));
    }
    const auto read = run(worker.peek(most, {})).value();
    EXPECT_THAT(admit_now(worker, read, batch).value().exceptions, IsEmpty());

    work_request r;
    r.claim = most;
    r.sources = {{"webhook", priority_normal, {}, most}};
    const auto claimed = run(worker.work(r, {})).value().claimed;
    ASSERT_EQ(claimed.size(), static_cast<std::size_t>(most));
    work_request acks;
    for (const auto& c : claimed) acks.acks.push_back(c.job.id);
    EXPECT_THAT(run(worker.work(acks, {})).value().lost, IsEmpty());
    EXPECT_EQ(say({"HLEN", names.job()}).integer(), 0);
    EXPECT_EQ(say({"ZCARD", names.done()}).integer(), most);
}

TEST_F(Broker, DueJobsArePromotedAThousandACallAndTheRestIsAnnounced) {
    constexpr int count = 1'500;
    redis::command_buffer fill;
    for (int i = 0; i < count; ++i)
        fill.add({"ZADD", names.later("webhook"), std::to_string(i + 1),
                  later_member(priority_normal, "id" + std::to_string(i))});
    ASSERT_TRUE(run(connection.exec_all(std::move(fill), {})));
    const auto first = run(worker.work({}, {})).value();
    EXPECT_EQ(say({"LLEN", names.ready("webhook", priority_normal)}).integer(), 1'000);
    ASSERT_TRUE(first.next_due);
    EXPECT_LE(*first.next_due, first.now) << "come back at once";
    const auto second = run(worker.work({}, {})).value();
    EXPECT_EQ(say({"LLEN", names.ready("webhook", priority_normal)}).integer(), count);
    EXPECT_FALSE(second.next_due);
    EXPECT_EQ(say({"LINDEX", names.ready("webhook", priority_normal), "-1"}).text(), "id0")
        << "the first due runs first";
}

TEST_F(Broker, DeadJobsStayWithinTheirBytes) {
    for (int i = 0; i < 60; ++i) dead();
    const std::string before{say({"HGET", names.meta(), "dead_bytes"}).text()};
    EXPECT_GT(std::stoll(before), 60 * 100);
    settings.queue.dead_bytes = 1'000;
    broker tidy{connection, names, "w1", settings.queue, base::ms{60'000}, {"webhook"}};
    EXPECT_EQ(run(tidy.trim({})).value().dead, 50U) << "the oldest, a step at a time";
    EXPECT_EQ(run(tidy.trim({})).value().dead, 10U);
    EXPECT_EQ(run(tidy.trim({})).value().dead, 0U);
    EXPECT_EQ(say({"HGET", names.meta(), "dead_bytes"}).text(), "0");
    EXPECT_EQ(say({"HLEN", names.job()}).integer() + say({"HLEN", names.tries()}).integer(), 0);
}

TEST_F(Broker, IdempotencyKeysAreForgottenWhenTheirTimeIsOver) {
    const auto now = base::system_clock().now();
    for (int i = 0; i < 2'000; ++i)
        say({"HSET", names.held(), "k" + std::to_string(i), key_value("id", i % 2 == 0 ? now - 1h : now + 1h)});
    say({"HSET", names.held(), "broken", "nonsense"});
    std::uint64_t forgotten = 0;
    for (int step = 0; step < 50 && forgotten < 1'001; ++step) forgotten += run(worker.trim({})).value().keys;
    EXPECT_EQ(forgotten, 1'001U);
    EXPECT_EQ(say({"HLEN", names.held()}).integer(), 1'000);
}

// Redis 6.2 is the oldest server that is supported (Debian 11, Valkey's ancestor): newer commands must not slip in.
TEST_F(Broker, ScriptsUseOnlyCommandsOfRedis62) {
    static const std::regex call_of{R"(call\('([A-Z]+)')"};
    std::set<std::string> used;
    for (const auto* s : the_scripts().all())
        for (std::sregex_iterator it{s->body().begin(), s->body().end(), call_of}, end; it != end; ++it)
            used.insert((*it)[1]);
    // The word is chosen at run time there: `call(verb == 'l' and 'ZADD' or 'LPUSH', …`.
    used.insert({"ZADD", "LPUSH"});
    static const std::set<std::string> in_62{"EXISTS",
                                             "HDEL",
                                             "HEXISTS",
                                             "HGET",
                                             "HINCRBY",
                                             "HMGET",
                                             "HSCAN",
                                             "HSET",
                                             "HSETNX",
                                             "HSTRLEN",
                                             "LLEN",
                                             "LPOS",
                                             "LPUSH",
                                             "LRANGE",
                                             "LREM",
                                             "LSET",
                                             "LTRIM",
                                             "RPUSH",
                                             "SADD",
                                             "SCARD",
                                             "SISMEMBER",
                                             "SMEMBERS",
                                             "SMISMEMBER",
                                             "SRANDMEMBER",
                                             "SREM",
                                             "TIME",
                                             "ZADD",
                                             "ZCARD",
                                             "ZCOUNT",
                                             "ZLEXCOUNT",
                                             "ZMSCORE",
                                             "ZRANGE",
                                             "ZRANGEBYSCORE",
                                             "ZREMRANGEBYRANK",
                                             "ZREMRANGEBYSCORE",
                                             "ZREM",
                                             "ZSCORE"};
    EXPECT_GT(used.size(), 20U);
    for (const auto& command : used) EXPECT_TRUE(in_62.contains(command)) << command << ": since which version?";
}

}  // namespace
}  // namespace dormouse::queue
