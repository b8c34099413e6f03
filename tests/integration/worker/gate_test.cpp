// The gate in a running worker: what waits for a target costs nothing and spends nothing, and comes back in order.
#include "tests/integration/worker/kinds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using steady = std::chrono::steady_clock;

queue::outcome bad(const std::string& host = "h", const std::string& failure = {}) {
    auto o = queue::retry("test", "", failure.empty() ? queue::sent::answered : queue::sent::not_sent);
    o.contact = {host, queue::health::bad, failure};
    return o;
}

queue::outcome good(const std::string& host = "h") {
    auto o = queue::done();
    o.contact = {host, queue::health::good, {}};
    return o;
}

std::vector<std::string> jobs(int count, const std::string& args) {
    std::vector<std::string> out;
    out.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) out.push_back(envelope("test", args));
    return out;
}

/// A target that is down or up, as the test says; remembers who called it when.
class target_double {
public:
    bool up = false;
    bool hold = false;  ///< Whoever calls waits until this is false.
    std::vector<steady::time_point> calls{};
    std::vector<int> in_flight{};  ///< At the start of each call, itself included.
    int running = 0;
    int others = 0;  ///< Jobs without a target that ran.

    [[nodiscard]] scripted_kind::body body() {
        return [this](const jobs::attempt& a) { return run(*this, a); };
    }

private:
    static base::awaitable<queue::outcome> run(target_double& self, const jobs::attempt& a) {
        if (!a.claimed.job.args.contains("target")) {
            ++self.others;
            co_return queue::done();
        }
        self.calls.push_back(steady::now());
        self.in_flight.push_back(++self.running);
        boost::asio::steady_timer poll{co_await base::asio::this_coro::executor};
        do {
            poll.expires_after(1ms);
            co_await poll.async_wait(boost::asio::use_awaitable);
        } while (self.hold);
        --self.running;
        co_return self.up ? good() : bad();
    }
};

/// How the jobs of a target may wait: in a lane of their own, without any, or in line for a limit.
struct kind_of_wait {
    std::string name;
    std::string args;
    std::string list;  ///< Where they are parked.
};

class GateOf : public testing::TestWithParam<kind_of_wait> {
protected:
    GateOf() {
        rules.breaker.first_pause = 30s;
        settings.worker.slots = 16;
        settings.worker.limits = {{.limit = "line:{line}", .kind = {}, .running = 1, .per_minute = 0}};
    }
    void start() {
        auto kinds = one_kind(target.body());
        kinds.front()->retry_after = 1h;
        w.emplace(settings, std::move(kinds), rules);
    }
    void push(int count) { w->push(jobs(count, GetParam().args)); }
    [[nodiscard]] std::int64_t parked() {
        return w->ask({"LLEN", w->names().lane("default", GetParam().list)}).integer();
    }
    [[nodiscard]] std::int64_t done() { return w->ask({"ZCARD", w->names().done()}).integer(); }
    [[nodiscard]] std::int64_t scripts_run() {
        const std::string text{w->ask({"INFO", "commandstats"}).text()};
        const auto at = text.find("cmdstat_evalsha:calls=");
        return std::atoll(text.c_str() + at + 22);
    }
    /// Lets the worker do something else, to see what it does besides.
    void do_something_else(int count) {
        for (int i = 0; i < count; ++i) {
            const int before = target.others;
            w->push({envelope("test")});
            ASSERT_TRUE(w->until([&] { return target.others > before; }));
        }
    }

    redis_server redis;
    config::settings settings = settings_for(redis);
    worker::gate_rules rules;
    target_double target;
    std::optional<running_worker> w;
};

TEST_P(GateOf, FiveBadOnesCloseItAndTheRestWaitsWithoutAnAttempt) {
    settings.worker.per_endpoint = 1;
    settings.worker.slots = 1;
    start();
    push(60);
    ASSERT_TRUE(w->until([&] { return parked() == 55; }));
    do_something_else(3);
    EXPECT_EQ(target.calls.size(), 5U);
    EXPECT_EQ(w->ask({"HLEN", w->names().tries()}).integer(), 5) << "only those that ran have a history";
    EXPECT_EQ(w->get().state().running, 0U);
}

