// Poison, garbage and strangers (promise 6): quarantined with a reason, never a crash, never dropped.
#include "queue/history.hpp"
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

std::multiset<std::string> dead_reasons(running_worker& w) {
    std::multiset<std::string> out;
    const auto answer = w.ask({"HVALS", w.names().tries()});
    for (const auto text : answer) out.insert(queue::read_history(text.text()).dead_reason);
    return out;
}

TEST(Intake, BadEnvelopesAreQuarantinedWithTheirReasonAndGoodOnesRun) {
    redis_server redis;
    int runs = 0;
    running_worker w{settings_for(redis), one_kind(counting(runs))};
    w.push({"", "not json", "{}", R"({"v":2,"kind":"test","site":"main","args":{}})", envelope("unknown"),
            envelope("test", R"({"bad":1})"), envelope("test", "{}", R"({"site":"other"})"),
            envelope("test", "{}", R"({"prio":9})"), "v1.k1.0000\n{}", std::string("\0\0\xff", 3), "\xEF\xBB\xBF{}",
            "O:8:\"stdClass\":0:{}", envelope("test")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 12; }));
    ASSERT_TRUE(w.until([&] { return runs == 1; }));
    EXPECT_EQ(dead_reasons(w), (std::multiset<std::string>{"bad_json", "bad_json", "bad_json", "bad_json", "bad_json",
                                                           "bad_version", "bad_version", "bad_args", "bad_field",
                                                           "bad_signature", "unknown_kind", "wrong_site"}));
    EXPECT_EQ(w.ask({"HLEN", w.names().job()}).integer(), 12) << "the bytes are kept for whoever looks";
    EXPECT_EQ(w.ask({"LLEN", w.names().in()}).integer(), 0);
}

TEST(Intake, UnsignedEnvelopesAreRefusedUnlessAllowed) {
    redis_server redis;
    auto s = settings_for(redis);
    s.queue.allow_unsigned = false;
    s.queue.signing_keys = {{"k1", base::secret{"0123456789abcdef-k1"}, {"other"}},
                            {"k2", base::secret{"0123456789abcdef-k2"}, {}}};
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    const auto text = envelope("test");
    w.push({text, queue::sign_envelope(text, "k1", s.queue.signing_keys[0].key),
            queue::sign_envelope(text, "k2", base::secret{"another-key-entirely"}),
            queue::sign_envelope(envelope("test"), "k2", s.queue.signing_keys[1].key)});
    ASSERT_TRUE(w.until([&] { return runs == 1 && w.ask({"ZCARD", w.names().dead()}).integer() == 3; }));
    EXPECT_EQ(dead_reasons(w), (std::multiset<std::string>{"unsigned", "kind_not_allowed", "bad_signature"}));
}

TEST(Intake, AnEnvelopeWithoutAnIdGetsOneAndRunsOnce) {
    redis_server redis;
    std::set<std::string> ids;
    running_worker w{settings_for(redis), one_kind([&ids](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                         ids.insert(a.claimed.job.id);
                         co_return queue::done();
                     })};
    const std::string same = R"({"v":1,"kind":"test","site":"main","args":{}})";
    w.push({same, same, same, envelope("test")});
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().done()}).integer() == 4; }));
    EXPECT_EQ(ids.size(), 4U) << "equal bytes without an id are different jobs";
}

TEST(Intake, AnEnvelopeOverTheLimitIsCutAndQuarantined) {
    redis_server redis;
    auto s = settings_for(redis);
    s.queue.max_envelope_bytes = 64 * 1024;
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    w.push({envelope("test"), std::string(70 * 1024, 'x'), envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 2 && w.ask({"ZCARD", w.names().dead()}).integer() == 1; }));
    EXPECT_EQ(dead_reasons(w), (std::multiset<std::string>{"too_large"}));
}

TEST(Intake, AGiantThatNoAnswerCanCarryDoesNotStopTheQueue) {
    redis_server redis;
    auto s = settings_for(redis);
    s.redis.command_timeout = 60s;  // a sanitizer reads slowly
    int runs = 0;
    running_worker w{s, one_kind(counting(runs))};
    ASSERT_TRUE(w.until([&] { return w.get().state().registered; }));
    // 70 MiB, made inside Redis: above what the client accepts as an answer.
    w.ask({"EVAL", "return redis.call('LPUSH', KEYS[1], string.rep('x', 73400320))", "1", w.names().in()});
    w.push({envelope("test")});
    ASSERT_TRUE(w.until([&] { return runs == 1; }, 90s));
    ASSERT_TRUE(w.until([&] { return w.ask({"ZCARD", w.names().dead()}).integer() == 1; }));
    const auto id = std::string{w.ask({"ZRANGE", w.names().dead(), "0", "0"})[0].text()};
    EXPECT_TRUE(w.ask({"HGET", w.names().job(), id}).text().starts_with("!too_large 73400320 "));
}

TEST(Intake, TwoWorkersAdmitEveryEnvelopeExactlyOnce) {
    redis_server redis;
    std::map<std::string, int> runs;
    const auto count = [&runs](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
        ++runs[a.claimed.job.id];
        co_return queue::done();
    };
    running_worker a{settings_for(redis), one_kind(count)};
    running_worker b{settings_for(redis), one_kind(count)};
    for (int i = 0; i < 20; ++i) {
        std::vector<std::string> batch;
        for (int k = 0; k < 100; ++k) batch.push_back(envelope("test"));
        a.push(batch);
    }
    ASSERT_TRUE(a.until([&] {
        b.io().restart();
        b.io().poll();
        return runs.size() == 2'000;
    }));
    ASSERT_TRUE(b.until([&] {
        a.io().restart();
        a.io().poll();
        return b.ask({"ZCARD", b.names().done()}).integer() == 2'000;
    }));
    for (const auto& [id, n] : runs) ASSERT_EQ(n, 1) << id;
}

}  // namespace
}  // namespace dormouse::test
