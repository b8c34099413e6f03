// grant against the double of a site: every row of spec 3-jobs B2.
#include "tests/integration/jobs/kind_world.hpp"
#include "tests/support/site_double.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::after;
using test::site_double;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;
namespace json = boost::json;

struct grant_world {
    explicit grant_world(const std::function<void(config::settings&)>& more = [](config::settings&) {})
        : kinds{{site.port()}, [&](config::settings& s) {
                    s.grant.url = site.url() + site_double::grant_path;
                    s.grant.key = base::secret{site_double::grant_key};
                    s.grant.order_url = site.url() + site_double::order_path;
                    s.grant.order_token = base::secret{site_double::order_token};
                    s.grant.timeout = 2s;
                    more(s);
                }} {}
    queue::claimed_job job(const std::string& id, json::object more = {}) {
        json::object args{
            {"email", "anna@example.com"}, {"term_id", 15}, {"duration", 6}, {"units", "month"}, {"external_id", id}};
        for (auto& [name, value] : more) args[name] = value;
        return kinds.job("grant", std::move(args));
    }

    site_double site;
    test::kind_world kinds;
};

TEST(Grant, IsAskedForWithItsKeyAndKeepsTheAccessCode) {
    grant_world w;
    const auto out = w.kinds.attempt(w.job("lead_1"));
    ASSERT_EQ(out.what, verb::done) << out.detail;
    const auto result = json::parse(out.result);
    EXPECT_EQ(result.at("user_id").as_int64(), 7);
    EXPECT_EQ(result.at("term_id").as_int64(), 15);
    EXPECT_EQ(result.at("key").as_string(), "CODE-1");
    EXPECT_EQ(result.at("date_end").as_string(), "2027-05-21");
    EXPECT_EQ(result.at("status").as_string(), "granted");

    const auto sent = w.site.requests(site_double::grant_path).at(0);
    EXPECT_EQ(sent.headers.at("x-api-key"), site_double::grant_key);
    EXPECT_EQ(sent.headers.at("idempotency-key"), "grant:main:lead_1");
    EXPECT_FALSE(sent.headers.contains("prefer")) << "the worker waits for the answer itself";
    const auto body = json::parse(sent.body);
    EXPECT_EQ(body.at("user").at("email").as_string(), "anna@example.com");
    EXPECT_EQ(body.at("grant").at("units").as_string(), "months");
    EXPECT_EQ(body.at("source").as_string(), "dormouse");
    EXPECT_EQ(out.contact.health, queue::health::good);
}

TEST(Grant, SendsTheSameBytesUnderTheSameKeyUntilItIsDone) {
    grant_world w;
    w.site.fail({{"status", 500}});
    w.site.fail({{"drop", "before_commit"}});
    w.site.fail({{"drop", "after_commit"}});
    w.site.fail({{"status", 409}});
    w.site.fail({{"status", 200}, {"body", "<b>Notice</b>"}, {"headers", {{"Content-Type", "text/html"}}}});
    const auto out = w.kinds.attempt_to_the_end(w.job("lead_1", {{"first_name", "Анна"}}));
    ASSERT_EQ(out.what, verb::done) << out.detail;
    EXPECT_THAT(out.result, HasSubstr("already_granted"));
    const auto sent = w.site.requests(site_double::grant_path);
    ASSERT_EQ(sent.size(), 6U);
    for (const auto& r : sent) {
        EXPECT_EQ(r.body, sent.front().body);
        EXPECT_EQ(r.headers.at("idempotency-key"), "grant:main:lead_1");
    }
    EXPECT_EQ(w.site.grants().size(), 1U);
}

