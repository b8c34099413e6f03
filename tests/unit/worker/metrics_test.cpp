#include "worker/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <set>

namespace dormouse::worker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const metrics& m) { return prometheus::TextSerializer{}.Serialize(m.collect()); }

TEST(WorkerMetrics, AttemptsAreCountedByKindAndOutcome) {
    metrics m;
    m.attempt_ended("webhook-delivery", queue::done(), 30ms);
    m.attempt_ended("webhook-delivery", queue::done(), 30ms);
    m.attempt_ended("webhook-delivery", queue::retry("http_500", "", queue::sent::answered), 40ms);
    m.attempt_released("webhook-delivery", 1s);
    const auto text = text_of(m);
    EXPECT_THAT(text, HasSubstr("dormouse_attempts_total{kind=\"webhook-delivery\",outcome=\"done\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_attempts_total{kind=\"webhook-delivery\",outcome=\"retry\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_attempts_total{kind=\"webhook-delivery\",outcome=\"released\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_attempt_seconds_count{kind=\"webhook-delivery\"} 4\n"));
}

TEST(WorkerMetrics, EveryVerbHasItsOwnSeries) {
    metrics m;
    const base::time_ms later{1h};
    for (const auto& o : {queue::done(), queue::retry("r", "", queue::sent::maybe), queue::defer(later, "r"),
                          queue::dead("r", ""), queue::drop("r")}) {
        m.attempt_ended("k", o, 1ms);
        EXPECT_THAT(text_of(m), HasSubstr("dormouse_attempts_total{kind=\"k\",outcome=\"" +
                                          std::string{queue::to_string(o.what)} + "\"} 1\n"));
    }
}

TEST(WorkerMetrics, ReasonsAreKeptForWhatIsNotDone) {
    metrics m;
    m.attempt_ended("k", queue::done(), 1ms);
    m.attempt_ended("k", queue::dead("exhausted", "detail is not a label"), 1ms);
    const auto text = text_of(m);
    EXPECT_THAT(text, HasSubstr("dormouse_reasons_total{kind=\"k\",outcome=\"dead\",reason=\"exhausted\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("detail is not")));
    EXPECT_THAT(text, Not(HasSubstr("outcome=\"done\",reason")));
}

TEST(WorkerMetrics, KnownKindsAndQueuesAreShownAtZeroAndSurviveAFloodOfStrangers) {
    metrics m{{"webhook-delivery"}, {"webhook"}};
    EXPECT_THAT(text_of(m), HasSubstr("outcome=\"done\"} 0\n"));
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_pickup_seconds_count{queue=\"webhook\"} 0\n"));
    for (int i = 0; i < 1000; ++i) {
        m.attempt_ended("stranger-" + std::to_string(i), queue::done(), 1ms);
        m.rejected("reason-" + std::to_string(i));
        m.attempt_started("queue-" + std::to_string(i), 1ms);
    }
    m.attempt_ended("webhook-delivery", queue::done(), 1ms);
    const auto text = text_of(m);
    EXPECT_THAT(text, HasSubstr("dormouse_attempts_total{kind=\"webhook-delivery\",outcome=\"done\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_attempts_total{kind=\"other\",outcome=\"done\"} 937\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_rejected_total{reason=\"other\"} 936\n"));
    EXPECT_LT(text.size(), 400'000U);
}

TEST(WorkerMetrics, PickupBucketsReachFromHalfAMillisecondToTenMinutes) {
    metrics m;
    m.attempt_started("mail", 400us);
    m.attempt_started("mail", 9min);
    const auto text = text_of(m);
    EXPECT_THAT(text, HasSubstr("dormouse_pickup_seconds_bucket{queue=\"mail\",le=\"0.0005\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_pickup_seconds_bucket{queue=\"mail\",le=\"300\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_pickup_seconds_bucket{queue=\"mail\",le=\"600\"} 2\n"));
}

TEST(WorkerMetrics, PlainCountersAndGauges) {
    metrics m;
    m.lease_lost();
    m.recovered(7);
    m.crashed(3);
    m.duplicate();
    m.reconnected();
    m.set_slots(10, 256);
    m.set_log_spool(12);
    m.redis_answered("work", 80us);
    const auto text = text_of(m);
    for (const auto* line :
         {"dormouse_lost_leases_total 1\n", "dormouse_recovered_total 7\n", "dormouse_crashes_total 3\n",
          "dormouse_duplicates_total 1\n", "dormouse_reconnects_total 1\n", "dormouse_slots{state=\"used\"} 10\n",
          "dormouse_slots{state=\"free\"} 246\n", "dormouse_log_spool_depth 12\n",
          "dormouse_redis_roundtrip_seconds_bucket{script=\"work\",le=\"0.0001\"} 1\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(WorkerMetrics, AlarmsGoOnAndOff) {
    metrics m;
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_redis_alarm{what=\"eviction\"} 0\n"));
    m.set_alarm(redis_alarm::eviction, true);
    EXPECT_TRUE(m.alarm(redis_alarm::eviction));
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_redis_alarm{what=\"eviction\"} 1\n"));
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_redis_alarm{what=\"flushed\"} 0\n"));
    m.set_alarm(redis_alarm::eviction, false);
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_redis_alarm{what=\"eviction\"} 0\n"));
}

