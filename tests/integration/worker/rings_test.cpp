// Nobody looks without being rung, so whoever leaves something for others must ring.
#include "tests/integration/worker/kinds.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;

/// Two workers of which neither does the other's queue, and only the first of which takes envelopes in: the other one's
/// loop stands still meanwhile.
class Rings : public testing::Test {
protected:
    /// The second worker has nothing left to look for, and waits in Redis to be rung.
    void SetUp() override {
        second.push({envelope("test", "{}", for_b)});
        ASSERT_TRUE(second.until([&] {
            return runs == 1 && second.ask({"ZCARD", names.done()}).integer() == 1 &&
                   second.ask({"CLIENT", "LIST"}).text().find("cmd=bzpopmin") != std::string_view::npos;
        }));
    }
    [[nodiscard]] config::settings serving(const std::string& queue) const {
        auto s = settings_for(redis);
        s.worker.queues = {{queue, 1}};
        return s;
    }
    /// Longer than any of its looks takes, which find nothing that nobody rang for.
    [[nodiscard]] bool second_runs_another() {
        return second.until([&] { return runs == 2; }, 5s);
    }

    static constexpr const char* for_b = R"({"queue":"b"})";
    redis_server redis;
    int runs = 0;
    int strays = 0;
    running_worker first{serving("a"), one_kind(counting(strays))};
    running_worker second{serving("b"), one_kind(counting(runs))};
    const queue::keys& names = first.names();
};

TEST_F(Rings, AJobAdmittedByAWorkerThatDoesNotServeItsQueueIsRunByTheOtherAtOnce) {
    first.push({envelope("test", "{}", for_b), envelope("test", "{}", R"({"queue":"a"})")});
    ASSERT_TRUE(first.until([&] { return strays == 1; }));
    ASSERT_EQ(first.ask({"LLEN", names.ready("b", queue::priority_normal)}).integer(), 1);
    EXPECT_TRUE(second_runs_another());
    EXPECT_EQ(strays, 1);
}

TEST_F(Rings, ADelayedJobAdmittedByAWorkerThatDoesNotServeItsQueueIsRunByTheOtherAtItsTime) {
    const auto due = base::system_clock().now() + 300ms;
    first.push({envelope("test", "{}", R"({"queue":"b","at":)" + std::to_string(base::to_epoch_ms(due)) + "}")});
    ASSERT_TRUE(first.until([&] { return first.ask({"ZCARD", names.later("b")}).integer() == 1; }));
    EXPECT_TRUE(second_runs_another());
    EXPECT_GE(base::system_clock().now(), due - 1ms);
}

// --- workers that go ------------------------------------------------------------------------------------------------

/// A job of queue `b` as an admission leaves it; nobody has rung.
void add_silently(running_worker& w, const std::string& id) {
    w.ask({"HSET", w.names().job(), id, envelope("test", "{}", R"({"queue":"b","id":")" + id + "\"}")});
    w.ask({"LPUSH", w.names().ready("b", queue::priority_normal), id});
}

/// How many workers wait to be rung at this moment.
int waiting_for_a_ring(running_worker& w) {
    const std::string all{w.ask({"CLIENT", "LIST"}).text()};
    static const std::regex waiting{" flags=b\\w* [^\n]* cmd=bzpopmin "};
    return static_cast<int>(std::distance(std::sregex_iterator{all.begin(), all.end(), waiting}, {}));
}

TEST_F(Rings, AWorkerThatLeavesRingsForWhatItWasRungForAndDidNotTake) {
    running_worker leaving{serving("b"), one_kind(counting(strays))};
    ASSERT_TRUE(leaving.until([&] { return waiting_for_a_ring(leaving) == 2; }));
    ASSERT_TRUE(leaving.until([&] { return waiting_for_a_ring(leaving) == 1; })) << "the other's wait has ended";
    leaving.ask({"ZADD", names.wake("b"), "0", "w"});
    ASSERT_TRUE(leaving.until([&] {
        return leaving.ask({"ZCARD", names.wake("b")}).integer() == 0 && waiting_for_a_ring(leaving) == 1;
    })) << "a wait that has just begun";
    leaving.get().stop();
    add_silently(leaving, "01J00000000000000000000002");
    leaving.ask({"ZADD", names.wake("b"), "0", "w"});
    leaving.stop_and_drain();
    EXPECT_TRUE(second_runs_another());
    EXPECT_EQ(strays, 0);
}

TEST_F(Rings, ADelayedJobThatOnlyALeavingWorkerKnewOfRunsAtItsTime) {
    {
        running_worker leaving{serving("b"), one_kind(counting(strays))};
        const auto due = base::to_epoch_ms(base::system_clock().now() + 1500ms);
        leaving.push({envelope("test", "{}", R"({"queue":"b","at":)" + std::to_string(due) + "}")});
        ASSERT_TRUE(leaving.until([&] { return leaving.ask({"ZCARD", names.later("b")}).integer() == 1; }));
    }
    ASSERT_EQ(strays, 0);
    EXPECT_TRUE(second_runs_another());
}

TEST_F(Rings, AWorkerThatFindsAnotherDeadRingsForTheDeadOnesQueue) {
    auto s = serving("a");
    s.worker.heartbeat = 50ms;
    running_worker heir{s, one_kind(counting(strays))};
    ASSERT_TRUE(heir.until([&] { return heir.get().state().registered; }));
    add_silently(heir, "01J00000000000000000000002");
    heir.ask({"ZADD", names.workers(), "1", "dead-one"});
    ASSERT_TRUE(heir.until([&] { return heir.ask({"ZSCORE", names.workers(), "dead-one"}).is_nil(); }));
    EXPECT_TRUE(second_runs_another());
}

}  // namespace
}  // namespace dormouse::test
