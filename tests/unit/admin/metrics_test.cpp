#include "admin/metrics.hpp"

#include "admin/upkeep_metrics.hpp"
#include "scheduler/metrics.hpp"
#include "tests/support/process.hpp"
#include "tests/support/run.hpp"
#include "worker/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <regex>
#include <set>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsSubsetOf;
using testing::Not;

queue::site_depth sample() {
    queue::site_depth depth;
    depth.queues = {{"default", 3, 2, false, 1500ms, std::nullopt}, {"webhook", 0, 0, true, std::nullopt, 250ms}};
    depth.intake = 4;
    depth.running = 5;
    depth.done = 6;
    depth.dead = 7;
    depth.oldest_dead = 90s;
    depth.workers = 2;
    return depth;
}

base::awaitable<depth_result> answer(depth_result r) { co_return r; }

struct page {
    explicit page(const depth_result& r)
        : source{io.get_executor(), [r] { return answer(r); }},
          shown{source, {"1.2.3", base::from_epoch_ms(1'795'212'000'500)}} {}

    std::string text() { return test::run_on(io, shown.answer()).body; }

    boost::asio::io_context io;
    depth_source source;
    metrics_page shown;
};

TEST(DepthFamilies, EveryQueueAndStateHasALine) {
    const auto text = to_text(depth_families(sample()));
    for (const auto* line :
         {"dormouse_jobs{queue=\"default\",state=\"ready\"} 3\n",
          "dormouse_jobs{queue=\"default\",state=\"scheduled\"} 2\n",
          "dormouse_jobs{queue=\"webhook\",state=\"ready\"} 0\n", "dormouse_jobs{state=\"running\"} 5\n",
          "dormouse_jobs{state=\"done\"} 6\n", "dormouse_jobs{state=\"dead\"} 7\n",
          "dormouse_oldest_seconds{queue=\"default\",state=\"ready\"} 1.5\n",
          "dormouse_oldest_seconds{queue=\"webhook\",state=\"ready\"} 0\n",
          "dormouse_oldest_seconds{queue=\"webhook\",state=\"scheduled\"} 0.25\n",
          "dormouse_oldest_seconds{state=\"dead\"} 90\n", "dormouse_queue_paused{queue=\"default\"} 0\n",
          "dormouse_queue_paused{queue=\"webhook\"} 1\n", "dormouse_intake 4\n", "dormouse_workers 2\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(DepthFamilies, AThousandQueuesOfStrangersAreSummedUp) {
    queue::site_depth depth;
    for (int i = 0; i < 1000; ++i)
        depth.queues.push_back({"q" + std::to_string(i), 1, 0, false, base::ms{i * 1000}, std::nullopt});
    const auto text = to_text(depth_families(depth));
    EXPECT_THAT(text, HasSubstr("dormouse_jobs{queue=\"other\",state=\"ready\"} 936\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_oldest_seconds{queue=\"other\",state=\"ready\"} 999\n"));
    EXPECT_LT(text.size(), 40'000U);
}

TEST(ToText, FamiliesOfTheSameNameBecomeOne) {
    families twice;
    for (const auto* state : {"ready", "dead"}) {
        family f{"dormouse_jobs", prometheus::MetricType::Gauge, "Jobs."};
        f.add({{"state", state}}, 1.0);
        twice.push_back(std::move(f).take());
    }
    EXPECT_EQ(to_text(std::move(twice)),
              "# HELP dormouse_jobs Jobs.\n# TYPE dormouse_jobs gauge\n"
              "dormouse_jobs{state=\"ready\"} 1\ndormouse_jobs{state=\"dead\"} 1\n");
}

TEST(ToText, LabelValuesAreEscaped) {
    family f{"x", prometheus::MetricType::Gauge, "X."};
    f.add({{"l", "a\"b\\c\nd"}}, 1.0);
    families one;
    one.push_back(std::move(f).take());
    EXPECT_THAT(to_text(std::move(one)), HasSubstr(R"(x{l="a\"b\\c\nd"} 1)"));
}

TEST(MetricsPage, ShowsDepthBuildAndProcess) {
    page p{sample()};
    const auto text = p.text();
    EXPECT_THAT(text, HasSubstr("dormouse_redis_up 1\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_intake 4\n"));
    EXPECT_THAT(text, HasSubstr("dormouse_build_info{version=\"1.2.3\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("process_start_time_seconds 1795212000.5\n"));
    EXPECT_THAT(text, testing::ContainsRegex("process_resident_memory_bytes [1-9]"));
    EXPECT_THAT(text, testing::ContainsRegex("process_open_fds [1-9]"));
}

TEST(MetricsPage, AnswersWithoutRedis) {
    page p{base::error{base::errc::connection_lost}};
    const auto text = p.text();
    EXPECT_THAT(text, HasSubstr("dormouse_redis_up 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("dormouse_jobs")));
    EXPECT_THAT(text, HasSubstr("dormouse_build_info"));
}

TEST(MetricsPage, AddedSourcesAndRegistriesAreAskedAtEveryScrape) {
    page p{sample()};
    prometheus::Registry registry;
    auto& gauge = prometheus::BuildGauge().Name("dormouse_test_gauge").Help("Test.").Register(registry).Add({});
    p.shown.add([&] { return registry.Collect(); });
    gauge.Set(1);
    EXPECT_THAT(p.text(), HasSubstr("dormouse_test_gauge 1\n"));
    gauge.Set(2);
    EXPECT_THAT(p.text(), HasSubstr("dormouse_test_gauge 2\n"));
}

TEST(HttpClientFamilies, CountersBecomeLabels) {
    const auto text = to_text(http_client_families({.connections_new = 1,
                                                    .connections_reused = 2,
                                                    .tls_full = 3,
                                                    .tls_resumed = 4,
                                                    .blocked_targets = 5,
                                                    .stale_retries = 6}));
    for (const auto* line :
         {"dormouse_connections_total{reused=\"false\"} 1\n", "dormouse_connections_total{reused=\"true\"} 2\n",
          "dormouse_tls_handshakes_total{resumed=\"false\"} 3\n", "dormouse_tls_handshakes_total{resumed=\"true\"} 4\n",
          "dormouse_blocked_targets_total 5\n", "dormouse_stale_retries_total 6\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

std::set<std::string> exported_names() {
    page p{sample()};
    worker::metrics worker_metrics{{"webhook-delivery"}, {"webhook"}};
    worker_metrics.redis_answered("work", 1ms);
    worker_metrics.rejected("bad_signature");
    worker_metrics.set_target("hook:7", worker::metrics::target_state::open);
    worker_metrics.attempt_ended("webhook-delivery", queue::dead("exhausted", ""), 1ms);
    scheduler::metrics schedules;
    schedules.tick_settled("nightly", "fired", "none");
    schedules.fired_late("nightly", 1ms);
    schedules.set_next("nightly", {});
    schedules.set_paused("nightly", false);
    schedules.set_running("nightly", true);
    schedules.run_ended("nightly", "done", 1s, {});
    schedules.taken_over("nightly");
    p.shown.add([&] { return worker_metrics.collect(); });
    p.shown.add([&] { return schedules.collect(); });
    p.shown.add([] { return http_client_families({}); });
    p.shown.add([] { return outbox_families({true, {}, 0, 0}, {}); });
    p.shown.add([] { return housekeeping_families({}); });
    std::set<std::string> out;
    for (const auto& f : p.shown.collect(sample())) out.insert(f.name);
    return out;
}

std::set<std::string> documented_names() {
    const auto text = test::read_file(DORMOUSE_SOURCE_DIR "/docs/metrics.md");
    const std::regex first_cell{R"((?:^|\n)\| `((?:dormouse|process)_[a-z_]+))"};
    std::set<std::string> out;
    for (std::sregex_iterator it{text.begin(), text.end(), first_cell}, end; it != end; ++it) out.insert((*it)[1]);
    return out;
}

TEST(MetricsDocument, EveryExportedNameIsExplained) { EXPECT_THAT(exported_names(), IsSubsetOf(documented_names())); }

TEST(MetricsDocument, EveryExplainedNameIsExported) {
    EXPECT_GT(documented_names().size(), 20U);
    EXPECT_THAT(documented_names(), IsSubsetOf(exported_names()));
}

}  // namespace
}  // namespace dormouse::admin
