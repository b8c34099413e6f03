// What schedulers remember together, on a real Redis: one of many carries a change out, and a tick's job comes once
// whatever is aborted or repeated.

#include "queue/schedules.hpp"

#include "queue/envelope.hpp"
#include "queue/schedule_bell.hpp"
#include "tests/integration/queue/operator_world.hpp"
#include "tests/integration/queue/stopped_script.hpp"

#include <gmock/gmock.h>

namespace dormouse::queue {
namespace {

using outcome = schedule_event::outcome;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto tick = base::from_epoch_ms(1'795'000'000'000);
constexpr auto later = tick + 1h;

class Schedules : public operator_world {
protected:
    schedule_record read(const std::string& name = "nightly") {
        return run(store.read({name})).value().records.front();
    }
    bool change(schedule_change c) { return run(store.change(std::move(c))).value(); }

    schedule_change adopted() {
        schedule_change c{"nightly", read()};
        c.definition = "30 3 * * * in UTC";
        c.settled = tick - 24h;
        return c;
    }
    std::shared_ptr<const job> tick_job(base::time_ms at = tick) {
        auto j = make_job();
        j.id = tick_job_id("nightly", at, false);
        return std::make_shared<const job>(j);
    }
    schedule_change firing(base::time_ms at = tick) {
        schedule_change c{"nightly", read()};
        c.settled = at;
        c.fires = tick_job(at);
        c.fired = at;
        c.event = schedule_event{outcome::enqueued, at, at};
        c.event->job = c.fires->id;
        return c;
    }
    schedule_change beginning(const std::string& owner, base::time_ms lease) {
        schedule_change c{"nightly", read()};
        c.settled = tick;
        c.begins = schedule_run{"run-1", tick, tick, owner, lease};
        return c;
    }
    std::vector<schedule_event> log() { return run(store.log("nightly", 100)).value(); }

