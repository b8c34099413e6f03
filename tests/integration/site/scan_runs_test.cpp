#include "site/scan_runs.hpp"

#include "tests/integration/site/site_database.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <gmock/gmock.h>

namespace dormouse::site {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);
const day today{2026y / 11 / 21};

sleeper_row found(std::int64_t user, std::int64_t level, int days = 20) {
    return {user, level, today - std::chrono::days{days}, days, 100 + user, ""};
}

class ScanRuns : public site_database {
protected:
    ScanRuns() { migrate(); }

    base::result<scan_claim> try_begin(const std::string& owner, day as_of = today, bool take_over = false) {
        return run(runs.begin(as_of, owner, take_over, now, {}));
    }
    scan_claim begin(const std::string& owner = "one") { return try_begin(owner).value(); }
    base::result<void> add(const scan_claim& c, std::vector<sleeper_row> rows) {
        const sleeper_cursor at{rows.back().term_id, rows.back().user_id};
        const auto n = static_cast<std::int64_t>(rows.size());
        return run(runs.add_page(c, std::move(rows), at, {.levels = 1, .rows_read = 10, .sleepers = n}, {}));
    }
    scan_counts publish(const scan_claim& c) {
        return run(runs.publish(c, {.levels = 2, .rows_read = 50}, now, {})).value();
    }
    std::vector<sleeper_row> page(std::int64_t of, sleeper_cursor after, std::size_t most,
                                  std::optional<std::int64_t> level = {}) {
        return run(runs.page(of, after, most, level, {})).value();
    }
    [[nodiscard]] std::string state(std::int64_t id) const {
        return server.sql("SELECT state FROM wp_dormouse_scan WHERE id = " + std::to_string(id));
    }

    pool db{settings()};
    scan_runs runs{db};
};

TEST_F(ScanRuns, NothingIsSeenOfARunBeforeItIsPublished) {
    EXPECT_FALSE(run(runs.published()).value());
    const auto c = begin();
    ASSERT_TRUE(add(c, {found(1, 7), found(2, 7)}));
    EXPECT_FALSE(run(runs.published()).value());
    const auto counts = publish(c);
    EXPECT_EQ(counts, (scan_counts{2, 50, 2, 2, 0}));
    const auto seen = run(runs.published()).value();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->id, c.run);
    EXPECT_EQ(seen->as_of, today);
    EXPECT_EQ(seen->state, "done");
    EXPECT_EQ(seen->counts, counts);
    EXPECT_EQ(seen->started_at, now);
    EXPECT_EQ(seen->ended_at, now);
    EXPECT_EQ(page(c.run, {}, 10), (std::vector{found(1, 7), found(2, 7)}));
}

TEST_F(ScanRuns, PagesComeInOrderWithoutGapsAndForOneLevelAlone) {
    const auto c = begin();
    ASSERT_TRUE(add(c, {found(2, 7), found(3, 7), found(1, 8), found(2, 8), found(9, 10)}));
    std::vector<sleeper_row> all;
    for (sleeper_cursor at;;) {
        const auto next = page(c.run, at, 2);
        if (next.empty()) break;
        EXPECT_LE(next.size(), 2U);
        at = {next.back().term_id, next.back().user_id};
        all.insert(all.end(), next.begin(), next.end());
    }
    EXPECT_EQ(all, (std::vector{found(2, 7), found(3, 7), found(1, 8), found(2, 8), found(9, 10)}));
    EXPECT_EQ(page(c.run, {}, 10, 8), (std::vector{found(1, 8), found(2, 8)}));
    EXPECT_EQ(page(c.run, {8, 1}, 10, 8), (std::vector{found(2, 8)}));
    EXPECT_THAT(page(c.run, {8, 2}, 10, 8), IsEmpty());
    EXPECT_THAT(page(c.run, {9, 0}, 10, 8), IsEmpty());
    EXPECT_THAT(page(c.run + 1, {}, 10), IsEmpty());
}

TEST_F(ScanRuns, WhatChangedSinceTheLastRunIsCountedByUserLevelAndLapse) {
    const auto first = begin();
    ASSERT_TRUE(add(first, {found(1, 7), found(2, 7), found(3, 7), found(4, 8)}));
    publish(first);
    const auto second = begin();
    ASSERT_TRUE(add(second, {found(1, 7), found(2, 7, 3), found(5, 9)}));
    const auto counts = publish(second);
    EXPECT_EQ(counts.sleepers, 3);
    EXPECT_EQ(counts.added, 2) << "2 slept anew, 5 is new";
    EXPECT_EQ(counts.gone, 3) << "3, 4 and the lapse of 2 before";
    EXPECT_EQ(run(runs.published()).value()->id, second.run);
}

TEST_F(ScanRuns, TwoNeverRunAtOnce) {
    const auto c = begin("one");
    const auto other = try_begin("two");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error(), base::errc::conflict);
    EXPECT_THAT(other.error().detail, HasSubstr("of one"));
    publish(c);
    EXPECT_NE(begin("two").run, c.run);
}

