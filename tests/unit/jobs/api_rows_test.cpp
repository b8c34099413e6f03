// What the answer tables of grant, licence and wallet share.
#include "jobs/api/kind_pause.hpp"
#include "jobs/api/memory.hpp"
#include "jobs/api/rows.hpp"
#include "tests/unit/jobs/said.hpp"

#include <gmock/gmock.h>

namespace dormouse::jobs::api {
namespace {

using testing::HasSubstr;
using verb = queue::outcome::verb;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

TEST(ApiMemory, KeepsCountsAndTheFirstTime) {
    memory m;
    EXPECT_EQ(m.state(), "");
    EXPECT_EQ(m.add("conflicts"), 1);
    EXPECT_EQ(m.add("conflicts"), 2);
    EXPECT_EQ(m.since("waiting_since", now), now);
    memory again{m.state()};
    EXPECT_EQ(again.count("conflicts"), 2);
    EXPECT_EQ(again.since("waiting_since", now + 1h), now);
    again.forget("waiting_since");
    EXPECT_FALSE(memory{again.state()}.time("waiting_since"));
    EXPECT_EQ(memory{again.state()}.count("conflicts"), 2);
}

TEST(ApiMemory, GarbageIsAnEmptyOne) {
    for (const auto* state : {"", "{", "[]", "moved 3", R"({"conflicts":"x"})", R"({"conflicts":-4})"}) {
        EXPECT_EQ(memory{state}.count("conflicts"), 0) << state;
        EXPECT_FALSE(memory{state}.time("conflicts"));
        EXPECT_EQ(memory{state}.add("conflicts"), 1);
    }
    EXPECT_GT(memory{R"({"conflicts":9223372036854775807})"}.add("conflicts"), 0);
}

ended_call about_a_job(const answer& a, std::optional<base::time_ms> first_failure = {}) {
    return {.said = a, .subject = "job x", .now = now, .first_failure = first_failure};
}

TEST(ApiRows, RepeatedEndsWhenItsTimeIsOver) {
    const auto a = said(500);
    EXPECT_EQ(repeated(about_a_job(a), "server_error", 24h).outcome.what, verb::retry);
    EXPECT_EQ(repeated(about_a_job(a, now - 24h + 1s), "server_error", 24h).outcome.what, verb::retry);
    const auto last = repeated(about_a_job(a, now - 24h), "server_error", 24h);
    EXPECT_EQ(last.outcome.what, verb::dead);
    EXPECT_EQ(last.outcome.reason, "out_of_time");
    EXPECT_THAT(last.alert.value_or(""), HasSubstr("24 hours"));
}

TEST(ApiRows, AFaultOfOurOwnIsNotRepeated) {
    for (const auto c :
         {net::failure_class::bad_url, net::failure_class::bad_header, net::failure_class::blocked_target})
        EXPECT_EQ(repeated(about_a_job(silent(c, net::progress::not_sent)), "x", 24h).outcome.reason, "bad_target");
}

TEST(ApiRows, InProgressIsAskedAgainSoonOrWhenTheServerSays) {
    base::random_engine random{1};
    memory past;
    const auto a = said(409);
    for (int i = 1; i <= 20; ++i) {
        const auto v = in_progress(about_a_job(a), past, 2s, 15s, random);
        EXPECT_EQ(v.outcome.what, verb::retry);
        EXPECT_GE(*v.outcome.when, now + 2s);
        EXPECT_LE(*v.outcome.when, now + 17s);
        EXPECT_EQ(past.count("conflicts"), i);
    }
    const auto patient = said(409, {}, 60s);
    EXPECT_GE(*in_progress(about_a_job(patient), past, 2s, 15s, random).outcome.when, now + 60s);
}

TEST(ApiRows, BeingToldToWaitCostsNoAttemptAndLastsADay) {
    base::random_engine random{1};
    memory past;
    const auto a = said(429, {}, 10min);
    const auto v = told_to_wait(about_a_job(a), past, "rate_limited", 30s, random);
    EXPECT_EQ(v.outcome.what, verb::defer);
    EXPECT_GE(*v.outcome.when, now + 10min);
    const auto plain = said(429);
    EXPECT_GE(*told_to_wait(about_a_job(plain), past, "rate_limited", 30s, random).outcome.when, now + 30s);
    memory old{R"({"waiting_since":1})"};
    const auto last = told_to_wait(about_a_job(a), old, "rate_limited", 30s, random);
    EXPECT_EQ(last.outcome.what, verb::dead);
    EXPECT_TRUE(last.alert);
}

TEST(ApiRows, AHeldKindKeepsTheJobsMemory) {
    base::random_engine random{1};
    const auto o = held(now + 5min, "why", R"({"conflicts":3})", random);
    EXPECT_EQ(o.what, verb::defer);
    EXPECT_EQ(o.reason, "kind_held");
    EXPECT_GE(*o.when, now + 5min);
    EXPECT_EQ(o.state, R"({"conflicts":3})");
}

TEST(ApiKindPause, LearnsFromRefusalsAndForgetsThemAtAnyOtherAnswer) {
    kind_pause p{2};
    EXPECT_FALSE(p.learn(401, now));
    EXPECT_FALSE(p.learn(0, now)) << "silence says nothing";
    EXPECT_TRUE(p.learn(403, now));
    EXPECT_TRUE(p.until(now));
    EXPECT_FALSE(p.learn(401, now)) << "told already";
    EXPECT_FALSE(p.learn(500, now));
    EXPECT_FALSE(p.until(now));
}

}  // namespace
}  // namespace dormouse::jobs::api