    schedules store{connection, names};
};

TEST_F(Schedules, OneThatWasNeverSeenIsEmpty) {
    const auto r = read();
    EXPECT_EQ(r.definition, "");
    EXPECT_FALSE(r.paused || r.wanted || r.fired || r.run || r.job_open);
    EXPECT_THAT(log(), IsEmpty());
}

TEST_F(Schedules, ReadingTellsRedisTime) {
    const auto now = run(store.read({})).value().now;
    EXPECT_LT(now - base::system_clock().now(), 1min);
    EXPECT_GT(now - base::system_clock().now(), -1min);
}

TEST_F(Schedules, OfTwoThatSawTheSameOneCarriesTheChangeOut) {
    ASSERT_TRUE(change(adopted()));
    const auto first = firing();
    const auto second = firing();
    EXPECT_TRUE(change(first));
    EXPECT_FALSE(change(second));
    EXPECT_EQ(claim(), std::vector{first.fires->id});
    EXPECT_EQ(log().size(), 1U);
}

TEST_F(Schedules, ATicksJobIsOpenUntilItHasEnded) {
    ASSERT_TRUE(change(adopted()));
    ASSERT_TRUE(change(firing()));
    EXPECT_EQ(read().fired, tick);
    EXPECT_EQ(read().settled, tick);
    EXPECT_TRUE(read().job_open);
    ASSERT_EQ(claim().size(), 1U);
    EXPECT_TRUE(read().job_open);
    const auto id = tick_job()->id;
    settle({settlement::verb::done, id, "webhook", priority_normal, {}, {}, {}, {}});
    EXPECT_FALSE(read().job_open);
}

TEST_F(Schedules, ATicksJobThatIsDeadIsNotOpen) {
    ASSERT_TRUE(change(adopted()));
    ASSERT_TRUE(change(firing()));
    ASSERT_EQ(claim().size(), 1U);
    const auto past = as_dead({}, "hook_gone", "gave up", tick);
    settle({settlement::verb::dead, tick_job()->id, "webhook", priority_normal, {}, {}, {}, to_json(past)});
    EXPECT_FALSE(read().job_open);
}

TEST_F(Schedules, ATicksJobIsAsComplete) {
    ASSERT_TRUE(change(adopted()));
    ASSERT_TRUE(change(firing()));
    const auto seen = run(operators.show(tick_job()->id)).value();
    EXPECT_EQ(seen.state, job_state::ready);
    ASSERT_TRUE(seen.job);
    EXPECT_EQ(seen.job->kind, "webhook-delivery");
    EXPECT_EQ(base::ulid_time(seen.id), tick);
}

TEST_F(Schedules, IdsDependOnScheduleTickAndWhoWantedIt) {
    const auto id = tick_job_id("a", tick, false);
    EXPECT_TRUE(base::is_ulid(id));
    EXPECT_EQ(id, tick_job_id("a", tick, false));
    EXPECT_NE(id, tick_job_id("b", tick, false));
    EXPECT_NE(id, tick_job_id("a", later, false));
    EXPECT_NE(id, tick_job_id("a", tick, true));
}

// The script is stopped after each of its commands, then the tick is fired again, as another scheduler does.
TEST_F(Schedules, AFiringThatIsAbortedAnywhereEnqueuesOnceAndLosesNothing) {
    for (const bool another_worker : {false, true}) {
        int n = 0;
        for (bool through = false; !through; ++n) {
            SCOPED_TRACE(n);
            ASSERT_LT(n, 40);
            say({"FLUSHALL"});
            ASSERT_TRUE(run(worker.beat(true, {})));
            ASSERT_TRUE(change(adopted()));
            auto text = the_scripts();
            text.tick = stopped_at(the_scripts().tick, n);
            schedules stopped{connection, names, text};
            const auto answer = run(stopped.change(firing()));
            through = bool(answer);
            std::vector<std::string> ran;
            const auto run_all = [&] {
                for (const auto& id : claim()) {
                    ran.push_back(id);
                    settle({settlement::verb::done, id, "webhook", priority_normal, {}, {}, {}, {}});
                }
            };
            if (another_worker) run_all();
            if (!through) {
                if (read().settled != tick) {
                    EXPECT_TRUE(change(firing()));
                }
            }
            run_all();
            EXPECT_THAT(ran, ElementsAre(tick_job()->id));
            EXPECT_EQ(read().settled, tick);
            EXPECT_LE(log().size(), 1U);
        }
        EXPECT_GT(n, 12) << "the script makes more commands than that";
    }
}

TEST_F(Schedules, ARunIsHeldRenewedAndEnded) {
    ASSERT_TRUE(change(adopted()));
    ASSERT_TRUE(change(beginning("one", tick + 30s)));
    auto r = read().run;
    ASSERT_TRUE(r);
    EXPECT_EQ(r->owner, "one");
    EXPECT_EQ(r->tries, 1);
    const auto renewed = run(store.hold("nightly", *r, "one", tick + 60s)).value();
    ASSERT_TRUE(renewed);
    EXPECT_EQ(renewed->lease, tick + 60s);
    EXPECT_EQ(renewed->tries, 1);
    EXPECT_EQ(read().run, *renewed);
    schedule_event e{outcome::done, tick, tick + 1min, tick};
    e.note = "rows=3";
    EXPECT_TRUE(run(store.end("nightly", *renewed, e)).value());
    EXPECT_FALSE(read().run);
    EXPECT_THAT(log(), ElementsAre(e));
}

TEST_F(Schedules, ARunThatWasTakenOverBelongsToTheHeirAlone) {
    ASSERT_TRUE(change(adopted()));
    ASSERT_TRUE(change(beginning("one", tick + 30s)));
    const auto lost = read().run.value();
    const auto taken = run(store.hold("nightly", lost, "two", tick + 90s)).value();
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->tries, 2);
    EXPECT_EQ(run(store.hold("nightly", lost, "three", tick + 90s)).value(), std::nullopt);
    EXPECT_EQ(run(store.hold("nightly", lost, "one", tick + 60s)).value(), std::nullopt);
    EXPECT_FALSE(run(store.end("nightly", lost, {outcome::done, tick, tick})).value());
    EXPECT_EQ(read().run, *taken);
    EXPECT_THAT(log(), IsEmpty());
}

TEST_F(Schedules, ATickIsNotFiredBesideARunThatWasNotSeen) {
    ASSERT_TRUE(change(adopted()));
    const auto too_late = beginning("two", tick + 30s);
    auto wished = beginning("one", tick + 30s);
    wished.settled.reset();
    ASSERT_TRUE(change(wished));
    EXPECT_FALSE(change(too_late));
    EXPECT_EQ(read().run->owner, "one");
}

TEST_F(Schedules, APauseThatWasNotSeenPreventsTheFiring) {
    ASSERT_TRUE(change(adopted()));
    const auto unaware = firing();
    EXPECT_TRUE(run(store.pause("nightly", tick)).value());
    EXPECT_FALSE(run(store.pause("nightly", later)).value());
    EXPECT_EQ(read().paused, tick);
    EXPECT_FALSE(change(unaware));
    EXPECT_TRUE(run(store.resume("nightly")).value());
    EXPECT_FALSE(run(store.resume("nightly")).value());
    EXPECT_FALSE(read().paused);
}

TEST_F(Schedules, AWishIsAnsweredOnceAndTheTicksStay) {
    ASSERT_TRUE(change(adopted()));
    EXPECT_TRUE(run(store.want_run("nightly", later)).value());
    EXPECT_FALSE(run(store.want_run("nightly", later + 1s)).value());
    EXPECT_EQ(read().wanted, later);
    auto c = firing(later);
    c.settled.reset();
    c.answers_wish = true;
    const auto again = c;
    EXPECT_TRUE(change(c));
    EXPECT_FALSE(change(again));
    EXPECT_FALSE(read().wanted);
    EXPECT_EQ(read().settled, tick - 24h);
    EXPECT_EQ(claim().size(), 1U);
}

TEST_F(Schedules, TheLogKeepsTheNewestLines) {
    ASSERT_TRUE(change(adopted()));
    for (int i = 0; i < 103; ++i) {
        schedule_change c{"nightly", read()};
        c.settled = tick + i * 1s;
        c.event = schedule_event{outcome::skipped, tick + i * 1s, tick};
        ASSERT_TRUE(change(c));
    }
    EXPECT_EQ(say({"LLEN", names.schedule_log("nightly")}).integer(), 100);
    const auto newest = run(store.log("nightly", 2)).value();
    ASSERT_EQ(newest.size(), 2U);
    EXPECT_EQ(newest.front().tick, tick + 102s);
}

TEST_F(Schedules, AWishRingsForOneThatWaits) {
    schedule_bell bell{io.get_executor(), options_to(server), names};
    base::asio::co_spawn(io, bell.run(), base::asio::detached);
    ASSERT_TRUE(run(bell.wait_connected(deadline::after(5s))));
    EXPECT_FALSE(run(bell.rung(20ms)).value());
    EXPECT_TRUE(run(store.want_run("nightly", tick)).value());
    EXPECT_TRUE(run(bell.rung(5s)).value());
    EXPECT_FALSE(run(bell.rung(20ms)).value());
    test::run_on(io, bell.close(deadline::after(1s)));
}

}  // namespace
}  // namespace dormouse::queue