TEST_P(GateOf, TenThousandThatWaitCostNothing) {
    start();
    for (int i = 0; i < 10; ++i) push(1'000);
    ASSERT_TRUE(w->until([&] { return target.calls.size() + static_cast<std::size_t>(parked()) == 10'000; }, 60s));
    const auto calls = target.calls.size();
    EXPECT_LE(calls, 20U) << "what was on its way when it opened";
    const auto before = scripts_run();
    do_something_else(20);
    EXPECT_LE(scripts_run() - before, 20 * 6) << "nothing is claimed and parked again";
    EXPECT_EQ(target.calls.size(), calls);
}

TEST_P(GateOf, AfterThePauseOneIsSentAtATimeAndThenTheyComeBackSlowly) {
    rules.breaker.first_pause = 100ms;
    settings.worker.per_endpoint = 16;
    start();
    push(5);
    ASSERT_TRUE(w->until([&] { return target.calls.size() == 5 && target.running == 0; }));
    target.up = true;
    target.hold = true;
    push(100);
    ASSERT_TRUE(w->until([&] { return target.calls.size() == 6; }));
    do_something_else(5);
    EXPECT_EQ(target.calls.size(), 6U) << "one probe, however many wait";
    EXPECT_GE(target.calls[5] - target.calls[4], 100ms);
    target.hold = false;
    ASSERT_TRUE(w->until([&] { return target.calls.size() == 105 && target.running == 0; }));
    // The k-th call after the pause meets at most k-1 successes: three probes, then 1, 2, 4 …
    for (std::size_t k = 0; k < 100; ++k) {
        const int allowed = k < 4 ? 1 : k < 16 ? 1 << (k - 3) : 16;
        EXPECT_LE(target.in_flight[5 + k], allowed) << k;
    }
    ASSERT_TRUE(w->until([&] { return done() == 100 + target.others; }));
    EXPECT_EQ(parked(), 0);
}

TEST_P(GateOf, AProbeThatFailsClosesItForTwiceAsLong) {
    rules.breaker.first_pause = 80ms;
    settings.worker.per_endpoint = 1;
    settings.worker.slots = 1;
    start();
    push(20);
    ASSERT_TRUE(w->until([&] { return target.calls.size() == 7; }));
    EXPECT_GE(target.calls[5] - target.calls[4], 80ms);
    EXPECT_GE(target.calls[6] - target.calls[5], 160ms);
}

INSTANTIATE_TEST_SUITE_P(JobsThatWait, GateOf,
                         testing::Values(kind_of_wait{"InALane", R"({"target":"t","lane":"l"})", "l"},
                                         kind_of_wait{"WithoutALane", R"({"target":"t"})", "target:t"},
                                         kind_of_wait{"UnderALimit", R"({"target":"t","line":"x","lane":"l"})",
                                                      "target:t"}),
                         [](const auto& test) { return test.param.name; });

TEST(Gate, AnotherWorkerTakesUpWhatWaitsInAWaitingRoom) {
    redis_server redis;
    target_double down;
    target_double up;
    up.up = true;
    auto s = settings_for(redis);
    s.worker.drain = 10ms;
    {
        running_worker first{s, one_kind(down.body())};
        first.push(jobs(5, R"({"target":"t"})"));
        ASSERT_TRUE(first.until([&] { return down.calls.size() >= 5; }));
        first.push(jobs(50, R"({"target":"t"})"));
        ASSERT_TRUE(first.until(
            [&] { return first.ask({"LLEN", first.names().lane("default", "target:t")}).integer() >= 50; }));
    }
    running_worker second{s, one_kind(up.body())};
    EXPECT_TRUE(second.until([&] { return up.calls.size() >= 50; }));
}

TEST(Gate, AnOutageOfOursSpendsNoAttemptsAndClosesNobody) {
    redis_server redis;
    bool network = false;
    std::map<std::string, int> last_attempt;
    auto kinds = one_kind([&](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        const std::string host{a.claimed.job.args.at("target").as_string()};
        last_attempt[a.claimed.job.id] = a.claimed.attempt();
        co_return network ? good(host) : bad(host, "dns");
    });
    kinds.front()->max_attempts = 2;
    kinds.front()->retry_after = 1h;
    worker::gate_rules rules;
    rules.outage.length = 20ms;
    rules.outage_spread = 20ms;
    running_worker w{settings_for(redis), std::move(kinds), rules};
    std::vector<std::string> batch;
    for (int i = 0; i < 60; ++i)
        batch.push_back(envelope("test", R"({"target":"host)" + std::to_string(i % 6) + R"("})"));
    w.push(batch);
    const auto text = [&] { return prometheus::TextSerializer{}.Serialize(w.counts().collect()); };
    ASSERT_TRUE(w.until([&] { return text().find("outcome=\"defer\",reason=\"local_outage\"") != std::string::npos; }));
    EXPECT_THAT(text(), HasSubstr("dormouse_local_outages_total 1\n"));
    EXPECT_THAT(text(), HasSubstr("dormouse_endpoints_down 0\n"));
    network = true;
    // The first two hosts' failures came before anybody could know: they are ordinary retries.
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() >= 58; }));
    EXPECT_TRUE(std::all_of(last_attempt.begin(), last_attempt.end(), [](const auto& a) { return a.second == 1; }));
    EXPECT_THAT(text(), HasSubstr("dormouse_local_outage 0\n"));
}

TEST(Gate, RetriesBeyondTheBudgetArePutOffAndSpendNothing) {
    redis_server redis;
    std::map<std::string, int> runs;
    auto kinds = one_kind([&](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        auto o = ++runs[a.claimed.job.id] == 1 ? queue::retry("again", "", queue::sent::answered) : queue::done();
        o.contact = {"h", queue::health::good, {}};
        co_return o;
    });
    kinds.front()->max_attempts = 2;
    kinds.front()->retry_after = 1ms;
    worker::gate_rules rules;
    rules.retry = {.per_first_try = 0, .per_second = 0, .most = 3, .quick = 300ms};
    rules.refused_first = 40ms;
    running_worker w{settings_for(redis), std::move(kinds), rules};
    w.push(jobs(20, R"({"target":"t"})"));
    const auto start = steady::now();
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 20; }));
    EXPECT_GE(steady::now() - start, 300ms) << "17 had to wait until they were no quick retries any more";
    EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& r) { return r.second == 2; }));
    const auto text = prometheus::TextSerializer{}.Serialize(w.counts().collect());
    EXPECT_THAT(text, testing::ContainsRegex("dormouse_retries_refused_total.reason=\"retry_budget\". [1-9]"));
}

}  // namespace
}  // namespace dormouse::test
