// What comes back from receivers, good, odd and hostile.
#include "tests/integration/net/client_world.hpp"

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

using enum failure_class;
using enum progress;

TEST(HttpClient, SendsTheBodyAndHeadersAsGivenAndHostFirst) {
    client_world w;
    const auto e = w.send({.url = w.zoo.url("/ok/a%20b?x[]=1&y=\xC3\xA9"),
                           .headers = {{"webhook-id", "evt_1"}, {"X-Case", "Kept As Is"}},
                           .body = "{\"a\":\"\xC3\xA9\"}"});
    ASSERT_TRUE(e.ok()) << e.detail;
    EXPECT_EQ(e.progress, answered);
    EXPECT_EQ(e.response.status, 200);
    EXPECT_EQ(e.response.body, "{\"ok\":true}");
    EXPECT_EQ(e.response.header("content-TYPE"), "application/json");
    const auto seen = w.zoo.requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].method, "POST");
    EXPECT_EQ(seen[0].target, "/ok/a%20b?x[]=1&y=%C3%A9");
    EXPECT_EQ(seen[0].body, "{\"a\":\"\xC3\xA9\"}");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"Host", "127.0.0.1:" + std::to_string(w.zoo.port("http"))},
        {"User-Agent", "Dormouse"},
        {"Accept-Encoding", "identity"},
        {"Content-Type", "application/json"},
        {"Content-Length", "10"},
        {"webhook-id", "evt_1"},
        {"X-Case", "Kept As Is"}};
    EXPECT_EQ(seen[0].headers, expected);
}

TEST(HttpClient, EveryFinalStatusComesBackAsItIs) {
    client_world w;
    for (int status = 200; status < 600; ++status) {
        const auto e = w.get("/status/" + std::to_string(status));
        ASSERT_TRUE(e.ok()) << status << ": " << e.detail;
        ASSERT_EQ(e.response.status, status);
        ASSERT_TRUE(e.response.body_complete) << status << ": " << e.response.body_error;
    }
    EXPECT_EQ(w.client->counters().connections_new, 1U);
}

TEST(HttpClient, InterimResponsesAreSkippedUpToFive) {
    client_world w;
    for (const auto* path : {"/status/100", "/status/103", "/interim/5"}) {
        const auto e = w.get(path);
        ASSERT_TRUE(e.ok()) << path << ": " << e.detail;
        EXPECT_EQ(e.response.status, 200);
    }
    EXPECT_EQ(w.client->counters().connections_new, 1U) << "an interim response spoils no connection";
    const auto flood = w.get("/interim/6");
    EXPECT_EQ(flood.failed, bad_response);
    EXPECT_EQ(flood.progress, maybe);
}

TEST(HttpClient, RedirectsAreReportedAndNeverFollowed) {
    client_world w;
    for (const auto* code : {"301", "302", "303", "307", "308"}) {
        EXPECT_EQ(w.get(std::string{"/redirect/"} + code).response.status, std::stoi(code));
        EXPECT_EQ(w.get(std::string{"/redirect/"} + code + "/metadata").response.status, std::stoi(code));
    }
    EXPECT_EQ(w.zoo.requests().size(), 10U);
    EXPECT_TRUE(w.zoo.requests("/ok/visited").empty());
}

TEST(HttpClient, NothingIsDecoded) {
    client_world w;
    const auto e = w.get("/gzip-bomb");
    ASSERT_TRUE(e.ok());
    EXPECT_EQ(e.response.header("Content-Encoding"), "gzip");
    EXPECT_LT(e.response.body.size(), 64U * 1024);
    EXPECT_TRUE(e.response.body.starts_with("\x1f\x8b"));
}

struct odd_case {
    const char* path;
    failure_class failed;
    net::progress how_far;
    int status;     ///< When answered.
    bool complete;  ///< The body.
    bool pooled;    ///< May the connection serve the next request?
    const char* body = nullptr;
};

