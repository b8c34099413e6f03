// One owner (promise 2) and crash ≠ failure (promise 3), with a worker that is gone.
#include "queue/history.hpp"
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;
constexpr auto id = "01M842J7G000000000000000A1";

/// Redis as a worker killed in mid-attempt leaves it.
void leave_orphan(running_worker& w, const std::string& past = {}) {
    w.ask({"HSET", w.names().job(), id, envelope("test", "{}", std::string{R"({"id":")"} + id + "\"}")});
    if (!past.empty()) w.ask({"HSET", w.names().tries(), id, past});
    w.ask({"SADD", w.names().own("dead-worker"), id});
    w.ask({"ZADD", w.names().workers(), "1000", "dead-worker"});
}

TEST(Ownership, AnotherWorkerTakesOverWhatALostOneLeft) {
    redis_server redis;
    int crashes = -1;
    running_worker w{settings_for(redis), one_kind([&](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         crashes = a.claimed.history.crashes;
                         EXPECT_EQ(a.claimed.attempt(), 1) << "a crash is not a failed attempt";
                         co_return queue::done();
                     })};
    leave_orphan(w);
    ASSERT_TRUE(w.until([&] { return crashes == 1; }, 20s));
    EXPECT_EQ(w.ask({"ZSCORE", w.names().workers(), "dead-worker"}).type(), queue::redis::reply_type::nil);
}

TEST(Ownership, AJobThatKilledThreeWorkersIsPoison) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    leave_orphan(w, R"({"crashes":2})");
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 1; }, 20s));
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(queue::read_history(w.ask({"HGET", w.names().tries(), id}).text()).dead_reason, "worker_died");
}

TEST(Ownership, ALateOutcomeIsRefusedAndCounted) {
    redis_server redis;
    bool go = false;
    running_worker w{settings_for(redis), one_kind([&](const jobs::attempt&) -> base::awaitable<queue::outcome> {
                         boost::asio::steady_timer poll{co_await base::asio::this_coro::executor};
                         while (!go) {
                             poll.expires_after(2ms);
                             co_await poll.async_wait(boost::asio::use_awaitable);
                         }
                         co_return queue::done();
                     })};
    w.push({envelope("test", "{}", std::string{R"({"id":")"} + id + "\"}")});
    ASSERT_TRUE(w.until([&] { return w.ask({"SCARD", w.names().own(w.get().id())}).integer() == 1; }));
    // Somebody else has taken the job over.
    w.ask({"SMOVE", w.names().own(w.get().id()), w.names().own("other"), id});
    go = true;
    ASSERT_TRUE(w.until([&] { return w.get().state().running == 0; }));
    ASSERT_TRUE(w.until([&] {
        for (const auto& family : w.counts().collect())
            if (family.name == "dormouse_lost_leases_total") return family.metric.front().counter.value == 1.0;
        return false;
    }));
    EXPECT_EQ(w.ask({"ZCARD", w.names().done()}).integer(), 0) << "the new owner decides";
    EXPECT_EQ(w.ask({"HLEN", w.names().job()}).integer(), 1);
}

TEST(Ownership, AWorkerThatWasDeclaredLostDropsItsAttemptsAndComesBack) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.heartbeat = 50ms;
    int starts = 0;
    int cut = 0;
    running_worker w{s, one_kind([&](const jobs::attempt&) -> base::awaitable<queue::outcome> {
                         if (++starts > 1) co_return queue::done();
                         struct note {
                             int& cut;
                             ~note() { ++cut; }
                         } const note{cut};
                         co_return co_await hang();
                     })};
    w.push({envelope("test", "{}", std::string{R"({"id":")"} + id + "\"}")});
    ASSERT_TRUE(w.until([&] { return starts == 1; }));
    // What `recover` of another worker does.
    w.ask({"ZREM", w.names().workers(), w.get().id()});
    w.ask({"SREM", w.names().own(w.get().id()), id});
    w.ask({"RPUSH", w.names().ready("default", 1), id});
    ASSERT_TRUE(w.until([&] { return cut == 1; }));
    ASSERT_TRUE(w.until([&] { return starts == 2; })) << "it registers again and goes on";
    EXPECT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
}

TEST(Ownership, JobsThatALostAnswerHidAreReleased) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    ASSERT_TRUE(w.until([&] { return w.get().state().registered; }));
    // Redis counts the job as ours, we do not know of it: the answer of a claim was lost.
    w.ask({"HSET", w.names().job(), id, envelope("test", "{}", std::string{R"({"id":")"} + id + "\"}")});
    w.ask({"SADD", w.names().own(w.get().id()), id});
    w.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    EXPECT_TRUE(w.until([&] { return runs == 1; }));
}

TEST(Danger, AFlushIsNoticedAndTheWorkerGoesOn) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.heartbeat = 50ms;
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    ASSERT_TRUE(w.until([&] { return w.get().state().registered; }));
    w.ask({"FLUSHALL"});
    ASSERT_TRUE(w.until([&] { return w.counts().alarm(worker::redis_alarm::flushed); }));
    w.push({envelope("test")});
    EXPECT_TRUE(w.until([&] { return runs == 1; }));
}

TEST(Danger, AnEvictingRedisWithoutAofRaisesAlarms) {
    redis_server redis{{.extra = {"--maxmemory-policy", "allkeys-lru"}}};
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    EXPECT_TRUE(w.until([&] {
        return w.counts().alarm(worker::redis_alarm::eviction) && w.counts().alarm(worker::redis_alarm::no_aof);
    }));
}

}  // namespace
}  // namespace dormouse::test
