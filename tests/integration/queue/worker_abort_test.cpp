// Each script of a worker is stopped after each of its commands, on a queue prepared anew. Then the call is made again,
// as a worker does, and the worker dies: whatever was accepted must have run, or have ended as it was told to.
#include "tests/integration/queue/abort_world.hpp"

#include <gmock/gmock.h>

#include <map>

namespace dormouse::queue {
namespace {

using base::result;
using WorkerAbort = abort_world;

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
        auto parked = make_job();
        put(parked, admission::verb::ready);
        for (auto& [envelope, verdict] : verdicts)
            if (verdict.id == parked.id) verdict.lane = "a";
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
