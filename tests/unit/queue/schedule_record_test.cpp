#include "queue/schedule_record.hpp"

#include <gtest/gtest.h>

namespace dormouse::queue {
namespace {

using namespace std::chrono_literals;
using outcome = schedule_event::outcome;
constexpr auto tick = base::from_epoch_ms(1'795'000'000'000);

TEST(ScheduleEvent, IsReadAsItWasWritten) {
    schedule_event e{outcome::failed, tick, tick + 5s, tick + 1s};
    e.note = "the database \"is\" away";
    e.owner = "host-1-abc";
    e.by_operator = true;
    e.tries = 2;
    EXPECT_EQ(read_schedule_event(to_json(e)), e);
    schedule_event plain{outcome::enqueued, tick, tick};
    plain.job = "01M842J7G000000000000000A1";
    EXPECT_EQ(read_schedule_event(to_json(plain)), plain);
}

TEST(ScheduleEvent, EveryOutcomeHasAWordOfItsOwn) {
    for (const auto what :
         {outcome::enqueued, outcome::skipped, outcome::done, outcome::failed, outcome::unfinished, outcome::lost})
        EXPECT_EQ(read_schedule_event(to_json({what, tick, tick}))->what, what);
}

TEST(ScheduleEvent, WhatIsNoneIsNotRead) {
    for (const auto* text : {"", "{}", "[]", "{\"what\":\"done\"}", R"({"what":"x","tick":1,"at":1})"})
        EXPECT_FALSE(read_schedule_event(text)) << text;
}

TEST(ScheduleEvent, ALongNoteIsCutBetweenCharacters) {
    schedule_event e{outcome::done, tick, tick};
    for (int i = 0; i < 400; ++i) e.note += "\u0436";
    const auto read = read_schedule_event(to_json(e));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->note.size(), 500U);
}

TEST(ScheduleRecord, IsReadFromItsFields) {
    const schedule_run run{"r1", tick, tick + 1s, "me", tick + 30s, 2, true};
    auto fields = fields_of(run);
    fields.insert(fields.end(), {{"definition", "@daily in UTC"}, {"settled", "1795000000000"}, {"paused", ""}});
    const auto r = read_schedule_record(fields);
    EXPECT_EQ(r.definition, "@daily in UTC");
    EXPECT_EQ(r.settled, tick);
    EXPECT_FALSE(r.paused);
    EXPECT_EQ(r.run, run);
}

TEST(ScheduleRecord, ARunThatEndedIsNone) {
    auto fields = no_run();
    fields.emplace_back("run_tick", "1795000000000");
    EXPECT_FALSE(read_schedule_record(fields).run);
}

}  // namespace
}  // namespace dormouse::queue
