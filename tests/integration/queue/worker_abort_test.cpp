// Each script of a worker is stopped after each of its commands, on a queue prepared anew. Then the call is made again,
// as a worker does, and the worker dies: whatever was accepted must have run, or have ended as it was told to.
#include "tests/integration/queue/operator_world.hpp"
#include "tests/integration/queue/stopped_script.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace dormouse::queue {
namespace {

using base::result;

class WorkerAbort : public operator_world {
protected:
    using verb = std::function<result<void>(const scripts&)>;

    /// Between the abort and the next try another worker may run what it finds.
    enum class meanwhile { nothing, another_worker };

    broker make_broker(const scripts& text, const std::string& name = "w1") {
        return {connection, names, name, settings.queue, base::ms{60'000}, {"webhook"}, text};
    }

    void stop_everywhere(redis::script scripts::* which, int least, const std::function<void()>& prepare,
                         const verb& act) {
        for (const auto m : {meanwhile::nothing, meanwhile::another_worker}) {
            int n = 0;
            for (bool through = false; !through; ++n) {
                SCOPED_TRACE("stopped at command " + std::to_string(n) +
                             (m == meanwhile::nothing ? "" : ", another worker meanwhile"));
                ASSERT_LT(n, 100);
                clean();
                prepare();
                auto text = the_scripts();
                text.*which = stopped_at(the_scripts().*which, n);
                const auto answer = act(text);
                through = bool(answer);
                if (!through) {
                    ASSERT_THAT(answer.error().message(), testing::HasSubstr("stopped here"));
                    for (const auto& id : accepted) EXPECT_TRUE(is_somewhere(id)) << id;
                    if (m == meanwhile::another_worker) run_all("w2");
                    const auto again = act(the_scripts());
                    ASSERT_TRUE(again) << again.error().message();
                }
                bring_to_the_end();
                if (HasFailure()) return;
            }
            EXPECT_GT(n, least) << "the script makes more commands than that";
        }
    }

    void clean() {
        say({"FLUSHALL"});
        ASSERT_TRUE(run(worker.beat(true, {})));
        accepted.clear();
        ended.clear();
        ran.clear();
    }

    /// A job that must run before all is over.
    std::string accept(const job& j) {
        accepted.insert(j.id);
        return j.id;
    }

    bool has(std::initializer_list<std::string_view> command) { return !say(command).is_nil(); }

    bool is_somewhere(const std::string& id) {
        if (has({"ZSCORE", names.done(), id})) return ended.contains(id) || ran.contains(id);
        const auto intake = say({"LRANGE", names.in(), "0", "-1"});
        for (const auto envelope : intake)
            if (envelope.text().find(id) != std::string_view::npos) return true;
        if (say({"HEXISTS", names.job(), id}).integer() == 0) return done_is_forgotten && ended.contains(id);
        bool listed = has({"LPOS", names.lane("webhook", "a"), id}) || has({"ZSCORE", names.dead(), id});
        for (int p = priority_high; p <= priority_low; ++p)
            listed = listed || has({"LPOS", names.ready("webhook", p), id}) ||
                     has({"ZSCORE", names.later("webhook"), later_member(p, id)});
        for (const auto* w : {"w1", "w2"}) listed = listed || say({"SISMEMBER", names.own(w), id}).integer() == 1;
        return listed;
    }

    /// A worker claims and ends all it can get.
    void run_all(const std::string& name) {
        auto b = make_broker(the_scripts(), name);
        ASSERT_TRUE(run(b.beat(true, {})));
        work_request r;
        r.claim = 50;
        r.sources.push_back({"webhook", priority_normal, "a", 50});
        for (int p = priority_high; p <= priority_low; ++p) r.sources.push_back({"webhook", p, {}, 50});
        for (int rounds = 0;; ++rounds) {
            ASSERT_LT(rounds, 20);
            const auto got = run(b.work(r, {}));
            ASSERT_TRUE(got) << got.error().message();
            r.acks.clear();
            r.settlements.clear();
            for (const auto& c : got->claimed) {
                ran.insert(c.job.id);
                r.acks.push_back(c.job.id);
            }
            for (const auto& id : got->gone) {
                auto& s = r.settlements.emplace_back();
                s.what = settlement::verb::gone;
                s.id = id;
            }
            if (r.acks.empty() && r.settlements.empty()) break;
        }
    }

    /// w1 dies, w2 takes over and runs what is left. Nothing may lie about after that.
    void bring_to_the_end() {
        auto heir = make_broker(the_scripts(), "w2");
        ASSERT_TRUE(run(heir.beat(true, {})));
        say({"ZADD", names.workers(), "1", "w1"});
        const auto orphans = run(heir.owned_by("w1", 100, {})).value();
        const auto taken = run(heir.recover("w1", orphans, base::system_clock().now(), {}));
        ASSERT_TRUE(taken) << taken.error().message();
        EXPECT_EQ(taken->jobs_left, 0U);
        run_all("w2");

        for (const auto& id : accepted) EXPECT_TRUE(ran.contains(id) || ended.contains(id)) << "lost: " << id;
        EXPECT_EQ(say({"LLEN", names.in()}).integer(), 0);
        EXPECT_EQ(say({"SCARD", names.own("w1")}).integer(), 0);
        EXPECT_EQ(say({"SCARD", names.own("w2")}).integer(), 0);
        EXPECT_EQ(say({"ZCARD", names.later("webhook")}).integer(), 0);
        // Every envelope that is still kept belongs to a dead job.
        for (const auto id : say({"HKEYS", names.job()}))
            EXPECT_TRUE(has({"ZSCORE", names.dead(), id.text()})) << "nobody finds " << id.text();
    }

    settlement end_of(const job& j, settlement::verb what, const std::string& text = {}) {
        return {what, j.id, j.queue, j.priority, {}, j.key, base::system_clock().now(), text};
    }
    static std::string some_history() { return to_json(after_crash({}, base::system_clock().now())); }

    std::set<std::string> accepted;  ///< Ids that must run or end.
    std::set<std::string> ended;     ///< Those that the verb itself ends.
    std::set<std::string> ran;
    bool done_is_forgotten = false;  ///< The verb also trims what has ended.
};

// --- admission ------------------------------------------------------------------------------------------------

class AdmitAbort : public WorkerAbort {
protected:
    void put(job j, admission::verb what, const std::string& text = {}) {
        const auto envelope = sign(j, settings.queue.signing_keys[0]);
        ASSERT_TRUE(run(operators.enqueue(envelope)));
        accept(j);
        if (what == admission::verb::dead) ended.insert(j.id);
        verdicts[envelope] = {what, j.id, j.queue, j.priority, j.key, base::system_clock().now(), text};
    }

    /// As the worker's intake loop does: read, judge, admit, until nothing is left.
    result<void> take_in(const scripts& text) {
        auto b = make_broker(text);
        for (;;) {
            const auto read = run(b.peek(100, {}));
            if (!read) return read.error();
            if (read->envelopes.empty()) return {};
            std::vector<admission> batch;
            batch.reserve(read->envelopes.size());
            for (const auto& e : read->envelopes) batch.push_back(verdicts.at(e));
            const auto done = run(b.admit(read->admitted, batch, true, base::system_clock().now(), {}));
            if (!done) return done.error();
            EXPECT_FALSE(done->stale);
        }
    }

    std::map<std::string, admission> verdicts;  // by envelope
};

TEST_F(AdmitAbort, NeverLosesAnEnvelope) {
    const auto prepare = [this] {
        verdicts.clear();
        auto keyed = make_job();
        keyed.key = "order:1";
        put(keyed, admission::verb::ready);
        auto urgent = make_job();
        urgent.priority = priority_high;
        put(urgent, admission::verb::ready);
        put(urgent, admission::verb::ready);  // the producer said it twice
        auto scheduled = make_job();
        scheduled.key = "order:2";
        put(scheduled, admission::verb::later);
        put(make_job(), admission::verb::dead, some_history());
        auto second = make_job();
        second.key = "order:1";
        put(second, admission::verb::ready);
        ended.insert(second.id);  // as a duplicate, while the first holds the key
    };
    stop_everywhere(&scripts::admit, 20, prepare, [this](const scripts& s) { return take_in(s); });
}

TEST_F(AdmitAbort, StampLeavesEveryEnvelopeReadable) {
    for (int n = 0, through = 0; through == 0; ++n) {
        SCOPED_TRACE("stopped at command " + std::to_string(n));
        clean();
        for (const auto* e : {"one", "two", "three"}) ASSERT_TRUE(run(operators.enqueue(e)));
        auto text = the_scripts();
        text.stamp = stopped_at(the_scripts().stamp, n);
        auto b = make_broker(text);
        const auto read = run(b.peek(10, {})).value();
        through = run(b.stamp(read.admitted, {0, 1, 2}, {"#1\none", "#2\ntwo", "#3\nthree"}, {})) ? 1 : 0;
        const auto now = run(b.peek(10, {})).value().envelopes;
        ASSERT_EQ(now.size(), 3U);
        EXPECT_THAT(now[0], testing::AnyOf("one", "#1\none"));
        EXPECT_THAT(now[1], testing::AnyOf("two", "#2\ntwo"));
        EXPECT_THAT(now[2], testing::AnyOf("three", "#3\nthree"));
        ASSERT_LT(n, 10);
    }
}

// --- work -----------------------------------------------------------------------------------------------------

class WorkAbort : public WorkerAbort {
protected:
    result<void> work(const scripts& text) {
        auto b = make_broker(text);
        request.now = base::system_clock().now();
        const auto got = run(b.work(request, {}));
        if (!got) return got.error();
        return {};
    }
    void prepare_settling() {
        request = {};
        const auto plain = running();
        accept(plain);
        request.acks = {plain.id};
        ended.insert(plain.id);
        for (const auto what : {settlement::verb::done, settlement::verb::later, settlement::verb::release,
                                settlement::verb::park, settlement::verb::dead}) {
            auto j = make_job();
            j.key = "key:" + j.id;
            running(j);
            accept(j);
            if (what == settlement::verb::done || what == settlement::verb::dead) ended.insert(j.id);
            auto s = end_of(j, what, what == settlement::verb::done ? "{\"status\":200}" : some_history());
            if (what == settlement::verb::park) s.lane = "a";
            request.settlements.push_back(s);
        }
        const auto cancelled = running();
        say({"HDEL", names.job(), cancelled.id});
        request.settlements.push_back(end_of(cancelled, settlement::verb::gone));
    }
    void prepare_claiming() {
        request = {};
        const auto parked = make_job();
        running(parked);
        accept(parked);
        auto parking = end_of(parked, settlement::verb::park);
        parking.lane = "a";
        settle(parking);
        for (int p = priority_high; p <= priority_low; ++p) {
            auto j = make_job();
            j.priority = p;
            accept(ready(j));
            auto s = make_job();
            s.priority = p;
            s.at = base::system_clock().now() - 1s;
            accept(scheduled(s));
        }
        request.claim = 10;
        request.sources.push_back({"webhook", priority_normal, "a", 4});
        for (int p = priority_high; p <= priority_low; ++p) request.sources.push_back({"webhook", p, {}, 10});
    }

    work_request request;
};

TEST_F(WorkAbort, SettlingNeverLosesAJob) {
    stop_everywhere(&scripts::work, 20, [this] { prepare_settling(); }, [this](const scripts& s) { return work(s); });
}

TEST_F(WorkAbort, PromotingAndClaimingNeverLosesAJob) {
    stop_everywhere(&scripts::work, 20, [this] { prepare_claiming(); }, [this](const scripts& s) { return work(s); });
}

TEST_F(WorkAbort, ForgettingDoneJobsTouchesNoOther) {
    const auto prepare = [this] {
        settings.queue.done_keep = 100;
        for (int i = 0; i < 3; ++i) done(make_job(), "{}");
        settings.queue.done_keep = 1;
        done_is_forgotten = true;
        prepare_settling();
    };
    stop_everywhere(&scripts::work, 20, prepare, [this](const scripts& s) { return work(s); });
}

// --- recovery and housekeeping --------------------------------------------------------------------------------

TEST_F(WorkerAbort, RecoveryNeverLosesAJob) {
    const auto prepare = [this] {
        accept(running());
        accept(running());
        const auto poison = running();
        accept(poison);
        ended.insert(poison.id);
        history h;
        h.crashes = settings.queue.max_crashes;
        say({"HSET", names.tries(), poison.id, to_json(h)});
        const auto cancelled = running();
        say({"HDEL", names.job(), cancelled.id});
        say({"ZADD", names.workers(), "1", "w1"});
    };
    stop_everywhere(&scripts::recover, 15, prepare, [this](const scripts& s) -> result<void> {
        auto heir = make_broker(s, "w2");
        auto orphans = run(heir.owned_by("w1", 10, {})).value();
        const auto taken = run(heir.recover("w1", std::move(orphans), base::system_clock().now(), {}));
        if (!taken) return taken.error();
        return {};
    });
}

TEST_F(WorkerAbort, TrimmingTouchesNoLivingJobAndLeavesNothingBehind) {
    settings.queue.dead_keep = 1;
    settings.queue.done_keep = 100;
    const auto prepare = [this] {
        for (int i = 0; i < 3; ++i) dead();
        for (int i = 0; i < 2; ++i) done(make_job(), "{}");
        accept(running());
        accept(ready());
        say({"HSET", names.held(), "old", key_value("x", base::time_ms{})});
        settings.queue.done_age = base::ms{-1};
    };
    stop_everywhere(&scripts::trim, 10, prepare, [this](const scripts& s) -> result<void> {
        auto b = make_broker(s);
        const auto trimmed = run(b.trim({}));
        if (!trimmed) return trimmed.error();
        EXPECT_EQ(say({"ZCARD", names.dead()}).integer(), 1);
        EXPECT_EQ(say({"HLEN", names.held()}).integer(), 0);
        return {};
    });
}

}  // namespace
}  // namespace dormouse::queue
