#pragma once
// A private Redis and schedulers of one site beside it, on one event loop.

#include "base/log.hpp"
#include "queue/schedules.hpp"
#include "scheduler/scheduler.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace dormouse::scheduler {

using namespace std::chrono_literals;
using base::deadline;
using outcome = queue::schedule_event::outcome;

/// Does what the test says, under a name that the configuration knows.
class test_duty final : public duty {
public:
    explicit test_duty(std::string name) : name_{std::move(name)} {}
    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] base::awaitable<base::result<std::string>> run(const duty_run& r) override {
        runs.push_back({r.tick, r.owner, r.resumed});
        ++at_once;
        most_at_once = std::max(most_at_once, at_once);
        struct leaving {
            int& count;
            ~leaving() { --count; }
        } const left{at_once};
        if (throws) throw std::runtime_error{"a fault"};
        if (endless) {
            base::asio::steady_timer timer{co_await base::asio::this_coro::executor, 1h};
            co_await timer.async_wait(base::asio::use_awaitable);
        }
        co_return answer;
    }

    struct one_run {
        base::time_ms tick;
        std::string owner;
        bool resumed;
    };
    std::vector<one_run> runs;
    int at_once = 0;
    int most_at_once = 0;
    bool endless = false;
    bool throws = false;
    base::result<std::string> answer = std::string{"rows=3"};

private:
    std::string name_;
};

class scheduler_world : public testing::Test {
protected:
    scheduler_world() {
        base::log::configure({.least = base::log::level::off, .form = base::log::format::human, .file = {}});
        settings.redis.url = redis.url();
        settings.redis.reconnect_min = 5ms;
        settings.redis.reconnect_max = 50ms;
        settings.scheduler.zone = "UTC";
        settings.scheduler.lease = 600ms;
        settings.scheduler.drain = 0ms;
        base::asio::co_spawn(io, client.run(), base::asio::detached);
        EXPECT_TRUE(run(client.wait_connected(deadline::after(5s))));
    }
    ~scheduler_world() override {
        for (auto& s : schedulers) s.it.stop();
        EXPECT_TRUE(until([&] { return ended == static_cast<int>(schedulers.size()); }));
        test::run_on(io, client.close(deadline::after(1s)));
    }

    template <class T>
    T run(base::awaitable<T> op) {
        return test::run_on(io, std::move(op));
    }

    /// Turns the loop until it is so.
    bool until(const std::function<bool()>& condition, std::chrono::milliseconds limit = 10s) {
        const auto end = deadline::after(limit);
        while (!condition()) {
            if (end.is_reached()) return false;
            io.restart();  // a condition that asks Redis has stopped it
            io.run_for(5ms);
        }
        return true;
    }
    /// Until every scheduler has looked once more with all that is there now.
    bool all_look_again() {
        std::vector<std::uint64_t> before;
        for (auto& s : schedulers) before.push_back(s.it.state().looks);
        ring_for_all();
        return until([&] {
            for (std::size_t i = 0; i < schedulers.size(); ++i)
                if (schedulers[i].it.state().looks <= before[i]) return false;
            return true;
        });
    }
    void ring_for_all() {
        for (std::size_t i = 0; i < schedulers.size(); ++i)
            (void)redis.cli({"ZADD", names.schedule_bell(), "0", "w" + std::to_string(i)});
    }

    scheduler& start(std::vector<duty*> duties = {}) {
        auto& s = schedulers.emplace_back(io.get_executor(), settings, [this] { return zone(); });
        for (auto* d : duties) s.it.add(*d);
        base::asio::co_spawn(io, s.it.run(), [this](const std::exception_ptr& failed) {
            EXPECT_FALSE(failed);
            ++ended;
        });
        return s.it;
    }

    base::awaitable<base::result<time_zone>> zone() {
        if (site_zone.empty()) co_return base::error{base::errc::unavailable, "no database"};
        co_return time_zone::find(site_zone);
    }

    config::schedule_rule& hourly() {
        auto& rule = settings.scheduler.schedules.emplace_back();
        rule.name = "report";
        rule.cron = "@hourly";
        rule.enqueue.kind = "webhook-delivery";
        rule.enqueue.args = {{"hook_id", 7}};
        rule.enqueue.queue = "webhook";
        return rule;
    }

    queue::schedule_record record(const std::string& name) { return run(store.read({name})).value().records.front(); }
    base::time_ms now() { return run(store.read({})).value().now; }

    /// As if schedulers had run until `ago`, and none since.
    void last_seen(const std::string& name, const std::string& definition, base::ms ago) {
        (void)redis.cli({"HSET", names.schedule(name), "definition", definition, "settled",
                         std::to_string(base::to_epoch_ms(now() - ago))});
    }
    std::vector<queue::schedule_event> log(const std::string& name) { return run(store.log(name, 100)).value(); }
    int jobs_ready() { return std::stoi(redis.cli({"LLEN", names.ready("webhook", 1)})); }

    struct one_scheduler {
        one_scheduler(const base::asio::any_io_executor& on, const config::settings& s, read_site_zone zone)
            : it{scheduler::parts{on, s, counts, base::system_clock(), std::move(zone)}} {}
        metrics counts;
        scheduler it;
    };

    test::redis_server redis;
    config::settings settings;
    base::asio::io_context io;
    queue::keys names{"main"};
    queue::redis::connection client{io.get_executor(), [this] {
                                        config::redis_settings s;
                                        s.url = redis.url();
                                        return queue::redis::options_from(s, "test").value();
                                    }()};
    queue::schedules store{client, names};
    std::string site_zone = "Europe/Berlin";
    std::deque<one_scheduler> schedulers;
    int ended = 0;
};

}  // namespace dormouse::scheduler
