#include "admin/pages.hpp"

#include "tests/support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

base::awaitable<depth_result> answer(depth_result r) { co_return r; }

struct pages {
    explicit pages(const depth_result& r)
        : source{io.get_executor(), [r] { return answer(r); }},
          metrics{source, {"1.2.3", base::time_ms{}}},
          routes{make_routes(checks, metrics, source)} {}

    reply get(const std::string& path) {
        const auto found = std::find_if(routes.begin(), routes.end(), [&](const route& r) { return r.path == path; });
        return found == routes.end() ? reply{404, {}} : test::run_on(io, found->handler());
    }

    boost::asio::io_context io;
    health checks;
    depth_source source;
    metrics_page metrics;
    std::vector<route> routes;
};

TEST(Pages, EveryAddressAnswers) {
    pages p{queue::site_depth{}};
    for (const auto* path : {"/", "/healthz", "/readyz", "/metrics", "/api/v1/depth"})
        EXPECT_EQ(p.get(path).status, 200) << path;
}

TEST(Pages, DepthIsJsonWithAgesInMilliseconds) {
    queue::site_depth depth;
    depth.queues = {{"webhook", 2, 0, true, 1500ms, std::nullopt}};
    depth.dead = 1;
    depth.oldest_dead = 2h;
    pages p{depth};
    const auto body = boost::json::parse(p.get("/api/v1/depth").body);
    const auto& queue = body.at("queues").at(0);
    EXPECT_EQ(queue.at("queue"), "webhook");
    EXPECT_EQ(queue.at("ready"), 2);
    EXPECT_EQ(queue.at("paused"), true);
    EXPECT_EQ(queue.at("oldest_ready_ms"), 1500);
    EXPECT_TRUE(queue.at("overdue_ms").is_null());
    EXPECT_EQ(body.at("oldest_dead_ms"), 7'200'000);
}

TEST(Pages, WithoutRedisTheDepthSaysWhyAndTheRestWorks) {
    pages p{base::error{base::errc::connection_lost, "refused: password=swordfish"}};
    const auto r = p.get("/api/v1/depth");
    EXPECT_EQ(r.status, 503);
    EXPECT_THAT(r.body, HasSubstr("refused"));
    EXPECT_THAT(r.body, Not(HasSubstr("swordfish")));
    for (const auto* path : {"/", "/healthz", "/metrics"}) EXPECT_EQ(p.get(path).status, 200) << path;
}

TEST(Pages, TheStatusPageLoadsNothingFromElsewhereAndNeverBuildsHtmlFromData) {
    const std::string html{status_html()};
    EXPECT_THAT(html, HasSubstr("<!doctype html>"));
    EXPECT_THAT(html, HasSubstr("</html>"));
    for (const auto* foreign : {"http://", "https://", "src=", "innerHTML", "document.write"})
        EXPECT_THAT(html, Not(HasSubstr(foreign)));
}

}  // namespace
}  // namespace dormouse::admin