class OddResponses : public testing::Test {
protected:
    // Each case starts with an empty pool and asks /ok afterwards, which tells by its connection what became of it.
    void check(const odd_case& c) {
        SCOPED_TRACE(c.path);
        w_.client->close_idle();
        const auto e = w_.get(c.path);
        EXPECT_EQ(e.failed, c.failed) << to_string(e.failed) << ": " << e.detail;
        EXPECT_EQ(e.progress, c.how_far);
        EXPECT_EQ(e.response.status, c.status);
        if (e.ok()) {
            EXPECT_EQ(e.response.body_complete, c.complete) << e.response.body_error;
            EXPECT_EQ(e.response.body_complete, e.response.body_error.empty());
        } else {
            EXPECT_FALSE(e.detail.empty());
        }
        if (c.body != nullptr) {
            EXPECT_EQ(e.response.body, c.body);
        }
        const auto next = w_.get("/ok");
        EXPECT_EQ(next.response.status, 200) << next.detail;
        EXPECT_EQ(next.reused, c.pooled);
    }
    client_world w_;
};

TEST_F(OddResponses, BodiesOfEveryFraming) {
    for (const auto& c : std::initializer_list<odd_case>{
             {"/body/0", none, answered, 200, true, true, ""},
             {"/body/65536", none, answered, 200, true, true},
             {"/body/65537", none, answered, 200, false, false},
             {"/body/10000000", none, answered, 200, false, false},
             {"/chunked/5", none, answered, 200, true, true, "ccccc"},
             {"/chunked/100000", none, answered, 200, false, false},
             {"/trailers", none, answered, 200, true, true, "ok"},
             {"/endless", none, answered, 200, false, false},
             {"/endless/plain", none, answered, 200, false, false},
             {"/until-close", none, answered, 200, true, false, "all there is"},
             {"/http10", none, answered, 200, true, false, "old"},
             {"/204-with-body", none, answered, 204, true, false, ""},
             {"/extra-bytes", none, answered, 200, true, false, "ok"},
             {"/length-too-short", none, answered, 200, true, false, "more"},
             {"/length-too-long", none, answered, 200, false, false, "short"},
             {"/reset-in-body", none, answered, 200, false, false, "half"},
         })
        check(c);
}

TEST_F(OddResponses, NotQuiteHttp) {
    for (const auto& c : std::initializer_list<odd_case>{
             {"/no-reason", none, answered, 200, true, false, "ok"},
             {"/folded-header", none, answered, 200, true, false, "ok"},
             {"/giant-length", none, answered, 200, false, false, "x"},
             {"/bad-chunk", none, answered, 200, false, false},
             {"/huge-chunk", none, answered, 200, false, false},
             {"/no-reason-no-space", bad_response, answered, 200, false, false},
             {"/length-and-chunked", bad_response, answered, 200, false, false},
             {"/two-lengths", bad_response, answered, 200, false, false},
             {"/negative-length", bad_response, answered, 200, false, false},
             {"/overflowing-length", bad_response, answered, 200, false, false},
             {"/nul-in-header", bad_response, answered, 200, false, false},
             {"/status-099", bad_response, maybe, 0, false, false},
             {"/status-letters", bad_response, maybe, 0, false, false},
             {"/http2", bad_response, maybe, 0, false, false},
             {"/bare-lf", bad_response, maybe, 0, false, false},
             {"/garbage", bad_response, maybe, 0, false, false},
             {"/101", bad_response, maybe, 0, false, false},
             {"/many-headers/90", none, answered, 200, true, true},
             {"/many-headers/120", bad_response, answered, 200, false, false},
             {"/big-header/15000", none, answered, 200, true, true},
             {"/big-header/17000", bad_response, answered, 200, false, false},
         })
        check(c);
}

TEST_F(OddResponses, ConnectionsThatEnd) {
    for (const auto& c : std::initializer_list<odd_case>{
             {"/close", reset, maybe, 0, false, false},
             {"/reset", reset, maybe, 0, false, false},
             {"/ok-then-close", none, answered, 200, true, false, "ok"},
             {"/connection-close", none, answered, 200, true, false, "ok"},
             {"/keep/1", none, answered, 200, true, false, "ok"},
             {"/keep/2", none, answered, 200, true, true, "ok"},
         })
        check(c);
}

TEST(HttpClient, AnEarlyRefusalIsHeardWhileTheBodyIsStillGoingOut) {
    client_world w;
    const auto e = w.post(w.zoo.url("/early-413"), std::string(200'000, 'b'));
    // The kernel may drop an answer that is followed by a reset; what must not happen is a success or a hang.
    if (e.ok()) {
        EXPECT_EQ(e.response.status, 413);
    } else {
        EXPECT_EQ(e.failed, reset);
        EXPECT_EQ(e.progress, maybe);
    }
    EXPECT_FALSE(w.get("/ok").reused);
}

}  // namespace
}  // namespace dormouse::net
