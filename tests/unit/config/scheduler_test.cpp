// The section `scheduler`: records with sections in them, and args taken over as JSON.

#include "config/describe.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

namespace dormouse::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

std::vector<std::string> problems_of(const std::string& yaml) {
    std::vector<std::string> out;
    for (const auto& p : load_text("queue: {allow_unsigned: true}\n" + yaml, "f.yaml").problems)
        out.push_back(p.message());
    return out;
}

std::string with_args(const std::string& args) {
    return "queue: {allow_unsigned: true}\nscheduler:\n  schedules:\n    - name: a\n      cron: '@daily'\n"
           "      enqueue:\n        kind: webhook-delivery\n        args: " +
           args + "\n";
}

TEST(SchedulerSection, ReadsASchedule) {
    const auto read = load_text(with_args("{hook_id: 7}\n        queue: webhook\n        priority: low\n"
                                          "        timeout: 30s\n      catch_up: 2h\n      jitter: 5m"),
                                "f.yaml");
    ASSERT_THAT(read.problems, IsEmpty());
    ASSERT_EQ(read.settings.scheduler.schedules.size(), 1U);
    const auto& s = read.settings.scheduler.schedules.front();
    EXPECT_EQ(s.name, "a");
    EXPECT_EQ(s.cron, "@daily");
    EXPECT_EQ(s.catch_up, 2h);
    EXPECT_EQ(s.jitter, 5min);
    EXPECT_EQ(s.enqueue.kind, "webhook-delivery");
    EXPECT_EQ(s.enqueue.queue, "webhook");
    EXPECT_EQ(s.enqueue.priority, 2);
    EXPECT_EQ(s.enqueue.timeout, 30s);
    EXPECT_EQ(boost::json::serialize(s.enqueue.args), R"({"hook_id":7})");
}

TEST(SchedulerSection, ArgsKeepTheirTypes) {
    const auto read =
        load_text(with_args(R"({n: -3, d: 1.5, t: true, z: null, s: word, q: "7", l: [1, {a: b}], e: ""})"), "f.yaml");
    ASSERT_THAT(read.problems, IsEmpty());
    EXPECT_EQ(boost::json::serialize(read.settings.scheduler.schedules.front().enqueue.args),
              R"({"n":-3,"d":1.5E0,"t":true,"z":null,"s":"word","q":"7","l":[1,{"a":"b"}],"e":""})");
}

TEST(SchedulerSection, ArgsThatJsonCannotCarryAreExplained) {
    const auto messages = [](const std::string& args) {
        std::vector<std::string> out;
        for (const auto& p : load_text(with_args(args), "f.yaml").problems) out.push_back(p.message());
        return out;
    };
    EXPECT_THAT(
        messages("{n: 99999999999999999999}"),
        ElementsAre("f.yaml:8:19: scheduler.schedules[0].enqueue.args.n: expected a number that JSON can carry; "
                    "put it into quotes if it is a text"));
    EXPECT_THAT(
        messages("{d: 2026-11-20}"),
        ElementsAre("f.yaml:8:19: scheduler.schedules[0].enqueue.args.d: expected a number that JSON can carry; "
                    "put it into quotes if it is a text"));
    EXPECT_THAT(messages("{a: 1, a: 2}"), ElementsAre("f.yaml:8:22: scheduler.schedules[0].enqueue.args.a: this key is "
                                                      "given twice; the first is on line 8"));
    EXPECT_THAT(messages("[1]"),
                ElementsAre("f.yaml:8:15: scheduler.schedules[0].enqueue.args: expected a mapping, got a list"));
}

TEST(SchedulerSection, ArgsThatUnfoldWithoutEndAreRefused) {
    std::string args = "{a0: &a0 [x, x, x, x, x, x, x, x, x]";
    for (int i = 1; i < 9; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        args += ", a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int n = 0; n < 8; ++n) args += ", " + before;
        args += "]";
    }
    const auto read = load_text(with_args(args + "}"), "f.yaml");
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_EQ(read.problems.front().text, "expected fewer or shorter values, and at most 16 levels");
}

TEST(SchedulerSection, WhatIsMissingOrGivenTwiceIsExplained) {
    EXPECT_THAT(problems_of("scheduler: {schedules: [{name: a}]}"),
                ElementsAre("f.yaml:2:25: scheduler.schedules[0].cron: missing; expected cron",
                            "f.yaml:2:25: scheduler.schedules[0].enqueue: missing; expected enqueue"));
    EXPECT_THAT(
        problems_of("scheduler: {schedules: [{name: a, cron: '@daily', enqueue: {kind: b}},\n"
                    "  {name: a, cron: '@daily', enqueue: {kind: b}}]}"),
        ElementsAre("f.yaml:3:4: scheduler.schedules[1].name: the name 'a' is given to another schedule or duty "
                    "already"));
    EXPECT_THAT(
        problems_of("scheduler: {schedules: [{name: reminders, cron: '@daily', enqueue: {kind: b}}]}"),
        ElementsAre("f.yaml:2:26: scheduler.schedules[0].name: the name 'reminders' is given to another schedule "
                    "or duty already"));
    EXPECT_THAT(problems_of("scheduler: {duties: {outbox: {enabled: false}}}").size(), 1U);
}

TEST(SchedulerSection, IsPrintedAsItIsWritten) {
    const auto read = load_text(with_args("{hook_id: 7}"), "f.yaml");
    const auto again = load_text(boost::json::serialize(to_json(read.settings)), "again.yaml");
    ASSERT_THAT(again.problems, IsEmpty());
    EXPECT_EQ(to_json(again.settings), to_json(read.settings));
}

}  // namespace
}  // namespace dormouse::config
