#include "admin/pages.hpp"
#include "queue/redis/connection.hpp"
#include "tests/integration/admin/admin_server.hpp"
#include "tests/support/redis_server.hpp"
#include "worker/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <thread>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;
namespace redis = queue::redis;

redis::connection_options options_for(const std::string& url) {
    config::redis_settings settings;
    settings.url = url;
    return redis::options_from(settings, "admin-test").value();
}

/// All pages over a real connection to a real Redis, on an event loop and a thread of its own.
class scraped_site {
public:
    explicit scraped_site(const test::redis_server& server)
        : connection_{io_.get_executor(), options_for(server.url())},
          depth_{io_.get_executor(), [this] { return read(); }, {.answer = 300ms, .fresh = 10ms}},
          metrics_{depth_, {"0.1.0", base::system_clock().now()}},
          server_{io_.get_executor(), "127.0.0.1:0", make_routes(health_, metrics_, depth_)} {
        health_.add("redis", [this] {
            return verdict{connection_.state() == redis::connection_state::ready,
                           std::string{redis::to_string(connection_.state())}};
        });
        metrics_.add([this] { return counted_.collect(); });
        metrics_.add([] { return http_client_families({}); });
        server_.open().value();
        address_ = server_.address();
        boost::asio::co_spawn(io_, connection_.run(), boost::asio::detached);
        boost::asio::co_spawn(io_, server_.run(), boost::asio::detached);
        thread_ = std::thread{[this] { io_.run(); }};
    }

    ~scraped_site() {
        boost::asio::post(io_, [this] {
            server_.stop();
            boost::asio::co_spawn(io_, connection_.close(base::deadline::after(1s)), boost::asio::detached);
        });
        thread_.join();
    }
    scraped_site(const scraped_site&) = delete;
    scraped_site& operator=(const scraped_site&) = delete;

    [[nodiscard]] std::string get(const std::string& path) const { return admin::get(address_, path); }
    [[nodiscard]] bool shows(const std::string& line) const {
        return get("/metrics").find("\n" + line + "\n") != std::string::npos;
    }
    /// Only before the first scrape.
    worker::metrics& counted() noexcept { return counted_; }

private:
    base::awaitable<base::result<queue::site_depth>> read() {
        auto length = co_await connection_.exec({"LLEN", "dormouse:{main}:in"});
        if (!length) co_return base::fail(std::move(length));
        queue::site_depth depth;
        depth.queues = {{"webhook", 12, 3, false, 1500ms, std::nullopt}, {"mail", 0, 0, true, std::nullopt, 20ms}};
        depth.intake = static_cast<std::uint64_t>(length->integer());
        co_return depth;
    }

    boost::asio::io_context io_;
    redis::connection connection_;
    worker::metrics counted_{{"webhook-delivery"}, {"webhook", "mail"}};
    depth_source depth_;
    health health_;
    metrics_page metrics_;
    http_server server_;
    std::string address_;
    std::thread thread_;
};

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

/// What the checker says about files 0, 1, … of these texts; empty if all are valid.
std::string mistakes_in(const std::vector<std::string>& texts) {
    const test::temp_dir dir;
    std::vector<std::string> command{"python3", "-IS",
                                     DORMOUSE_SOURCE_DIR "/tests/integration/admin/check_exposition.py"};
    for (const auto& text : texts) {
        command.push_back(std::to_string(command.size() - 3));
        test::write_file(dir.file(command.back()), text);
    }
    test::child_process checker{command, {{}, dir.file("out"), dir.path().string()}};
    const auto status = checker.wait(20s);
    const auto said = test::read_file(dir.file("out"));
    return status == (said.empty() ? 0 : 1) ? said : "the checker failed: " + said;
}

TEST(ExpositionChecker, FindsWhatIsWrong) {
    EXPECT_EQ(mistakes_in({"# HELP a A.\n# TYPE a gauge\na{l=\"x\"} 1\n"}), "");
    const std::vector<std::string> wrong{
        "",
        "a 1\n",
        "# TYPE a gauge\na 1\n",
        "# HELP a A.\n# TYPE a gauge\na 1",
        "# HELP a A.\n# TYPE a gauge\na one\n",
        "# HELP a A.\n# TYPE a gauge\na{l=\"x} 1\n",
        "# HELP a A.\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a A.\n# TYPE a counter\na 1\n",
        "# HELP a_total A.\n# TYPE a_total counter\na_total -1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"};
    const auto said = "\n" + mistakes_in(wrong);
    for (std::size_t i = 0; i < wrong.size(); ++i)
        EXPECT_THAT(said, HasSubstr("\n" + std::to_string(i) + ": ")) << wrong[i];
}

TEST(Scrape, TheWholePageIsValidAndHasEveryRoomsNumbers) {
    const test::redis_server redis;
    (void)redis.cli({"LPUSH", "dormouse:{main}:in", "{}", "{}"});
    scraped_site site{redis};
    site.counted().attempt_ended("webhook-delivery", queue::retry("http_500", "", queue::sent::answered), 40ms);
    site.counted().attempt_started("webhook", 3ms);
    site.counted().rejected("bad \"signature\"\n");
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 1"); }));
    const auto answer = site.get("/metrics");
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_EQ(mistakes_in({body_of(answer)}), "");
    for (const auto* line : {"dormouse_intake 2", "dormouse_jobs{queue=\"webhook\",state=\"ready\"} 12",
                             "dormouse_attempts_total{kind=\"webhook-delivery\",outcome=\"retry\"} 1"})
        EXPECT_THAT(answer, HasSubstr(line));
}

TEST(Scrape, SaysThatRedisIsAwayAndThatItIsBack) {
    test::redis_server redis;
    const scraped_site site{redis};
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 1"); }));
    EXPECT_THAT(site.get("/readyz"), StartsWith("HTTP/1.1 200"));
    redis.kill();
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 0"); }));
    EXPECT_THAT(site.get("/readyz"), StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(site.get("/healthz"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(site.get("/api/v1/depth"), StartsWith("HTTP/1.1 503"));
    EXPECT_EQ(mistakes_in({body_of(site.get("/metrics"))}), "");
    redis.start();
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 1"); }));
}

TEST(Scrape, ARedisThatHangsCostsAScrapeItsDeadlineAndNoMore) {
    test::redis_server redis;
    const scraped_site site{redis};
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 1"); }));
    redis.process().signal(SIGSTOP);
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 0"); }))
        << "without a deadline the first scrape would hang as long as Redis does";
    redis.process().signal(SIGCONT);
    EXPECT_TRUE(test::eventually(20s, [&] { return site.shows("dormouse_redis_up 1"); }));
}

}  // namespace
}  // namespace dormouse::admin
