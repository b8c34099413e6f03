// Limits across workers: places, order, rates, and who is told when a place is free.
#include "tests/integration/queue/limits_world.hpp"

#include <gmock/gmock.h>

#include <set>

namespace dormouse::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class Limits : public limits_world {};

TEST_F(Limits, AJobThatIsSentIntoLineIsClaimedByTheSameCall) {
    const auto j = running();
    EXPECT_THAT(take(worker, 5, {waiting_of(j, {{"wallet:p1", 1, {}}})}), ElementsAre(j.id));
    EXPECT_EQ(state_of(j.id), job_state::running);
    EXPECT_EQ(places(), 1);
}

TEST_F(Limits, NoMoreThanItsPlacesRunAcrossWorkersAndTheRestKeepsItsOrder) {
    const limits under{{"wallet:p1", 2, {}}};
    std::vector<job> jobs;
    for (int i = 0; i < 4; ++i) jobs.push_back(in_line(under));
    EXPECT_THAT(take(), ElementsAre(jobs[0].id, jobs[1].id));
    EXPECT_THAT(take(named("w2")), IsEmpty());
    EXPECT_FALSE(last.more) << "a full line is nobody's work";
    EXPECT_THAT(take(worker, 10, {end_of(jobs[1], settlement::verb::done)}), ElementsAre(jobs[2].id));
    end(worker, jobs[0]);
    EXPECT_THAT(take(named("w2")), ElementsAre(jobs[3].id));
    end(worker, jobs[2]);
    end(named("w2"), jobs[3]);
    EXPECT_EQ(places(), 0);
    EXPECT_EQ(records(), 0);
    EXPECT_EQ(say({"EXISTS", names.waits("webhook"), names.waiting("webhook", "wallet:p1")}).integer(), 0);
}

TEST_F(Limits, EveryEndGivesThePlaceBack) {
    const limits under{{"wallet:p1", 1, {}}, {"site", 9, {}}};
    using verb = settlement::verb;
    for (const auto what : {verb::done, verb::later, verb::release, verb::dead, verb::park}) {
        SCOPED_TRACE(static_cast<int>(what));
        const auto j = in_line(under);
        ASSERT_THAT(take(), ElementsAre(j.id));
        ASSERT_EQ(places(), 2);
        auto s = end_of(j, what, what == verb::done ? "{}" : some_history());
        s.lane = "a";
        s.due += 1h;
        settle(s);
        EXPECT_EQ(places(), 0);
        EXPECT_EQ(records(), what == verb::release ? 1 : 0);
        if (what != verb::release) continue;
        EXPECT_THAT(take(), ElementsAre(j.id)) << "back in its line";
        end(worker, j);
    }
}

TEST_F(Limits, AReleasedJobGoesBackToTheFrontOfItsLine) {
    const limits under{{"subscription:7", 1, {}}};
    const auto first = in_line(under);
    const auto second = in_line(under);
    ASSERT_THAT(take(), ElementsAre(first.id));
    end(worker, first, settlement::verb::release, some_history());
    EXPECT_THAT(take(), ElementsAre(first.id));
    EXPECT_EQ(state_of(second.id), job_state::ready);
}

TEST_F(Limits, AJobThatWaitsForAnotherLimitIsPassedOverButKeepsItsTurnInEach) {
    const limit site{"site", 3, {}};
    const auto a1 = in_line({site, {"user:a", 1, {}}});
    const auto a2 = in_line({site, {"user:a", 1, {}}});
    const auto b1 = in_line({site, {"user:b", 1, {}}});
    const auto a3 = in_line({site, {"user:a", 1, {}}});
    EXPECT_THAT(take(), ElementsAre(a1.id, b1.id));
    EXPECT_THAT(take(named("w2")), IsEmpty());
    EXPECT_THAT(take(worker, 10, {end_of(a1, settlement::verb::done)}), ElementsAre(a2.id)) << "not a3";
    EXPECT_THAT(take(worker, 10, {end_of(a2, settlement::verb::done)}), ElementsAre(a3.id));
}

