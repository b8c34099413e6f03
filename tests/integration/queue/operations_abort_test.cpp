// Lua has no rollback: a script that fails half-way (out of memory, a key of a wrong type) keeps what it wrote. So each
// operator's script is stopped after each of its commands, and the job must still be somewhere, or gone as a whole.
#include "queue/scripts.hpp"
#include "tests/integration/queue/operator_world.hpp"
#include "tests/integration/queue/stopped_script.hpp"

#include <functional>

namespace dormouse::queue {
namespace {

class Abort : public operator_world {
protected:
    redis::reply eval(const std::string& body, const std::vector<std::string>& key_names,
                      const std::vector<std::string>& args) {
        redis::command_buffer c;
        c.begin(3 + key_names.size() + args.size()).arg("EVAL").arg(body).arg(key_names.size());
        for (const auto& k : key_names) c.arg(k);
        for (const auto& a : args) c.arg(a);
        return run(connection.exec(std::move(c))).value();
    }

    redis::reply cancel(const std::string& body, const job& j) {
        return eval(body,
                    {names.job(), names.tries(), names.done(), names.results(), names.dead(), names.later(j.queue),
                     names.ready(j.queue, j.priority), names.held(), names.meta(), names.workers(), names.limits(),
                     names.own("w1")},
                    {j.id, later_member(j.priority, j.id), j.key, "w1"});
    }
    redis::reply requeue(const std::string& body, const job& j) {
        return eval(body,
                    {names.job(), names.tries(), names.dead(), names.later(j.queue), names.ready(j.queue, j.priority),
                     names.wake(j.queue), names.meta(), names.held()},
                    {j.id, later_member(j.priority, j.id), j.key, "1000"});
    }

    bool is_kept(const job& j) {
        return say({"HEXISTS", names.job(), j.id}).integer() == 1 &&
               (!say({"LPOS", names.ready(j.queue, j.priority), j.id}).is_nil() ||
                !say({"LPOS", names.waiting(j.queue, "one"), j.id}).is_nil() ||
                !say({"ZSCORE", names.later(j.queue), later_member(j.priority, j.id)}).is_nil() ||
                !say({"ZSCORE", names.dead(), j.id}).is_nil());
    }
    bool is_gone(const job& j) {
        return say({"HEXISTS", names.job(), j.id}).integer() == 0 && !say({"ZSCORE", names.done(), j.id}).is_nil();
    }

    static job keyed() {
        auto j = make_job();
        j.key = "order:15";
        return j;
    }
    void clean() {
        say({"FLUSHALL"});
        ASSERT_TRUE(run(worker.beat(true, {})));
    }

    /// Stops the script after 0, 1, 2 … commands, each time on a job made anew, until it gets through.
    void stop_everywhere(const std::function<job()>& make, const std::function<redis::reply(const job&, int)>& call,
                         const std::function<void(const job&)>& check) {
        int stopped = 0;
        for (bool through = false; !through; ++stopped) {
            SCOPED_TRACE("stopped at command " + std::to_string(stopped));
            ASSERT_LT(stopped, 40);
            clean();
            const auto j = make();
            const auto answer = call(j, stopped);
            through = !answer.is_error();
            if (!through) ASSERT_NE(answer.text().find("stopped here"), std::string_view::npos) << answer.text();
            check(j);
            if (HasFailure()) return;
        }
        EXPECT_GT(stopped, 5) << "the script makes more commands than that";
    }

    void stop_cancel(const std::function<job()>& make) {
        const auto call = [this](const job& j, int n) { return cancel(stopped_at(the_scripts().cancel, n).body(), j); };
        stop_everywhere(make, call, [this](const job& j) {
            EXPECT_TRUE(is_kept(j) || is_gone(j));
            // Saying it again finishes it, and nobody gets the job then.
            const auto again = run(operators.cancel(j.id));
            EXPECT_TRUE(again || again.error() == errc::conflict) << again.error().message();
            EXPECT_TRUE(is_gone(j));
            EXPECT_TRUE(claim(10, true).empty());
        });
    }
    void stop_requeue(const std::function<job()>& make) {
        const auto call = [this](const job& j, int n) {
            return requeue(stopped_at(the_scripts().requeue, n).body(), j);
        };
        stop_everywhere(make, call, [this](const job& j) {
            EXPECT_TRUE(is_kept(j));
            // Saying it again, where it is not ready yet, leads to a job that is claimed.
            (void)run(operators.requeue(j.id));
            const auto ids = claim();
            ASSERT_FALSE(ids.empty());
            for (const auto& id : ids) EXPECT_EQ(id, j.id);
        });
    }
};

TEST_F(Abort, CancelOfAReadyJobNeverLosesIt) {
    stop_cancel([this] { return ready(keyed()); });
}
TEST_F(Abort, CancelOfAScheduledJobNeverLosesIt) {
    stop_cancel([this] { return scheduled(keyed()); });
}
TEST_F(Abort, CancelOfADeadJobNeverLosesIt) {
    stop_cancel([this] { return dead(keyed()); });
}
TEST_F(Abort, CancelOfAJobInLineNeverLosesIt) {
    stop_cancel([this] {
        const auto j = running(keyed());
        settle({settlement::verb::wait, j.id, j.queue, j.priority, {}, j.key, {}, "webhook one 1 0"});
        return j;
    });
}
TEST_F(Abort, RequeueOfADeadJobNeverLosesIt) {
    stop_requeue([this] { return dead(keyed()); });
}
TEST_F(Abort, RequeueOfAScheduledJobNeverLosesIt) {
    stop_requeue([this] { return scheduled(keyed()); });
}

// --- races ----------------------------------------------------------------------------------------------------

TEST_F(Abort, CancelLooksAgainWhenAWorkerCameThatItDidNotKnow) {
    const auto j = ready(keyed());
    // Between the operator's look and the script a second worker registers and claims the job.
    broker late{connection, names, "w2", settings.queue, base::ms{60'000}, {"webhook"}};
    ASSERT_TRUE(run(late.beat(true, {})));
    work_request r;
    r.claim = 1;
    r.sources.push_back({"webhook", priority_normal, {}, 1});
    ASSERT_EQ(run(late.work(r, {})).value().claimed.size(), 1U);

    EXPECT_EQ(cancel(the_scripts().cancel.body(), j).integer(), -2);
    EXPECT_EQ(run(operators.cancel(j.id)).error(), errc::conflict) << "the second look sees it running";
    EXPECT_EQ(state_of(j.id), job_state::running);
}

TEST_F(Abort, CancelOfAJobThatWasClaimedMeanwhileDoesNothing) {
    const auto j = running(keyed());
    EXPECT_EQ(cancel(the_scripts().cancel.body(), j).integer(), -1);
    EXPECT_EQ(state_of(j.id), job_state::running);
}

TEST_F(Abort, RequeueOfAJobThatWasClaimedMeanwhileDoesNothing) {
    const auto j = running(keyed());
    EXPECT_EQ(requeue(the_scripts().requeue.body(), j).integer(), 0);
    EXPECT_EQ(say({"LLEN", names.ready(j.queue, j.priority)}).integer(), 0);
}

TEST_F(Abort, BothScriptsSayWhenTheJobHasEnded) {
    const auto j = done(keyed());
    EXPECT_EQ(cancel(the_scripts().cancel.body(), j).integer(), 0);
    EXPECT_EQ(requeue(the_scripts().requeue.body(), j).integer(), 0);
}

}  // namespace
}  // namespace dormouse::queue
