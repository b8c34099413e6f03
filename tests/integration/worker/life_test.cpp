// The life of a job through a real worker and a real Redis: outcomes, keys, priorities, bounds.
#include "queue/history.hpp"
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

TEST(Life, AnEnqueuedJobRunsOnceAndIsDone) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
    EXPECT_EQ(w.ask({"HLEN", w.names().job()}).integer(), 0);
    EXPECT_EQ(w.ask({"LLEN", w.names().in()}).integer(), 0);
    EXPECT_EQ(w.ask({"SCARD", w.names().own(w.get().id())}).integer(), 0);
}

TEST(Life, ThousandsOfJobsAllRunOnce) {
    redis_server redis;
    std::map<std::string, int> runs;
    running_worker w{settings_for(redis), one_kind([&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         ++runs[a.claimed.job.id];
                         co_return queue::done();
                     })};
    constexpr std::size_t total = 5'000;
    for (std::size_t i = 0; i < total; i += 500) {
        std::vector<std::string> batch;
        for (int k = 0; k < 500; ++k) batch.push_back(envelope("test"));
        w.push(batch);
    }
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == std::int64_t{total}; }));
    EXPECT_EQ(runs.size(), total);
    for (const auto& [id, n] : runs) ASSERT_EQ(n, 1) << id;
}

TEST(Life, ARetryRunsAgainAndEndsDoneWithoutAHistoryLeftBehind) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind([&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         EXPECT_EQ(a.claimed.attempt(), runs + 1);
                         if (++runs < 3) co_return queue::retry("refused", "not yet", queue::sent::not_sent);
                         co_return queue::done(R"({"status":200})");
                     })};
    const auto e = envelope("test", "{}", R"({"id":"01M842J7G000000000000000A1"})");
    w.push({e});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(w.ask({"HLEN", w.names().tries()}).integer(), 0);
    EXPECT_EQ(w.ask({"HGET", w.names().results(), "01M842J7G000000000000000A1"}).text(), R"({"status":200})");
}

queue::history history_of(running_worker& w, const std::string& id) {
    return queue::read_history(w.ask({"HGET", w.names().tries(), id}).text());
}

TEST(Life, TheLastAttemptThatFailsMakesTheJobDeadWithItsHistory) {
    redis_server redis;
    running_worker w{settings_for(redis), one_kind([](const jobs::attempt&) -> base::awaitable<queue::outcome> {
                         co_return queue::retry("refused", "127.0.0.1", queue::sent::not_sent);
                     })};
    w.push({envelope("test", "{}", R"({"id":"01M842J7G000000000000000A1","max_attempts":2})")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 1; }));
    const auto h = history_of(w, "01M842J7G000000000000000A1");
    EXPECT_EQ(h.attempts, 2);
    EXPECT_EQ(h.dead_reason, "exhausted");
    EXPECT_EQ(h.first_error, "refused: 127.0.0.1");
    EXPECT_EQ(w.ask({"HLEN", w.names().job()}).integer(), 1) << "a dead job keeps its envelope";
}