TEST_F(Limits, ASecondLimitThatIsFreedOpensTheLinesThatWaitForIt) {
    const limit shared{"all", 1, {}};
    const auto a = in_line({{"wallet:a", 1, {}}, shared});
    const auto b = in_line({{"wallet:b", 1, {}}, shared});
    const auto c = in_line({{"wallet:c", 1, {}}, shared});
    std::vector<std::string> order;
    auto got = take();
    ASSERT_THAT(got, SizeIs(1));
    for (int i = 0; i < 3; ++i) {
        ASSERT_THAT(got, SizeIs(1));
        order.push_back(got.front());
        auto ended = make_job();
        ended.id = got.front();
        got = take(worker, 10, {end_of(ended, settlement::verb::done)});
    }
    EXPECT_THAT(order, UnorderedElementsAre(a.id, b.id, c.id));
    EXPECT_THAT(got, IsEmpty());
}

TEST_F(Limits, LinesTakeTurnsAtASharedLimit) {
    const limit shared{"all", 1, {}};
    std::map<std::string, char> line_of;
    for (int i = 0; i < 3; ++i)
        for (const char line : {'a', 'b'}) line_of[in_line({{std::string{line}, 9, {}}, shared}).id] = line;
    std::string turns;
    auto got = take();
    while (!got.empty()) {
        ASSERT_THAT(got, SizeIs(1));
        turns.push_back(line_of.at(got.front()));
        auto ended = make_job();
        ended.id = got.front();
        // Turns are told by the millisecond.
        const auto now = base::system_clock().now();
        while (base::system_clock().now() - now < base::ms{2}) (void)say({"PING"});
        got = take(worker, 10, {end_of(ended, settlement::verb::done)});
    }
    EXPECT_THAT(turns, testing::AnyOf("ababab", "bababa"));
}

TEST_F(Limits, ManyLinesThatWaitForOneLimitAllGetTheirTurnWithoutHousekeeping) {
    constexpr int lines = 60;
    std::set<std::string> waiting;
    for (int i = 0; i < lines; ++i)
        waiting.insert(in_line({{"wallet:" + std::to_string(i), 1, {}}, {"all", 1, {}}}).id);
    auto got = take();
    while (!got.empty()) {
        ASSERT_THAT(got, SizeIs(1));
        waiting.erase(got.front());
        auto ended = make_job();
        ended.id = got.front();
        got = take(worker, 10, {end_of(ended, settlement::verb::done)});
    }
    EXPECT_THAT(waiting, IsEmpty());
    EXPECT_EQ(records(), 0);
}

