// What the planner writes, what is read of the ledger, and the list of addresses that get nothing.
#include "site/suppressions.hpp"
#include "tests/integration/site/reminder_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <gmock/gmock.h>

namespace dormouse::site {
namespace {

using enum letter_state;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class ReminderPlan : public reminder_world {
protected:
    static std::vector<std::int64_t> users_of(const std::vector<reminder>& rows) {
        std::vector<std::int64_t> out;
        for (const auto& r : rows) out.push_back(r.what.user_id);
        return out;
    }
    std::vector<reminder> list(letter_filter f) { return run(ledger.list(f, {})).value(); }
};

TEST_F(ReminderPlan, ALetterIsPlannedOnceAndForEver) {
    const auto first = plan({{letter(42), letter_state::planned, {}, now + 1h}});
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].state, letter_state::planned);
    EXPECT_EQ(first[0].due_at, now + 1h);
    EXPECT_EQ(first[0].created_at, now);
    EXPECT_THAT(plan({{letter(42), letter_state::planned, {}, now + 2h}}), IsEmpty());
    EXPECT_EQ(row(first[0].id).due_at, now + 1h);
    EXPECT_THAT(plan({{letter(42, letter_stage::first, 7, "2026-12-01"), letter_state::planned, {}, now}}),
                testing::SizeIs(1))
        << "a new lapse";
}

TEST_F(ReminderPlan, WhatIsSkippedIsWrittenAndNotGivenBack) {
    const auto rows = plan({{letter(42), skipped, "skipped_late", now},
                            {letter(42, letter_stage::second), letter_state::planned, {}, now}});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].what.stage, letter_stage::second);
    EXPECT_EQ(server.sql("SELECT stage, state, reason FROM wp_dormouse_reminder ORDER BY id"),
              "1\tskipped\tskipped_late\n2\tplanned\t");
}

TEST_F(ReminderPlan, TheDeciderSeesWholeHistoriesOfItsPeopleAndTheDigestsOfTheDay) {
    mailed(letter(42, letter_stage::first, 7, "2020-01-01"), now - 30h);
    doubtful(letter(42, letter_stage::first, 8));
    planned(letter(43));
    planned(letter(44));
    planned({0, 7, "2026-11-21", letter_stage::admin});
    planned({0, 7, "2026-11-20", letter_stage::admin});
    std::vector<reminder> seen;
    const auto look = [&seen](const std::vector<reminder>& rows) {
        seen = rows;
        return std::vector<planned_letter>{};
    };
    (void)run(ledger.plan({42, 43}, "2026-11-21", look, now, {})).value();
    EXPECT_THAT(users_of(seen), ElementsAre(42, 42, 43, 0));
    EXPECT_EQ(seen[0].state, letter_state::sent);
    EXPECT_EQ(seen[1].state, in_doubt);
    EXPECT_EQ(seen[3].what.lapse, "2026-11-21");
}

TEST_F(ReminderPlan, TwoPlannersAtOnceSeeEachOthersLetters) {
    using namespace boost::asio::experimental::awaitable_operators;
    // Each plans a letter only for people of whom it knows none: of two that did not see each other both would.
    const auto decide_for = [](std::int64_t term) {
        return [term](const std::vector<reminder>& known) {
            if (!known.empty()) return std::vector<planned_letter>{};
            return std::vector{planned_letter{letter(42, letter_stage::first, term), letter_state::planned, {}, now}};
        };
    };
    struct body {
        static base::awaitable<std::size_t> both(reminders& ledger, reminders::decision one, reminders::decision two) {
            auto [a, b] = co_await (ledger.plan({42}, "2026-11-21", one, now, {}) &&
                                    ledger.plan({42}, "2026-11-21", two, now, {}));
            co_return a.value().size() + b.value().size();
        }
    };
    EXPECT_EQ(run(body::both(ledger, decide_for(7), decide_for(8))), 1U);
}

TEST_F(ReminderPlan, ADigestThatIsBeingClaimedWaitsForItsPlanner) {
    const auto digest = planned({0, 7, "2026-11-21", letter_stage::admin});
    const auto decide = [this, digest](const std::vector<reminder>&) {
        // As if a worker came in between: its claim must not get through now.
        EXPECT_NE(server.sql("SET SESSION innodb_lock_wait_timeout = 1; SELECT COUNT(*) FROM wp_dormouse_reminder "
                             "WHERE id = " +
                             std::to_string(digest) + " FOR UPDATE SKIP LOCKED"),
                  "1");
        return std::vector{planned_letter{letter(42, letter_stage::admin), skipped, digest_reason("2026-11-21"), now}};
    };
    (void)run(ledger.plan({42}, "2026-11-21", decide, now, {})).value();
    const auto members = run(ledger.digest_members({0, 7, "2026-11-21", letter_stage::admin}, {})).value();
    EXPECT_THAT(users_of(members), ElementsAre(42));
    EXPECT_THAT(run(ledger.digest_members({0, 8, "2026-11-21", letter_stage::admin}, {})).value(), IsEmpty());
    EXPECT_THAT(run(ledger.digest_members({0, 7, "2026-11-22", letter_stage::admin}, {})).value(), IsEmpty());
}

