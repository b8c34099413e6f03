// The rights of the Redis user `worker` are enough for a real scheduler: look, fire, ring, pause, read the log.

#include "queue/schedules.hpp"
#include "scheduler/scheduler.hpp"
#include "tests/integration/systemd/shipped_redis.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace dormouse {
namespace {

using namespace std::chrono_literals;
using test::ShippedRedis;

TEST_F(ShippedRedis, WorkerRightsAreEnoughForARealScheduler) {
    config::settings s;
    s.redis.url = "unix://" + socket();
    s.redis.username = "worker";
    s.redis.password = base::secret{"password-of-WORKER"};
    s.scheduler.zone = "UTC";
    auto& rule = s.scheduler.schedules.emplace_back();
    rule.name = "report";
    rule.cron = "@hourly";
    rule.enqueue.kind = "test";
    boost::asio::io_context io;
    scheduler::metrics counts;
    const auto no_zone = []() -> base::awaitable<base::result<scheduler::time_zone>> {
        co_return scheduler::time_zone::find("UTC");
    };
    scheduler::scheduler one{scheduler::scheduler::parts{io.get_executor(), s, counts, base::system_clock(), no_zone}};
    bool ended = false;
    boost::asio::co_spawn(io, one.run(), [&](const std::exception_ptr&) { ended = true; });
    const auto until = [&](const auto& condition) {
        const auto limit = base::deadline::after(20s);
        while (!condition() && !limit.is_reached()) {
            io.restart();
            io.run_for(5ms);
        }
        return condition();
    };
    ASSERT_TRUE(until([&] { return one.state().looks >= 2; }));

    queue::schedules store{one.connection(), one.names()};
    const auto now = base::system_clock().now();
    EXPECT_TRUE(test::run_on(io, store.pause("report", now)).value());
    EXPECT_TRUE(test::run_on(io, store.resume("report")).value());
    EXPECT_TRUE(test::run_on(io, store.want_run("report", now)).value());
    EXPECT_TRUE(until([&] { return as("WORKER", {"LLEN", one.names().ready("default", 1)}) == "1"; }));
    EXPECT_EQ(test::run_on(io, store.log("report", 10)).value().size(), 1U);
    one.stop();
    EXPECT_TRUE(until([&] { return ended; }));
    EXPECT_EQ(as("OPERATOR", {"ACL", "LOG"}), "") << "something the scheduler wants is not allowed";
}

}  // namespace
}  // namespace dormouse