TEST(Life, ADeferSpendsNoAttempt) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind([&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         EXPECT_EQ(a.claimed.attempt(), 1);
                         if (++runs < 4) co_return queue::defer(a.now + 10ms, "breaker_open");
                         co_return queue::done();
                     })};
    w.push({envelope("test", "{}", R"({"max_attempts":1})")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
    EXPECT_EQ(runs, 4);
}

TEST(Life, ADropIsDoneAndSaysWhy) {
    redis_server redis;
    running_worker w{settings_for(redis), one_kind([](const jobs::attempt&) -> base::awaitable<queue::outcome> {
                         co_return queue::drop("hook_gone", "hook 7 does not exist");
                     })};
    w.push({envelope("test", "{}", R"({"id":"01M842J7G000000000000000A1"})")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
    EXPECT_EQ(w.ask({"HGET", w.names().results(), "01M842J7G000000000000000A1"}).text(),
              R"({"dropped":"hook_gone","detail":"hook 7 does not exist"})");
}

// A handler that misbehaves costs its own attempt only.
struct misbehaviour {
    const char* name;
    std::function<base::awaitable<queue::outcome>()> body;
    const char* reason;
};

class Misbehaviour : public testing::TestWithParam<misbehaviour> {};

TEST_P(Misbehaviour, CostsThatAttemptOnly) {
    redis_server redis;
    int good = 0;
    std::vector<std::unique_ptr<scripted_kind>> kinds;
    kinds.push_back(std::make_unique<scripted_kind>(
        "bad", [](const jobs::attempt&) -> base::awaitable<queue::outcome> { return GetParam().body(); }));
    kinds.back()->timeout = 50ms;
    kinds.push_back(std::make_unique<scripted_kind>("good", counting(good)));
    running_worker w{settings_for(redis), std::move(kinds)};
    w.push({envelope("bad", "{}", R"({"id":"01M842J7G000000000000000A1","max_attempts":1})"), envelope("good")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 1 && good == 1; }));
    EXPECT_NE(history_of(w, "01M842J7G000000000000000A1").first_error.find(GetParam().reason), std::string::npos)
        << history_of(w, "01M842J7G000000000000000A1").first_error;
    w.push({envelope("good")});
    EXPECT_TRUE(w.until([&] { return good == 2; }));
}

base::awaitable<queue::outcome> throw_std() {
    throw std::runtime_error{"the handler broke"};
    co_return queue::done();
}
base::awaitable<queue::outcome> throw_int() {
    throw 42;
    co_return queue::done();
}
base::awaitable<queue::outcome> rubbish() {
    queue::outcome o;
    o.what = static_cast<queue::outcome::verb>(77);
    co_return o;
}
base::awaitable<queue::outcome> defer_without_time() {
    queue::outcome o;
    o.what = queue::outcome::verb::defer;
    o.reason = "x";
    co_return o;
}

INSTANTIATE_TEST_SUITE_P(Handlers, Misbehaviour,
                         testing::Values(misbehaviour{"Throws", throw_std, "the handler broke"},
                                         misbehaviour{"ThrowsAnInt", throw_int, "exception"},
                                         misbehaviour{"Hangs", hang, "timeout"},
                                         misbehaviour{"ReturnsRubbish", rubbish, "bad_outcome"},
                                         misbehaviour{"DefersWithoutATime", defer_without_time, "bad_outcome"}),
                         [](const auto& i) { return i.param.name; });

TEST(Key, ASecondJobWithALiveKeyDoesNotRunAndNamesTheFirst) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    w.push({envelope("test", "{}", R"({"id":"01M842J7G000000000000000A1","key":"grant:1"})")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    w.push({envelope("test", "{}", R"({"id":"01M842J7G000000000000000A2","key":"grant:1"})"),
            envelope("test", "{}", R"({"id":"01M842J7G000000000000000A3","key":"grant:2"})")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 3; }));
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(w.ask({"HGET", w.names().results(), "01M842J7G000000000000000A2"}).text(),
              R"({"duplicate_of":"01M842J7G000000000000000A1"})");
    EXPECT_TRUE(w.ask({"HGET", w.names().held(), "grant:1"}).text().starts_with("01M842J7G000000000000000A1 "));
}

TEST(Key, TwoJobsWithOneKeyInOneBatchRunOnce) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    std::vector<std::string> batch;
    for (int i = 0; i < 200; ++i) batch.push_back(envelope("test", "{}", R"({"key":"once"})"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 200; }));
    EXPECT_EQ(runs, 1);
}

