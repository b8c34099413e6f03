#include "cli/schedule_views.hpp"

#include "base/utc.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace dormouse::cli {
namespace {

using namespace std::chrono_literals;

const schedule_line nightly{"nightly", "0 3 * * *", "", "duty", true};

queue::schedule_record adopted(const std::string& definition = "0 3 * * * in Europe/Berlin") {
    queue::schedule_record r;
    r.definition = definition;
    return r;
}

base::time_ms at(std::string_view utc) { return base::parse_utc(utc).value(); }

TEST(ScheduleViews, DutiesComeFirstAndTheRelayIsInUtc) {
    config::settings s;
    s.scheduler.zone = "Asia/Tokyo";
    s.scheduler.duties.reminders.enabled = false;
    auto& rule = s.scheduler.schedules.emplace_back();
    rule.name = "report";
    rule.cron = "@daily";
    rule.zone = "UTC";
    rule.enqueue.kind = "webhook-delivery";
    const auto lines = schedules_of(s);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[0].name, "sleepers-scan");
    EXPECT_EQ(lines[0].zone, "Asia/Tokyo");
    EXPECT_FALSE(lines[1].enabled);
    EXPECT_EQ(lines[2].name, "outbox-relay");
    EXPECT_EQ(lines[2].zone, "UTC");
    EXPECT_EQ(lines[4].does, "webhook-delivery");
    EXPECT_EQ(lines[4].zone, "UTC");
}

TEST(ScheduleViews, StateSaysWhatMattersMost) {
    auto r = adopted();
    EXPECT_EQ(state_of(nightly, {}), "new");
    EXPECT_EQ(state_of(nightly, r), "ready");
    r.paused = at("2026-11-21 00:00:00");
    EXPECT_EQ(state_of(nightly, r), "paused");
    r.wanted = r.paused;
    EXPECT_EQ(state_of(nightly, r), "wanted");
    r.job_open = true;
    EXPECT_EQ(state_of(nightly, r), "running");
    auto off = nightly;
    off.enabled = false;
    EXPECT_EQ(state_of(off, r), "off");
}

TEST(ScheduleViews, NextIsInTheZoneThatSchedulersUse) {
    const auto now = at("2026-11-21 00:00:00");
    EXPECT_EQ(next_due(nightly, adopted(), now), at("2026-11-21 02:00:00"));
    EXPECT_EQ(next_due(nightly, {}, now), std::nullopt);
    EXPECT_EQ(next_due(nightly, adopted("0 4 * * * in Europe/Berlin"), now), std::nullopt);
    auto elsewhere = nightly;
    elsewhere.zone = "UTC";
    EXPECT_EQ(next_due(elsewhere, adopted(), now), std::nullopt);
    EXPECT_EQ(next_due(elsewhere, adopted("0 3 * * * in UTC"), now), at("2026-11-21 03:00:00"));
}

TEST(ScheduleViews, JsonHasTimesAsPeopleReadThem) {
    queue::schedule_event e{queue::schedule_event::outcome::done, at("2026-11-21 02:00:00"), at("2026-11-21 02:00:09"),
                            at("2026-11-21 02:00:01")};
    e.note = "rows=3";
    EXPECT_EQ(boost::json::serialize(event_object(e)),
              R"({"what":"done","tick":"2026-11-21T02:00:00.000Z","at":"2026-11-21T02:00:09.000Z",)"
              R"("begun":"2026-11-21T02:00:01.000Z","note":"rows=3"})");
    const auto o = to_json(nightly, adopted(), e, at("2026-11-21 12:00:00"));
    EXPECT_EQ(o.at("zone"), "Europe/Berlin");
    EXPECT_EQ(o.at("next"), "2026-11-22T02:00:00.000Z");
    EXPECT_EQ(o.at("last").at("note"), "rows=3");
    EXPECT_TRUE(o.at("running_on").is_null());
}

}  // namespace
}  // namespace dormouse::cli
