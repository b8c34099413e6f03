// The rights of the Redis user `worker` are enough for the real worker: claim, retry, dead, settle, drain.

#include "tests/integration/systemd/shipped_redis.hpp"
#include "tests/support/worker_fixture.hpp"

namespace dormouse {
namespace {

using test::ShippedRedis;

/// Fails once, then works; the job that asks for it goes to dead.
base::awaitable<queue::outcome> fail_once(int& runs, const jobs::attempt& a) {
    ++runs;
    if (a.claimed.job.args.contains("poison")) co_return queue::dead("poison", "", queue::sent::nothing);
    if (a.claimed.attempt() == 1) co_return queue::retry("first", "", queue::sent::nothing);
    co_return queue::done();
}

TEST_F(ShippedRedis, WorkerRightsAreEnoughForARealWorker) {
    config::settings s;
    s.redis.url = "unix://" + socket();
    s.redis.username = "worker";
    s.redis.password = base::secret{"password-of-WORKER"};
    s.queue.allow_unsigned = true;
    s.worker.queues = {{"default", 1}};
    s.worker.slots = 4;
    int runs = 0;
    std::vector<std::unique_ptr<test::scripted_kind>> kinds;
    kinds.push_back(
        std::make_unique<test::scripted_kind>("test", [&runs](const jobs::attempt& a) { return fail_once(runs, a); }));
    test::running_worker worker{s, std::move(kinds)};

    EXPECT_EQ(as("PRODUCER",
                 {"LPUSH", worker.names().in(), test::envelope("test"), test::envelope("test", R"({"poison": 1})")}),
              "2");
    EXPECT_TRUE(worker.until([&] { return runs == 3; }));
    EXPECT_TRUE(worker.until([&] { return as("WORKER", {"ZCARD", worker.names().done()}) == "1"; }));
    EXPECT_TRUE(worker.until([&] { return as("WORKER", {"ZCARD", worker.names().dead()}) == "1"; }));
    worker.stop_and_drain();
    EXPECT_EQ(as("OPERATOR", {"ACL", "LOG"}), "") << "something the worker wants is not allowed";
}

}  // namespace
}  // namespace dormouse