TEST(Key, AnExpiredKeyIsFree) {
    redis_server redis;
    auto s = settings_for(redis);
    s.queue.key_keep = 1ms;
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    w.push({envelope("test", "{}", R"({"key":"k"})")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    w.push({envelope("test", "{}", R"({"key":"k"})")});
    EXPECT_TRUE(w.until([&] { return runs == 2; }));
}

TEST(Key, ARetriedJobKeepsItsKeyBeyondItsNextTry) {
    redis_server redis;
    auto s = settings_for(redis);
    s.queue.key_keep = 1h;
    std::vector<std::unique_ptr<scripted_kind>> kinds =
        one_kind([](const jobs::attempt&) -> base::awaitable<queue::outcome> {
            co_return queue::retry("refused", "", queue::sent::not_sent);
        });
    kinds.front()->retry_after = 48h;
    running_worker w{s, std::move(kinds)};
    w.push({envelope("test", "{}", R"({"key":"k"})")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().later("default")}).integer() == 1; }));
    const auto value = std::string{w.ask({"HGET", w.names().held(), "k"}).text()};
    const auto until = std::stoll(value.substr(value.find(' ') + 1));
    EXPECT_GT(until, base::to_epoch_ms(base::system_clock().now() + 48h));
}

TEST(Replay, AnIdThatIsKnownIsNotRunAgain) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    const auto e = envelope("test");
    w.push({e, e});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 1; }));
    w.push({e});
    ASSERT_TRUE(w.until([&] { return w.ask({"LLEN", w.names().in()}).integer() == 0; }));
    int later = 0;
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 2; })) << later;
    EXPECT_EQ(w.ask({"ZCARD", w.names().done()}).integer(), 2);
}

TEST(Priority, AHighJobOvertakesOneSlotOfWaitingNormalAndLowOnes) {
    redis_server redis;
    auto s = settings_for(redis);
    s.worker.slots = 1;
    std::vector<int> order;
    running_worker w{s, one_kind([&order](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         order.push_back(a.claimed.job.priority);
                         co_return queue::done();
                     })};
    std::vector<std::string> batch;
    for (int i = 0; i < 30; ++i)
        batch.push_back(envelope("test", "{}", i % 2 == 0 ? R"({"prio":2})" : R"({"prio":1})"));
    for (int i = 0; i < 5; ++i) batch.push_back(envelope("test", "{}", R"({"prio":0})"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return order.size() == 35; }));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Bounds, DoneAndDeadJobsAreKeptUpToTheirNumber) {
    redis_server redis;
    auto s = settings_for(redis);
    s.queue.done_keep = 100;
    s.queue.dead_keep = 50;
    s.worker.heartbeat = 50ms;
    int runs = 0;
    running_worker w{s, one_kind([&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         ++runs;
                         if (a.claimed.job.args.contains("die")) co_return queue::dead("gone", "410");
                         co_return queue::done(R"({"n":1})");
                     })};
    std::vector<std::string> batch;
    for (int i = 0; i < 300; ++i) batch.push_back(envelope("test", i % 2 == 0 ? "{}" : R"({"die":1})"));
    w.push(batch);
    ASSERT_TRUE(w.until([&] { return runs == 300; }));
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 50; }));
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 100; }));
    EXPECT_TRUE(w.until([&] { return w.ask({"HLEN", w.names().job()}).integer() == 50; }));
    EXPECT_EQ(w.ask({"HLEN", w.names().results()}).integer(), 100);
    EXPECT_EQ(w.ask({"HLEN", w.names().tries()}).integer(), 50);
    EXPECT_GT(w.ask({"HGET", w.names().meta(), "dead_bytes"}).number().value_or(0), 0);
}

TEST(Expiry, AJobThatIsTooLateIsDeadAndDoesNotRun) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    w.ask({"SADD", w.names().paused(), "default"});
    const auto soon = std::to_string(base::to_epoch_ms(base::system_clock().now() + 150ms));
    w.push({envelope("test", "{}", R"({"expire":)" + soon + "}")});
    ASSERT_TRUE(w.until([&] { return base::to_epoch_ms(base::system_clock().now()) > std::stoll(soon); }));
    w.ask({"SREM", w.names().paused(), "default"});
    w.ask({"ZADD", w.names().wake("default"), "0", "w"});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 1; }));
    EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace dormouse::test