TEST(Grant, EveryAnswerEndsAsTheTableSays) {
    grant_world w;
    const struct row {
        json::object fault;
        verb what;
        const char* reason;
    } rows[] = {
        {{{"status", 400}}, verb::dead, "refused"},
        {{{"status", 422}}, verb::dead, "key_reused"},
        {{{"status", 404}, {"body", R"({"code":"dormouse_no_level"})"}}, verb::dead, "refused"},
        {{{"status", 404}, {"body", R"({"code":"rest_no_route"})"}}, verb::retry, "no_route"},
        {{{"status", 409}, {"headers", {{"Retry-After", "5"}}}}, verb::retry, "in_progress"},
        {{{"status", 202}, {"body", R"({"status":"queued"})"}}, verb::retry, "in_progress"},
        {{{"status", 429}, {"headers", {{"Retry-After", "90"}}}}, verb::defer, "rate_limited"},
        {{{"status", 503}, {"headers", {{"Retry-After", "600"}}}}, verb::defer, "unavailable"},
        {{{"status", 500}}, verb::retry, "server_error"},
        {{{"status", 502}}, verb::retry, "server_error"},
        {{{"status", 302}, {"headers", {{"Location", "/elsewhere"}}}}, verb::retry, "bad_answer"},
        {{{"status", 200}, {"body", "<html>soon</html>"}, {"headers", {{"Content-Type", "text/html"}}}},
         verb::retry,
         "bad_answer"},
        {{{"status", 200}, {"body", ""}}, verb::retry, "bad_answer"},
        {{{"status", 200}, {"body", R"({"user_id":7,)"}}, verb::retry, "bad_answer"},
        {{{"echo", {{"key", ""}}}}, verb::retry, "bad_answer"},
        {{{"echo", {{"user_id", nullptr}}}}, verb::retry, "bad_answer"},
        {{{"echo", {{"term_id", 16}}}}, verb::retry, "bad_answer"},
        {{{"echo", {{"date_end", "soon"}}}}, verb::retry, "bad_answer"},
        {{{"drop", "mid_answer"}}, verb::retry, "bad_answer"},
        {{{"drop", "unread"}}, verb::retry, "reset"},
        {{{"drop", "after_commit"}}, verb::retry, "reset"},
        {{{"wait_after_ms", 2600}}, verb::retry, "timeout"},
    };
    int number = 0;
    for (const auto& r : rows) {
        const auto fault = json::serialize(r.fault);
        w.site.reset();
        w.site.fail(r.fault);
        const auto claimed = w.job("row_" + std::to_string(++number));
        const auto out = w.kinds.attempt(claimed);
        EXPECT_EQ(out.what, r.what) << fault << ": " << out.detail;
        EXPECT_EQ(out.reason, r.reason) << fault << ": " << out.detail;
        EXPECT_THAT(out.detail, Not(HasSubstr("CODE-"))) << fault;
        EXPECT_EQ(w.site.requests().size(), fault.find("unread") == std::string::npos ? 1U : 0U) << fault;
        if (r.what != verb::dead) {
            w.kinds.now = out.when.value_or(w.kinds.now + 10min);
            EXPECT_EQ(w.kinds.attempt(after(claimed, out, w.kinds.now)).what, verb::done) << fault;
        }
    }
}

TEST(Grant, ThatIsCutOffByItsDeadlineIsRecognisedWhenItComesAgain) {
    grant_world w;
    w.site.fail({{"wait_after_ms", 4000}});
    const auto claimed = w.job("lead_1");
    const auto cut = w.kinds.attempt(claimed, 2s);
    EXPECT_EQ(cut.what, verb::retry);
    EXPECT_EQ(cut.reason, "timeout");
    const auto out = w.kinds.attempt(after(claimed, cut, w.kinds.now));
    EXPECT_EQ(out.what, verb::done);
    EXPECT_THAT(out.result, HasSubstr("already_granted"));
    EXPECT_EQ(w.site.grants().size(), 1U);
}