TEST(WorkerMetrics, NegativeTimesOfClocksThatDisagreeCountAsZero) {
    metrics m;
    m.attempt_started("mail", -5s);
    m.attempt_started("mail", 90min);
    const auto text = text_of(m);
    EXPECT_THAT(text, HasSubstr("dormouse_pickup_seconds_bucket{queue=\"mail\",le=\"0.0005\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_pickup_seconds_bucket{queue=\"mail\",le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_pickup_seconds_sum{queue=\"mail\"} 5400\n"));
}

TEST(WorkerMetrics, EveryFamilyHasHelpAndAppearsOnce) {
    std::set<std::string> names;
    metrics m{{"webhook-delivery"}, {"webhook"}};
    m.redis_answered("work", 80us);
    m.rejected("bad_signature");
    m.attempt_ended("webhook-delivery", queue::drop("obsolete"), 1ms);
    m.set_target("hook:7", metrics::target_state::open);
    for (const auto& f : m.collect()) {
        EXPECT_FALSE(f.help.empty()) << f.name;
        EXPECT_TRUE(names.insert(f.name).second) << f.name;
    }
    EXPECT_EQ(names.size(), 20U);
}

TEST(WorkerMetrics, TargetsAreShownWhileTheyAreNotWell) {
    using state = metrics::target_state;
    metrics m;
    m.set_target("hook:7", state::open);
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_endpoint_state{target=\"hook:7\"} 2\n"));
    m.set_target("hook:7", state::half_open);
    m.set_target("hook:8", state::open);
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_endpoint_state{target=\"hook:7\"} 1\n"));
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_endpoints_down 2\n"));
    m.set_target("hook:7", state::well);
    EXPECT_THAT(text_of(m), Not(HasSubstr("hook:7")));
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_endpoints_down 1\n"));
}

TEST(WorkerMetrics, ManyTargetsAreCountedAndSixtyFourShown) {
    using state = metrics::target_state;
    metrics m;
    for (int i = 0; i < 1000; ++i) m.set_target("hook:" + std::to_string(i), state::open);
    m.set_target("a target with spaces", state::open);
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_endpoints_down 1001\n"));
    EXPECT_THAT(text_of(m), Not(HasSubstr("hook:64\"")));
    EXPECT_THAT(text_of(m), Not(HasSubstr("spaces")));
    m.set_target("hook:0", state::well);
    m.set_target("hook:64", state::open);
    EXPECT_THAT(text_of(m), HasSubstr("hook:64\"")) << "there is room again";
}

TEST(WorkerMetrics, AnOutageOfOursIsCountedWhenItBegins) {
    metrics m;
    m.set_local_outage(false);
    m.set_local_outage(true);
    m.set_local_outage(true);
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_local_outage 1\n"));
    m.set_local_outage(false);
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_local_outage 0\n"));
    EXPECT_THAT(text_of(m), HasSubstr("dormouse_local_outages_total 1\n"));
}

}  // namespace
}  // namespace dormouse::worker
