// `then`: the job that follows another one's success.
#include "queue/follower.hpp"
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

constexpr auto first_id = "01M842J7G000000000000000A1";

/// One after another, with `name` in the args; what `fate` says for a name, or done.
class chain_world {
public:
    explicit chain_world(std::function<queue::outcome(const std::string&)> fate)
        : worker{settings_without_looks(redis),
                 one_kind([this, fate](const jobs::attempt& a) -> base::awaitable<queue::outcome> {
                     return run(&ran, fate(std::string{a.claimed.job.args.at("name").as_string()}), a.claimed.job);
                 })} {}

    static base::awaitable<queue::outcome> run(std::vector<queue::job>* ran, queue::outcome o, queue::job j) {
        ran->push_back(std::move(j));
        co_return o;
    }

    void push(const std::string& then) {
        worker.push({envelope("test", R"({"name":"first"})",
                              R"({"id":")" + std::string{first_id} + R"(","trace":"t-1","then":)" + then + "}")});
    }
    std::string result_of(const std::string& id) {
        return std::string{worker.ask({"HGET", worker.names().results(), id}).text()};
    }
    bool has_ended(const std::string& id) { return !worker.ask({"ZSCORE", worker.names().done(), id}).is_nil(); }

    redis_server redis;
    std::vector<queue::job> ran;
    running_worker worker;
};

queue::outcome all_well(const std::string&) { return queue::done(R"({"status":200})"); }

TEST(Followers, RunAfterOneAnotherAndTheResultsNameThem) {
    chain_world w{all_well};
    w.push(R"({"kind":"test","args":{"name":"second"},"prio":0,"then":{"kind":"test","args":{"name":"third"}}})");
    ASSERT_TRUE(w.worker.until([&] { return w.ran.size() == 3; }));
    const auto second = queue::follower_id(first_id);
    EXPECT_EQ(w.ran[1].id, second);
    EXPECT_EQ(w.ran[2].id, queue::follower_id(second));
    EXPECT_EQ(w.ran[2].args.at("name"), "third");
    EXPECT_EQ(w.ran[1].trace, "t-1");
    EXPECT_EQ(w.ran[1].priority, queue::priority_high);
    EXPECT_GT(w.ran[1].issued_at, base::system_clock().now() - 60s);
    ASSERT_TRUE(w.worker.until([&] { return w.has_ended(w.ran[2].id); }));
    EXPECT_EQ(w.result_of(first_id), R"({"status":200,"then":")" + second + R"("})");
    EXPECT_EQ(w.result_of(w.ran[2].id), R"({"status":200})");
}

TEST(Followers, StartAtOnceWithoutWaitingForALook) {
    chain_world w{all_well};
    w.push(R"({"kind":"test","args":{"name":"2"},"then":{"kind":"test","args":{"name":"3"},)"
           R"("then":{"kind":"test","args":{"name":"4"}}}})");
    ASSERT_TRUE(w.worker.until([&] { return w.ran.size() == 4; }));
}

TEST(Followers, NothingFollowsAJobThatIsDroppedOrDead) {
    for (const bool dead : {true, false}) {
        chain_world w{[&](const std::string&) { return dead ? queue::dead("refused", "") : queue::drop("obsolete"); }};
        w.push(R"({"kind":"test","args":{"name":"second"}})");
        ASSERT_TRUE(w.worker.until([&] {
            return w.worker.ask({"ZCARD", dead ? w.worker.names().dead() : w.worker.names().done()}).integer() == 1;
        }));
        EXPECT_EQ(w.worker.ask({"HEXISTS", w.worker.names().job(), queue::follower_id(first_id)}).integer(), 0);
    }
}

TEST(Followers, AJobThatSucceedsAtItsSecondAttemptIsFollowedOnce) {
    int attempts = 0;
    chain_world w{[&](const std::string& name) {
        if (name == "first" && ++attempts == 1) return queue::retry("busy", "", queue::sent::answered);
        return queue::done();
    }};
    w.push(R"({"kind":"test","args":{"name":"second"}})");
    ASSERT_TRUE(w.worker.until([&] { return w.has_ended(queue::follower_id(first_id)); }));
    EXPECT_EQ(w.ran.size(), 3U);
    EXPECT_EQ(w.result_of(first_id), R"({"then":")" + queue::follower_id(first_id) + R"("})");
}

TEST(Followers, AChainWithAnUnknownKindOrBadArgsIsRefusedBeforeItsFirstJobRuns) {
    chain_world w{all_well};
    w.push(R"({"kind":"test","args":{},"then":{"kind":"test","args":{"bad":1}}})");
    ASSERT_TRUE(w.worker.until([&] { return w.worker.ask({"ZCARD", w.worker.names().dead()}).integer() == 1; }));
    const auto why = std::string{w.worker.ask({"HGET", w.worker.names().tries(), first_id}).text()};
    EXPECT_NE(why.find("bad_args"), std::string::npos) << why;
    EXPECT_NE(why.find("then.then.args.bad"), std::string::npos) << why;

    w.worker.push({envelope("test", R"({"name":"first"})", R"({"then":{"kind":"nobody","args":{}}})")});
    ASSERT_TRUE(w.worker.until([&] { return w.worker.ask({"ZCARD", w.worker.names().dead()}).integer() == 2; }));
    EXPECT_TRUE(w.ran.empty());
}

TEST(Followers, AFollowerWhoseKeyIsHeldIsADuplicate) {
    chain_world w{all_well};
    w.worker.push({envelope("test", R"({"name":"other"})", R"({"id":"01M842J7G000000000000000B2","key":"grant:1"})")});
    ASSERT_TRUE(w.worker.until([&] { return w.has_ended("01M842J7G000000000000000B2"); }));
    w.push(R"({"kind":"test","args":{"name":"second"},"key":"grant:1"})");
    const auto second = queue::follower_id(first_id);
    ASSERT_TRUE(w.worker.until([&] { return w.has_ended(second); }));
    EXPECT_EQ(w.result_of(second), R"({"duplicate_of":"01M842J7G000000000000000B2"})");
    EXPECT_EQ(w.ran.size(), 2U);
}

}  // namespace
}  // namespace dormouse::test