TEST_F(Limits, ARateSpreadsTheStartsAndSaysWhenTheNextOneIsDue) {
    const limits under{{"bank", 5, 600}};  // one every 100 ms
    const auto first = in_line(under);
    const auto second = in_line(under);
    ASSERT_THAT(take(), ElementsAre(first.id));
    ASSERT_TRUE(last.next_due);
    const auto due = *last.next_due;
    EXPECT_GT(due, last.now);
    EXPECT_LE(due, last.now + base::ms{101});
    std::vector<std::string> got;
    auto in_vain = last.now;
    while (got.empty()) {
        in_vain = last.now;
        got = take();
    }
    EXPECT_THAT(got, ElementsAre(second.id));
    EXPECT_LT(in_vain, due) << "the first call from then on gets it";
    EXPECT_GE(last.now, due);
    EXPECT_LE(last.now, due + base::ms{20'000});
}

TEST_F(Limits, AnUnusedRateSavesNothingUp) {
    say({"ZADD", names.rates(), "1", "bank"});
    const limits under{{"bank", 5, 60}};
    const auto first = in_line(under);
    in_line(under);
    EXPECT_THAT(take(), ElementsAre(first.id)) << "one, however long nothing ran";
}

TEST_F(Limits, AFreedPlaceRingsForTheQueueThatWaitsForItEvenIfThisWorkerDoesNotServeIt) {
    const limit shared{"wallet:p1", 1, {}};
    const auto mine = in_line({shared});
    ASSERT_THAT(take(), ElementsAre(mine.id));
    auto& other = named("w2", {"default"});
    auto theirs = make_job();
    theirs.queue = "default";
    ready(theirs);
    work_request r;
    r.claim = 1;
    r.sources.push_back({"default", priority_normal, {}, 1});
    ASSERT_THAT(run(other.work(r, {})).value().claimed, SizeIs(1));
    ASSERT_THAT(take(other, 5, {waiting_of(theirs, {shared})}, "default"), IsEmpty());
    say({"DEL", names.wake("default")});

    end(worker, mine);
    EXPECT_EQ(say({"EXISTS", names.wake("default")}).integer(), 1) << "rung at once";
    EXPECT_THAT(take(other, 5, {}, "default"), ElementsAre(theirs.id));
}

TEST_F(Limits, APlaceFreedByAWorkerWithoutSlotsIsOfferedToOthers) {
    const limits under{{"wallet:p1", 1, {}}};
    const auto first = in_line(under);
    const auto second = in_line(under);
    ASSERT_THAT(take(), ElementsAre(first.id));
    ASSERT_THAT(take(), IsEmpty());
    say({"DEL", names.wake("webhook")});
    end(worker, first);
    EXPECT_TRUE(last.more);
    EXPECT_EQ(say({"EXISTS", names.wake("webhook")}).integer(), 1);
    EXPECT_THAT(take(named("w2")), ElementsAre(second.id));
}

TEST_F(Limits, AWorkerThatDiesLosesItsPlacesAndItsJobGoesToTheFrontOfTheLine) {
    const limits under{{"wallet:p1", 1, {}}};
    const auto first = in_line(under);
    const auto second = in_line(under);
    ASSERT_THAT(take(), ElementsAre(first.id));
    auto& heir = named("w2");
    ASSERT_THAT(take(heir), IsEmpty());
    say({"ZADD", names.workers(), "1", "w1"});
    say({"DEL", names.wake("webhook")});
    ASSERT_EQ(
        run(heir.recover("w1", run(heir.owned_by("w1", 10, {})).value(), base::system_clock().now(), {})).value().taken,
        1U);
    EXPECT_EQ(places(), 0);
    EXPECT_EQ(say({"EXISTS", names.wake("webhook")}).integer(), 1);
    EXPECT_THAT(take(heir), ElementsAre(first.id));
    EXPECT_EQ(last.claimed.front().history.crashes, 1);
    EXPECT_EQ(state_of(second.id), job_state::ready);
}

TEST_F(Limits, AnUnknownWorkerGetsNoPlace) {
    in_line({{"wallet:p1", 1, {}}});
    broker stranger{connection, names, "stranger", settings.queue, base::ms{60'000}, {"webhook"}};
    EXPECT_THAT(take(stranger), IsEmpty());
    EXPECT_FALSE(last.lease_known);
    EXPECT_EQ(places(), 0);
}

TEST_F(Limits, APausedQueueGivesNothingFromItsLines) {
    const auto j = in_line({{"wallet:p1", 1, {}}});
    ASSERT_TRUE(run(operators.pause("webhook")).value());
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_FALSE(last.more);
    ASSERT_TRUE(run(operators.resume("webhook")).value());
    EXPECT_THAT(take(), ElementsAre(j.id));
}

TEST_F(Limits, TheIdempotencyKeyOfAJobInLineIsKeptAlive) {
    auto j = make_job();
    j.key = "charge:1";
    running(j);
    say({"HSET", names.held(), j.key, key_value(j.id, base::time_ms{})});
    auto s = waiting_of(j, {{"wallet:p1", 1, {}}});
    take(worker, 0, {s});
    const auto held = read_key_value(say({"HGET", names.held(), j.key}).text());
    ASSERT_TRUE(held);
    EXPECT_GT(held->until, base::system_clock().now() + settings.queue.key_keep / 2);
}

TEST_F(Limits, OperatorsSeeWhoWaitsForWhat) {
    const limits under{{"wallet:p1", 1, {}}, {"all", 9, {}}};
    const auto runs = in_line(under);
    ASSERT_THAT(take(), ElementsAre(runs.id));
    const auto waits = in_line(under);
    const auto view = run(operators.show(waits.id)).value();
    EXPECT_EQ(view.state, job_state::ready);
    EXPECT_EQ(view.waits_for, "wallet:p1");
    EXPECT_EQ(run(operators.show(runs.id)).value().waits_for, "");
    const auto page = run(operators.list({})).value();
    ASSERT_THAT(page.jobs, SizeIs(1));
    EXPECT_EQ(page.jobs[0].id, waits.id);
    EXPECT_EQ(page.jobs[0].note, "waits for limit wallet:p1");
    const auto depth = run(operators.depth()).value();
    ASSERT_THAT(depth.queues, SizeIs(1));
    EXPECT_EQ(depth.queues[0].ready, 1U);
    EXPECT_TRUE(depth.queues[0].oldest_ready);
    EXPECT_EQ(depth.running, 1U);
}

TEST_F(Limits, AJobInLineCanBeCancelledAndThoseBehindItGoOn) {
    const limit full{"full", 1, {}};
    const auto holder = in_line({full});
    ASSERT_THAT(take(), ElementsAre(holder.id));
    std::vector<job> heads;
    for (int i = 0; i < 16; ++i) heads.push_back(in_line({{"site", 5, {}}, full}));
    const auto last_one = in_line({{"site", 5, {}}});
    ASSERT_THAT(take(), IsEmpty()) << "nobody looks deeper than 16";
    say({"DEL", names.wake("webhook")});
    EXPECT_EQ(run(operators.cancel(heads[3].id)).value(), job_state::ready);
    EXPECT_EQ(say({"EXISTS", names.wake("webhook")}).integer(), 1);
    EXPECT_EQ(state_of(heads[3].id), job_state::done);
    EXPECT_THAT(take(), ElementsAre(last_one.id));
    EXPECT_EQ(records(), 17) << "those that run or wait, and not the cancelled one";
}

TEST_F(Limits, AnEntryThatAnAbortLeftInTheLineIsDropped) {
    const limits under{{"wallet:p1", 2, {}}};
    const auto j = in_line(under);
    say({"LPUSH", names.waiting("webhook", "wallet:p1"), j.id});
    say({"LPUSH", names.waiting("webhook", "wallet:p1"), "01M842J7G000000000000000A1"});
    EXPECT_THAT(take(), ElementsAre(j.id)) << "once, although there is a second place";
    EXPECT_THAT(take(named("w2")), IsEmpty());
    EXPECT_EQ(places(), 1);
    EXPECT_EQ(say({"EXISTS", names.waiting("webhook", "wallet:p1")}).integer(), 0);
}

TEST_F(Limits, HousekeepingDropsWhatNobodyNeedsAndOpensWhatWasForgotten) {
    say({"ZADD", names.rates(), "1", "long-ago", "9999999999999", "soon"});
    say({"HSET", names.limits(), "01M842J7G000000000000000A1", "webhook wallet:p1 1 0"});
    const auto j = in_line({{"wallet:p1", 1, {}}});
    say({"ZADD", names.waits("webhook"), "-5", "wallet:p1"});
    EXPECT_THAT(take(), IsEmpty());
    ASSERT_TRUE(run(worker.trim({})));
    EXPECT_EQ(say({"ZCARD", names.rates()}).integer(), 1);
    EXPECT_EQ(records(), 1);
    EXPECT_THAT(take(), ElementsAre(j.id));
    ASSERT_TRUE(run(worker.trim({})));
    EXPECT_EQ(records(), 1) << "a running job's record stays";
}

}  // namespace
}  // namespace dormouse::queue