TEST_F(ScanRuns, OfTwoThatBeginTogetherOneBegins) {
    pool second{settings()};
    scan_runs others{second};
    const auto began = run([](scan_runs& a, scan_runs& b) -> base::awaitable<int> {
        using namespace boost::asio::experimental::awaitable_operators;
        auto [x, y] = co_await (a.begin(today, "one", false, now, {}) && b.begin(today, "two", false, now, {}));
        co_return (x ? 1 : 0) + (y ? 1 : 0);
    }(runs, others));
    EXPECT_EQ(began, 1);
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_scan"), "1");
}

TEST_F(ScanRuns, WhoWasTakenOverCanWriteNothingMore) {
    const auto old = begin("one");
    ASSERT_TRUE(add(old, {found(1, 7)}));
    const auto fresh = try_begin("two", today, true).value();
    EXPECT_EQ(fresh.run, old.run);
    EXPECT_EQ(fresh.cursor, (sleeper_cursor{7, 1}));
    EXPECT_EQ(fresh.counts.sleepers, 1);
    EXPECT_EQ(add(old, {found(2, 7)}).error(), base::errc::conflict);
    EXPECT_EQ(run(runs.touch(old, {})).error(), base::errc::conflict);
    EXPECT_EQ(run(runs.publish(old, {}, now, {})).error(), base::errc::conflict);
    EXPECT_TRUE(run(runs.fail(old, "late", now, {})));
    EXPECT_TRUE(run(runs.release(old, "late", {})));
    EXPECT_EQ(state(old.run), "running");
    EXPECT_EQ(server.sql("SELECT owner, note FROM wp_dormouse_scan"), "two\t");
    ASSERT_TRUE(add(fresh, {found(2, 7)}));
    EXPECT_EQ(publish(fresh).sleepers, 2);
}

TEST_F(ScanRuns, ASilentRunIsTakenOverAndALivelyOneIsNot) {
    const auto c = begin("one");
    server.sql("UPDATE wp_dormouse_scan SET touched_at = touched_at - 590000");
    EXPECT_FALSE(try_begin("two"));
    server.sql("UPDATE wp_dormouse_scan SET touched_at = touched_at - 20000");
    ASSERT_TRUE(run(runs.touch(c, {})));
    EXPECT_FALSE(try_begin("two")) << "it showed life";
    server.sql("UPDATE wp_dormouse_scan SET touched_at = touched_at - 610000");
    EXPECT_EQ(try_begin("two").value().run, c.run);
}

TEST_F(ScanRuns, AReleasedRunGoesOnWithItsNoteAndWhoever) {
    const auto c = begin("one");
    ASSERT_TRUE(add(c, {found(1, 7)}));
    ASSERT_TRUE(run(runs.release(c, "the time is up", {})));
    EXPECT_EQ(server.sql("SELECT owner, note, state FROM wp_dormouse_scan"), "\tthe time is up\trunning");
    const auto next = begin("two");
    EXPECT_EQ(next.run, c.run);
    EXPECT_EQ(next.cursor, (sleeper_cursor{7, 1}));
}

TEST_F(ScanRuns, TheRunOfYesterdayGoesOnAndAnOlderOneIsAbandoned) {
    const auto c = begin("one");
    ASSERT_TRUE(run(runs.release(c, "", {})));
    const auto next = try_begin("two", today + std::chrono::days{1}).value();
    EXPECT_EQ(next.run, c.run);
    EXPECT_EQ(next.as_of, today);
    ASSERT_TRUE(run(runs.release(next, "", {})));
    const auto fresh = try_begin("three", today + std::chrono::days{2}).value();
    EXPECT_NE(fresh.run, c.run);
    EXPECT_EQ(state(c.run), "abandoned");
    EXPECT_EQ(fresh.as_of, today + std::chrono::days{2});
    EXPECT_EQ(fresh.cursor, sleeper_cursor{});
}

TEST_F(ScanRuns, AFailedRunSaysWhyAndTheNextBeginsAnew) {
    const auto c = begin();
    ASSERT_TRUE(run(runs.fail(c, "SELECT denied " + std::string(300, 'x'), now, {})));
    EXPECT_EQ(state(c.run), "failed");
    EXPECT_NE(begin().run, c.run);
    const auto all = run(runs.newest(10)).value();
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[1].note.size(), 191U);
    EXPECT_EQ(all[0].state, "running");
}

TEST_F(ScanRuns, PublishingAgainAfterALostAnswerIsNoError) {
    const auto c = begin();
    ASSERT_TRUE(add(c, {found(1, 7)}));
    const auto counts = publish(c);
    EXPECT_EQ(counts.added, 1);
    EXPECT_EQ(publish(c), counts);
}

TEST_F(ScanRuns, APageOfTheLargestSizeIsWrittenInOneTransaction) {
    const auto c = begin();
    std::vector<sleeper_row> rows;
    for (std::int64_t u = 1; u <= static_cast<std::int64_t>(scan_runs::most_rows); ++u) rows.push_back(found(u, 7));
    ASSERT_TRUE(add(c, rows));
    rows.front().user_id = 9'999;
    rows.back().user_id = 9'999;
    EXPECT_FALSE(add(c, rows)) << "one user twice";
    EXPECT_EQ(server.sql("SELECT COUNT(*) FROM wp_dormouse_sleeper"), "5000");
    EXPECT_EQ(server.sql("SELECT cursor_user FROM wp_dormouse_scan"), "5000") << "the cursor moves with its rows";
}

}  // namespace
}  // namespace dormouse::site