TEST(Grant, OfASiteThatAnswersWithPagesIsParkedAtTheFourth) {
    grant_world w;
    w.site.fail({{"status", 200},
                 {"body", "<html>maintenance</html>"},
                 {"headers", {{"Content-Type", "text/html"}}},
                 {"times", 50}});
    const auto out = w.kinds.attempt_to_the_end(w.job("lead_1"));
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "bad_answer");
    EXPECT_EQ(w.site.requests().size(), 4U);
}

TEST(Grant, OfASiteThatIsDownIsParkedAfterADay) {
    grant_world w;
    w.site.stop();
    const auto start = w.kinds.now;
    const auto out = w.kinds.attempt_to_the_end(w.job("lead_1"), 1000);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "out_of_time");
    EXPECT_EQ(out.contact.health, queue::health::bad);
    EXPECT_GE(w.kinds.now, start + 24h);
    EXPECT_LE(w.kinds.now, start + 25h);
}

TEST(Grant, GoesToTheOrderApiIfTheJobSaysSo) {
    grant_world w;
    const auto out = w.kinds.attempt(w.job("order_1", {{"via", "order"}}));
    ASSERT_EQ(out.what, verb::done) << out.detail;
    const auto sent = w.site.requests(site_double::order_path).at(0);
    EXPECT_EQ(sent.headers.at("authorization"), site_double::order_token);
    EXPECT_FALSE(sent.headers.contains("x-api-key"));
    EXPECT_EQ(json::parse(sent.body).at("meta").at("order_id").as_string(), "order_1");
    EXPECT_TRUE(w.site.requests(site_double::grant_path).empty());
}

TEST(Grant, RefusedKeysHoldTheKindFromTheThirdTimeOnAndAMendedKeyFreesIt) {
    grant_world w;
    w.site.accept_only("grant", "another key");
    for (int i = 0; i < 3; ++i) {
        const auto out = w.kinds.attempt(w.job("lead_" + std::to_string(i)));
        EXPECT_EQ(out.what, verb::defer);
        EXPECT_EQ(out.reason, "unauthorized");
    }
    const auto held = w.kinds.attempt(w.job("lead_3"));
    EXPECT_EQ(held.what, verb::defer);
    EXPECT_EQ(held.reason, "kind_held");
    EXPECT_EQ(w.site.requests().size(), 3U);
    EXPECT_EQ(w.kinds.attempt(w.job("order_1", {{"via", "order"}})).what, verb::done) << "that one has another key";

    w.site.accept_only("grant", site_double::grant_key);
    w.kinds.now = *held.when;
    EXPECT_EQ(w.kinds.attempt(w.job("lead_3")).what, verb::done);
    EXPECT_EQ(w.kinds.attempt(w.job("lead_4")).what, verb::done);
}

TEST(Grant, ThatIsNotConfiguredIsParkedAndSaysWhatToDo) {
    grant_world w{[](config::settings& s) {
        s.grant.url.clear();
        s.grant.order_url.clear();
    }};
    const auto bridge = w.kinds.attempt(w.job("lead_1"));
    EXPECT_EQ(bridge.reason, "not_configured");
    EXPECT_THAT(bridge.detail, HasSubstr("kinds.grant.url"));
    const auto order = w.kinds.attempt(w.job("lead_1", {{"via", "order"}}));
    EXPECT_EQ(order.reason, "not_configured");
    EXPECT_THAT(order.detail, HasSubstr("kinds.grant.order_url"));
}

TEST(Grant, WithArgsThatCannotBeReadIsRefusedOnAdmission) {
    grant_world w;
    auto& handler = *w.kinds.registry.find("grant");
    EXPECT_TRUE(handler.check(w.job("lead_1").job.args));
    const auto refused = handler.check({{"email", "anna@example.com"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("args.term_id"));
    EXPECT_EQ(handler.target({}), "grant");
    EXPECT_EQ(handler.limits(w.job("lead_1").job.args).size(), 3U);
    EXPECT_GT(handler.default_max_attempts(), 1000) << "the table's windows decide";
}

}  // namespace
}  // namespace dormouse::jobs