TEST_F(ReminderPlan, ManyLettersGoInOneCall) {
    std::vector<planned_letter> many;
    for (std::int64_t user = 1; user <= 1'000; ++user) many.push_back({letter(user), letter_state::planned, {}, now});
    EXPECT_EQ(plan(many).size(), 1'000U);
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_reminder"), "1000");
}

TEST_F(ReminderPlan, WordsThatAreNoWordsOfOursAreRefused) {
    const auto bad = [](const std::vector<reminder>&) {
        return std::vector{
            planned_letter{letter(42, letter_stage::first, 7, "2026-11-01'"), letter_state::planned, {}, now}};
    };
    EXPECT_EQ(run(ledger.plan({42}, "2026-11-21", bad, now, {})).error(), base::errc::invalid_argument);
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_reminder"), "0");
}

TEST_F(ReminderPlan, ListsAreFilteredAndPaged) {
    for (std::int64_t user = 1; user <= 5; ++user) planned(letter(user, letter_stage::first, user % 2 == 0 ? 8 : 7));
    mailed(letter(6));
    EXPECT_THAT(users_of(list({.limit = 2})), ElementsAre(6, 5));
    EXPECT_THAT(users_of(list({.before = list({.limit = 2}).back().id, .limit = 2})), ElementsAre(4, 3));
    EXPECT_THAT(users_of(list({.state = letter_state::sent})), ElementsAre(6));
    EXPECT_THAT(users_of(list({.term_id = 8})), ElementsAre(4, 2));
    EXPECT_THAT(users_of(list({.state = letter_state::planned, .user_id = 3, .term_id = 7})), ElementsAre(3));
    EXPECT_THAT(run(ledger.count({})).value(),
                ElementsAre(Pair(letter_state::planned, 5), Pair(letter_state::sent, 1)));
}

TEST_F(ReminderPlan, LettersWithoutAJobAreFoundAndOthersAreNot) {
    const auto touched_before = now + 10min;
    const auto waiting = [&](std::int64_t after, base::time_ms at) {
        return users_of(run(ledger.waiting(after, 10, at, at - 10min, {})).value());
    };
    const auto old = planned(letter(1));
    plan({{letter(2), letter_state::planned, {}, now + 5h}});
    planned(letter(3));
    (void)claim(planned(letter(4)));
    doubtful(letter(5));
    mailed(letter(6));
    EXPECT_THAT(waiting(0, now), IsEmpty()) << "just planned: their jobs are on the way";
    EXPECT_THAT(waiting(0, touched_before), ElementsAre(1, 3)) << "2 is not due, the claim of 4 may still be at work";
    EXPECT_THAT(waiting(old, touched_before), ElementsAre(3));
    EXPECT_THAT(waiting(0, now + 6h), ElementsAre(1, 2, 3, 4));
}

TEST_F(ReminderPlan, ARowOfANewerDormouseIsAnErrorThatNamesIt) {
    const auto id = planned(letter(42));
    server.sql("UPDATE wp_dormouse_reminder SET state = 'teleported'");
    const auto r = run(ledger.find(id, {}));
    EXPECT_EQ(r.error(), base::errc::protocol);
    EXPECT_THAT(r.error().detail, testing::HasSubstr("unknown 'teleported'"));
}

// --- addresses that get nothing -----------------------------------------------------------------------------------

class Suppressions : public reminder_world {
protected:
    suppressions addresses{db};
};

TEST_F(Suppressions, AnAddressIsPutOnTheListOnceFoundAndTakenOff) {
    const auto hash = hash_address(" Anna@Example.org\n");
    EXPECT_EQ(hash, hash_address("anna@example.org"));
    EXPECT_TRUE(run(addresses.add({hash, "bounced", "5.1.1 🐭", now}, {})).value());
    EXPECT_FALSE(run(addresses.add({hash, "by_hand", "", now + 1h}, {})).value());
    const auto found = run(addresses.find(hash, {})).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->reason, "bounced");
    EXPECT_EQ(found->note, "5.1.1 🐭");
    EXPECT_EQ(found->created_at, now);
    EXPECT_TRUE(run(addresses.remove(hash, {})).value());
    EXPECT_FALSE(run(addresses.remove(hash, {})).value());
    EXPECT_FALSE(run(addresses.find(hash, {})).value());
}

TEST_F(Suppressions, TheListIsPagedNewestFirst) {
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(
            run(addresses.add({hash_address(std::to_string(i)), "by_hand", std::to_string(i), now + base::ms{i}}, {}))
                .value());
    const auto page = run(addresses.list(2, 2, {})).value();
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].note, "2");
    EXPECT_EQ(page[1].note, "1");
}

}  // namespace
}  // namespace dormouse::site
