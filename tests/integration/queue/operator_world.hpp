#pragma once
// A private Redis with a worker's and an operator's view of one site, driven step by step.

#include "base/log.hpp"
#include "base/ulid.hpp"
#include "config/settings.hpp"
#include "queue/broker.hpp"
#include "queue/history.hpp"
#include "queue/operations.hpp"
#include "queue/redis/connection.hpp"
#include "queue/redis/reply.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dormouse::queue {

using base::deadline;
using base::errc;
using namespace std::chrono_literals;

class operator_world : public testing::Test {
protected:
    operator_world() {
        base::log::configure({.least = base::log::level::warn, .form = base::log::format::human, .file = {}});
        base::asio::co_spawn(io, connection.run(), base::asio::detached);
        EXPECT_TRUE(run(connection.wait_connected(deadline::after(5s))));
        EXPECT_TRUE(run(worker.beat(true, {})));
    }
    ~operator_world() override { test::run_on(io, connection.close(deadline::after(2s))); }

    template <class T>
    T run(base::awaitable<T> op) {
        return test::run_on(io, std::move(op));
    }

    /// One command; its reply.
    redis::reply say(std::initializer_list<std::string_view> words) {
        return run(connection.exec(redis::command_buffer{words})).value();
    }

    static job make_job(const std::string& kind = "webhook-delivery") {
        job j;
        j.id = base::make_ulid(base::system_clock().now());
        j.kind = kind;
        j.site = "main";
        j.args["hook_id"] = 7;
        j.queue = "webhook";
        return j;
    }

    static std::string sign(const job& j, const config::signing_key& k) {
        return sign_envelope(to_json(j), k.id, k.key);
    }

    /// Puts a job in and admits it as told.
    admit_reply admit(const job& j, admission::verb what, const std::string& text = {},
                      const std::string& envelope = {}) {
        const auto now = base::system_clock().now();
        EXPECT_TRUE(run(operators.enqueue(envelope.empty() ? sign(j, settings.queue.signing_keys[0]) : envelope)));
        const auto intake = run(worker.peek(1, {})).value();
        EXPECT_EQ(intake.envelopes.size(), 1U);
        std::vector<admission> batch{{what, j.id, j.queue, j.priority, j.key, j.at.value_or(now), text}};
        return run(worker.admit(intake.admitted, batch, false, now, {})).value();
    }

    job ready(job j = make_job()) {
        EXPECT_TRUE(admit(j, admission::verb::ready).exceptions.empty());
        return j;
    }
    job scheduled(job j = make_job()) {
        if (!j.at) j.at = base::system_clock().now() + 1h;
        EXPECT_TRUE(admit(j, admission::verb::later).exceptions.empty());
        return j;
    }
    job running(job j = make_job()) {
        ready(j);
        EXPECT_EQ(claim(), std::vector{j.id});
        return j;
    }
    job dead(job j = make_job(), const std::string& reason = "hook_gone") {
        running(j);
        const auto past = as_dead({}, reason, "gave up", base::system_clock().now());
        settle({settlement::verb::dead, j.id, j.queue, j.priority, {}, j.key, {}, to_json(past)});
        return j;
    }
    job quarantined(const job& j, const std::string& envelope, const std::string& reason) {
        admit(j, admission::verb::dead, to_json(as_dead({}, reason, "refused", base::system_clock().now())), envelope);
        return j;
    }
    job done(job j = make_job(), const std::string& result = {}) {
        running(j);
        settle({settlement::verb::done, j.id, j.queue, j.priority, {}, j.key, {}, result});
        return j;
    }

    void settle(settlement s) {
        work_request r;
        r.settlements.push_back(std::move(s));
        EXPECT_TRUE(run(worker.work(r, {})).value().lost.empty());
    }

    /// Ids the worker gets now from the ready lists, and from the lines for limits if asked.
    std::vector<std::string> claim(int most = 10, bool lines = false) {
        work_request r;
        r.claim = most;
        if (lines) r.sources.push_back({"webhook", priority_normal, {}, most, true});
        for (int p = priority_high; p <= priority_low; ++p) r.sources.push_back({"webhook", p, {}, most});
        std::vector<std::string> ids;
        for (const auto& c : run(worker.work(r, {})).value().claimed) ids.push_back(c.job.id);
        return ids;
    }

    job_state state_of(const std::string& id) { return run(operators.show(id)).value().state; }

    static config::settings make_settings() {
        config::settings s;
        s.queue.signing_keys = {{"site-1", base::secret{"0123456789abcdef-one"}, {}}};
        s.worker.queues = {{"webhook", 1}, {"default", 1}};
        return s;
    }
    static redis::connection_options options_to(const test::redis_server& server) {
        config::redis_settings s;
        s.url = server.url();
        return redis::options_from(s, "test").value();
    }

    test::redis_server server;
    config::settings settings = make_settings();
    base::asio::io_context io;
    redis::connection connection{io.get_executor(), options_to(server)};
    keys names{"main"};
    broker worker{connection, names, "w1", settings.queue, base::ms{60'000}, {"webhook"}};
    operations operators{connection, settings};
};

}  // namespace dormouse::queue
