// Connections that break at every step of every verb, and two workers that crash, oversleep and lose answers at
// random: no letter goes out twice, and none is lost.
#include "tests/integration/site/reminder_world.hpp"
#include "tests/integration/site/sql_cutter.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace dormouse::site {
namespace {

using enum letter_state;

class ReminderAborts : public reminder_world {
protected:
    config::database_settings cuttable() {
        auto s = settings();
        s.socket = cutter.socket();
        s.connections = 1;
        return s;
    }
    /// Runs `verb` with a cut at each of its requests in turn, until there is none left to cut.
    template <class Verb>
    void at_every_step(Verb verb) {
        for (const auto where : {test::cut::request, test::cut::answer}) {
            int step = 0;
            for (bool cut = true; cut; ++step) {
                ASSERT_LT(step, 30) << "the verb never gets through";
                (void)run(broken_ledger.find(0, {}));  // connected, so that step 0 is the verb's own first request
                cut = false;
                verb([&] { cutter.arm(step, where); }, [&] { return cut = cutter.disarm(); });
            }
            EXPECT_GT(step, 1) << "something was cut";
        }
    }

    test::sql_cutter cutter{server.socket()};
    pool broken{cuttable()};
    reminders broken_ledger{broken};
    std::int64_t user = 100;
};

TEST_F(ReminderAborts, AClaimWhoseAnswerIsLostIsTakenAgainByTheSameOwner) {
    at_every_step([&](auto arm, auto disarm) {
        const auto id = planned(letter(++user));
        arm();
        const auto c = run(broken_ledger.claim(id, "a", lease, yes(), now, {}));
        disarm();
        ASSERT_TRUE(c) << c.error().message();
        EXPECT_EQ(c->what, letter_claim::end::claimed);
        EXPECT_TRUE(stream(c->fence));
    });
}

TEST_F(ReminderAborts, ACommitThatIsNotHeardIsAnErrorAndCanBeTakenBack) {
    bool doubted = false;
    bool not_doubted = false;
    at_every_step([&](auto arm, auto disarm) {
        const auto id = planned(letter(++user));
        const auto c = claim(id);
        EXPECT_TRUE(stream(c.fence));
        arm();
        const auto committed = run(broken_ledger.commit_in_doubt(c.fence, now, {}));
        if (!disarm()) {
            EXPECT_TRUE(committed.value());
            return;
        }
        EXPECT_EQ(committed.error(), base::errc::connection_lost) << "never said twice, and never true by chance";
        (state(id) == in_doubt ? doubted : not_doubted) = true;
        EXPECT_TRUE(settle(c.fence, {retry, "commit", {}, now}));
        EXPECT_EQ(claim(id, "b").what, letter_claim::end::claimed);
    });
    EXPECT_TRUE(doubted && not_doubted) << "both happen";
}

TEST_F(ReminderAborts, AnEndIsWrittenOnceWhateverBreaks) {
    at_every_step([&](auto arm, auto disarm) {
        const auto id = planned(letter(++user));
        const auto c = claim(id);
        EXPECT_TRUE(stream(c.fence) && commit(c.fence));
        arm();
        const auto settled = run(broken_ledger.settle(c.fence, {sent, {}, "q"}, now, {}));
        disarm();
        EXPECT_TRUE(settled.value());
        EXPECT_EQ(state(id), sent);
    });
}

TEST_F(ReminderAborts, APlanIsWrittenOnceWhateverBreaks) {
    at_every_step([&](auto arm, auto disarm) {
        const std::vector<planned_letter> wanted{{letter(++user), letter_state::planned, {}, now},
                                                 {letter(user, letter_stage::second), skipped, "skipped_late", now}};
        arm();
        const auto rows = run(broken_ledger.plan(
            {user}, "2026-11-21",
            [&](const auto& known) { return known.empty() ? wanted : std::vector<planned_letter>{}; }, now, {}));
        disarm();
        ASSERT_TRUE(rows) << rows.error().message();
        EXPECT_EQ(server.sql("SELECT GROUP_CONCAT(state ORDER BY id) FROM wp_dormouse_reminder WHERE user_id = " +
                             std::to_string(user)),
                  "planned,skipped");
    });
}

// --- two workers ------------------------------------------------------------------------------------------------

/// One worker, as it goes about a letter: what it believes, and what really went out.
struct attempt {
    letter_fence fence;
    enum class at { claimed, streaming, accepted, refused, unheard } where = at::claimed;
};

class TwoWorkers : public ReminderAborts, public testing::WithParamInterface<unsigned> {
protected:
    bool chance(int percent) { return std::uniform_int_distribution<>{1, 100}(random) <= percent; }
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random); }

    /// A verb whose connection breaks now and then.
    template <class T>
    base::result<T> risky(base::awaitable<base::result<T>> verb) {
        if (chance(15)) cutter.arm(static_cast<int>(below(6)), chance(50) ? test::cut::request : test::cut::answer);
        auto r = run(std::move(verb));
        cutter.disarm();
        return r;
    }

    void step(std::size_t worker, std::int64_t id) {
        auto& mine = attempts[{worker, id}];
        if (!mine) return begin(worker, id, mine);
        if (chance(15)) return mine.reset();  // it crashed
        using enum attempt::at;
        switch (mine->where) {
            case claimed: return go_on(mine);
            case streaming: return finish(mine, id);
            case accepted: return settle_as(mine, {sent, {}, "q"});
            case refused: return settle_as(mine, {retry, "451", {}, clock});
            case unheard: return settle_as(mine, {in_doubt, "unheard"});
        }
    }
    void begin(std::size_t worker, std::int64_t id, std::optional<attempt>& mine) {
        const auto owner = "w" + std::to_string(worker) + ":" + std::to_string(++number);
        const auto c = risky(broken_ledger.claim(id, owner, lease, yes(), clock, {}));
        if (c && c->what == letter_claim::end::claimed) mine = attempt{c->fence};
    }
    void go_on(std::optional<attempt>& mine) {
        if (chance(10)) {
            (void)risky(broken_ledger.release(mine->fence, clock, {}));
            return mine.reset();
        }
        const auto on = risky(broken_ledger.start_streaming(mine->fence, {}, clock, {}));
        if (on && *on)
            mine->where = attempt::at::streaming;
        else
            mine.reset();
    }
    void finish(std::optional<attempt>& mine, std::int64_t id) {
        const auto committed = risky(broken_ledger.commit_in_doubt(mine->fence, clock, {}));
        if (!committed || !*committed) {  // the connection to the mail server is dropped
            (void)risky(broken_ledger.settle(mine->fence, {retry, "commit", {}, clock}, clock, {}));
            return mine.reset();
        }
        using enum attempt::at;
        mine->where = chance(60) ? accepted : chance(50) ? refused : unheard;
        if (mine->where == accepted || (mine->where == unheard && chance(50))) ++delivered[id];
    }
    void settle_as(std::optional<attempt>& mine, letter_end end) {
        (void)risky(broken_ledger.settle(mine->fence, std::move(end), clock, {}));
        mine.reset();
    }

    std::mt19937 random{GetParam()};
    base::time_ms clock = now;
    int number = 0;
    std::map<std::pair<std::size_t, std::int64_t>, std::optional<attempt>> attempts;
    std::map<std::int64_t, int> delivered;
};

TEST_P(TwoWorkers, MailNoLetterTwiceAndLoseNone) {
    std::vector<std::int64_t> ids;
    for (std::int64_t u = 1; u <= 12; ++u) ids.push_back(planned(letter(u)));
    for (int i = 0; i < 250; ++i) {
        step(below(2), ids[below(ids.size())]);
        clock += base::ms{below(20'000)};
    }
    for (int round = 0; round < 200; ++round) {  // one that stays alone and is patient
        clock += lease;
        for (const auto id : ids)
            if (is_pending(state(id))) step(0, id);
    }
    for (const auto id : ids) {
        const auto s = state(id);
        EXPECT_LE(delivered[id], 1) << "letter " << id;
        EXPECT_TRUE(s == sent || s == in_doubt) << "letter " << id << " is still " << to_string(s);
        if (s == sent) EXPECT_EQ(delivered[id], 1) << "letter " << id;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TwoWorkers, testing::Range(1U, 7U));

}  // namespace
}  // namespace dormouse::site
