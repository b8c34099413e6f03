// The steps that limits and followers add to a worker's scripts, each of them the last one before an abort: no place
// leaks, no limit is passed, no job is lost, and a follower comes once.
#include "queue/follower.hpp"
#include "queue/limit_text.hpp"
#include "tests/integration/queue/abort_world.hpp"

#include <gmock/gmock.h>

namespace dormouse::queue {
namespace {

using base::result;

const std::vector<limit> one{{"one", 1, {}}, {"all", 3, {}}};
const std::vector<limit> other{{"other", 1, 60'000}, {"all", 3, {}}};

class LimitsAbort : public abort_world {
protected:
    LimitsAbort() { limits = {{"one", 1}, {"other", 1}, {"all", 3}}; }

    settlement waiting(const job& j, const std::vector<limit>& under) {
        return end_of(j, settlement::verb::wait, limit_text(j.queue, under));
    }
    job in_line(const std::vector<limit>& under) {
        const auto j = running();
        settle(waiting(j, under));
        accept(j);
        return j;
    }
    /// Owned by w1, with its places.
    job with_places(const std::vector<limit>& under) {
        const auto j = in_line(under);
        work_request r;
        r.claim = 1;
        r.sources.push_back({"webhook", priority_normal, {}, 1, true});
        const auto got = run(worker.work(r, {})).value().claimed;
        EXPECT_EQ(got.size(), 1U);
        EXPECT_EQ(got.front().job.id, j.id);
        return j;
    }
    result<void> work(const scripts& text) {
        auto b = make_broker(text);
        request.now = base::system_clock().now();
        const auto got = run(b.work(request, {}));
        if (!got) return got.error();
        return {};
    }
    void claim_from_lines() {
        request.claim = 10;
        request.sources.push_back({"webhook", priority_normal, {}, 10, true});
    }

    work_request request;
};

TEST_F(LimitsAbort, SendingIntoLineAndClaimingInOneCall) {
    const auto prepare = [this] {
        request = {};
        for (const auto& under : {one, one, other}) {
            auto j = make_job();
            j.key = "key:" + j.id;
            running(j);
            accept(j);
            request.settlements.push_back(waiting(j, under));
        }
        claim_from_lines();
    };
    stop_everywhere(&scripts::work, 30, prepare, [this](const scripts& s) { return work(s); });
}

TEST_F(LimitsAbort, ClaimingFromLinesWhoseHeadsAreBlocked) {
    const auto prepare = [this] {
        request = {};
        with_places(one);
        for (const auto& under : {one, other, one, other}) in_line(under);
        say({"LPUSH", names.waiting("webhook", "other"), "01M842J7G000000000000000A1"});
        claim_from_lines();
    };
    stop_everywhere(&scripts::work, 25, prepare, [this](const scripts& s) { return work(s); });
}

class EndAbort : public LimitsAbort, public testing::WithParamInterface<settlement::verb> {};

TEST_P(EndAbort, OfAJobThatHoldsPlacesGivesThemBackAndTheNextInLineRuns) {
    using verb = settlement::verb;
    const auto what = GetParam();
    const auto prepare = [this, what] {
        request = {};
        const auto j = with_places(one);
        in_line(one);
        auto s = end_of(j, what, what == verb::done ? "{}" : some_history());
        if (what == verb::wait) s.text = limit_text(j.queue, one);
        if (what == verb::gone) say({"HDEL", names.job(), j.id});
        if (what == verb::gone) accepted.erase(j.id);
        if (what == verb::done || what == verb::dead) ended.insert(j.id);
        s.lane = "a";
        request.settlements.push_back(s);
        claim_from_lines();
    };
    stop_everywhere(&scripts::work, 15, prepare, [this](const scripts& s) { return work(s); });
}

INSTANTIATE_TEST_SUITE_P(Every, EndAbort,
                         testing::Values(settlement::verb::done, settlement::verb::later, settlement::verb::release,
                                         settlement::verb::park, settlement::verb::wait, settlement::verb::dead,
                                         settlement::verb::gone));

TEST_F(LimitsAbort, AcksOfJobsThatHoldPlaces) {
    const auto prepare = [this] {
        request = {};
        const auto limited = with_places(one);
        const auto free = running();
        accept(free);
        in_line(one);
        in_line(other);
        request.acks = {limited.id, free.id};
        ended = {limited.id, free.id};
        claim_from_lines();
    };
    stop_everywhere(&scripts::work, 20, prepare, [this](const scripts& s) { return work(s); });
}

TEST_F(LimitsAbort, RecoveryOfAWorkerThatHeldPlaces) {
    const auto prepare = [this] {
        with_places(one);
        const auto poison = with_places(other);
        ended.insert(poison.id);
        history h;
        h.crashes = settings.queue.max_crashes;
        say({"HSET", names.tries(), poison.id, to_json(h)});
        in_line(one);
        in_line(other);
        say({"ZADD", names.workers(), "1", "w1"});
    };
    stop_everywhere(&scripts::recover, 20, prepare, [this](const scripts& s) -> result<void> {
        auto heir = make_broker(s, "w2");
        auto orphans = run(heir.owned_by("w1", 10, {})).value();
        const auto taken = run(heir.recover("w1", std::move(orphans), base::system_clock().now(), {}));
        if (!taken) return taken.error();
        return {};
    });
}

// --- followers ------------------------------------------------------------------------------------------------

class FollowerAbort : public LimitsAbort {
protected:
    void prepare_parent(const std::string& key) {
        request = {};
        auto parent = make_job();
        auto next = make_job();
        next.id.clear();
        next.key = key;
        parent.then = std::make_shared<const job>(next);
        running(parent);
        accept(parent);
        ended.insert(parent.id);
        follower = std::make_shared<const job>(follower_of(parent, base::system_clock().now()));
        auto s = end_of(parent, settlement::verb::done, R"({"then":")" + follower->id + R"("})");
        s.follower = follower;
        request.settlements.push_back(s);
    }
    std::shared_ptr<const job> follower;
};

TEST_F(FollowerAbort, TheParentIsDoneOrStillOwnedAndTheFollowerRunsOnce) {
    for (const std::string key : {"", "grant:1"}) {
        const auto prepare = [&] { prepare_parent(key); };
        stop_everywhere(&scripts::work, 10, prepare, [&](const scripts& s) {
            const auto answer = work(s);
            const auto& parent = request.settlements.front().id;
            const bool owned = say({"SISMEMBER", names.own("w1"), parent}).integer() == 1;
            EXPECT_TRUE(owned || has({"ZSCORE", names.done(), parent}));
            EXPECT_TRUE(owned || has({"HGET", names.job(), follower->id}) || ran.contains(follower->id));
            if (answer) accept(*follower);
            return answer;
        });
        if (HasFailure()) return;
    }
}

TEST_F(FollowerAbort, AFollowerWhoseKeyIsHeldEndsAsADuplicate) {
    const auto prepare = [&] {
        prepare_parent("grant:1");
        auto holder = make_job();
        holder.key = "grant:1";
        ready(holder);
        accept(holder);
    };
    stop_everywhere(&scripts::work, 8, prepare, [&](const scripts& s) {
        const auto answer = work(s);
        EXPECT_FALSE(has({"HGET", names.job(), follower->id}));
        if (answer)
            EXPECT_NE(say({"HGET", names.results(), follower->id}).text().find("duplicate_of"), std::string::npos);
        return answer;
    });
}

TEST_F(FollowerAbort, AParentThatIsSettledAgainAfterItsFollowerRanMakesNoSecondOne) {
    clean();
    prepare_parent("");
    ASSERT_TRUE(work(the_scripts()));
    run_all("w2");
    ASSERT_EQ(runs[follower->id], 1);
    say({"SADD", names.own("w1"), request.settlements.front().id});
    ASSERT_TRUE(work(the_scripts()));
    run_all("w2");
    EXPECT_EQ(runs[follower->id], 1);
}

}  // namespace
}  // namespace dormouse::queue
