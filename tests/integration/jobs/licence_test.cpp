// license-provision and period-push against the double of the licence server: every row of spec 3-jobs B3.
#include "tests/integration/jobs/licence_world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::after;
using test::licence_world;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;
namespace json = boost::json;

TEST(LicenseProvision, TellsWhoTheSubscriptionBelongsTo) {
    licence_world w;
    auto claimed = w.provision();
    claimed.job.key = "provision:main:12:1";
    const auto out = w.kinds.attempt(claimed);
    ASSERT_EQ(out.what, verb::done) << out.detail;
    const auto row = w.licence.rows().at("wc_sub_12").as_object();
    EXPECT_EQ(row.at("email").as_string(), "anna@example.com");
    EXPECT_EQ(row.at("name").as_string(), "Anna Ivanova");
    EXPECT_EQ(row.at("status").as_string(), "active");
    EXPECT_EQ(row.at("order_id").as_string(), "41");
    EXPECT_EQ(row.at("product_ids"), json::parse("[9]"));
    EXPECT_EQ(row.at("site").as_string(), "main");
    const auto sent = w.licence.requests(licence_world::provision_path).at(0);
    EXPECT_EQ(sent.headers.at("x-wc-secret"), licence_world::secret);
    EXPECT_EQ(sent.headers.at("idempotency-key"), "provision:main:12:1");
    const auto asked = w.site.requests(test::site_double::subscription_path(12)).at(0);
    EXPECT_EQ(asked.headers.at("x-dormouse-key"), test::site_double::companion_key);
    EXPECT_THAT(w.audit_lines(), testing::IsEmpty()) << "the file is for periods";
}

TEST(PeriodPush, TellsTheDatesAsTheyAreWhenItRuns) {
    licence_world w;
    w.provisioned();
    const auto claimed = w.period();
    w.site.set_subscription(12, {{"billing_period", "year"}, {"next_payment_date_gmt", "2026-12-24 08:00:00"}});
    const auto out = w.kinds.attempt(claimed);
    ASSERT_EQ(out.what, verb::done) << out.detail;
    const auto row = w.licence.rows().at("wc_sub_12").as_object();
    EXPECT_EQ(row.at("next_payment_date_gmt").as_string(), "2026-12-24T08:00:00Z");
    EXPECT_EQ(row.at("billing_period").as_string(), "year");
    EXPECT_EQ(row.at("billing_interval").as_int64(), 1);
    EXPECT_EQ(w.licence.requests(licence_world::period_path).at(0).headers.at("idempotency-key"), "period:main:12:2");
    EXPECT_THAT(out.result, HasSubstr(R"("updated":1)"));
    EXPECT_THAT(out.result, HasSubstr(R"("next_payment_date_gmt":"2026-12-24T08:00:00Z")"));
}

TEST(PeriodPush, ThatCarriesItsPeriodAsksNobodyForIt) {
    licence_world w;
    w.provisioned();
    w.site.stop();
    auto claimed = w.period();
    claimed.job.args["billing_period"] = "W";
    claimed.job.args["billing_interval"] = "2";
    claimed.job.args["next_payment_date_gmt"] = "2026-12-21T10:00:00Z";
    const auto out = w.kinds.attempt(claimed);
    ASSERT_EQ(out.what, verb::done) << out.detail;
    EXPECT_EQ(w.licence.rows().at("wc_sub_12").at("billing_period").as_string(), "week");
}

TEST(PeriodPush, EveryAnswerEndsAsTheTableSays) {
    licence_world w;
    w.provisioned();
    const struct row {
        json::object fault;
        verb what;
        const char* reason;
    } rows[] = {
        {{{"status", 400}}, verb::dead, "refused"},
        {{{"status", 422}}, verb::dead, "refused"},
        {{{"status", 401}}, verb::defer, "unauthorized"},
        {{{"status", 404}}, verb::retry, "licence_missing"},
        {{{"echo", {{"updated", 0}}}}, verb::retry, "licence_missing"},
        {{{"echo", {{"updated", "none"}}}}, verb::done, ""},
        {{{"status", 409}}, verb::retry, "in_progress"},
        {{{"status", 429}, {"headers", {{"Retry-After", "90"}}}}, verb::retry, "rate_limited"},
        {{{"status", 503}}, verb::retry, "unavailable"},
        {{{"status", 500}}, verb::retry, "server_error"},
        {{{"status", 200}, {"body", "<html>soon</html>"}}, verb::retry, "bad_answer"},
        {{{"drop", "unread"}}, verb::retry, "reset"},
        {{{"drop", "after_commit"}}, verb::retry, "reset"},
        {{{"drop", "mid_answer"}}, verb::retry, "bad_answer"},
        {{{"wait_after_ms", 2600}}, verb::retry, "timeout"},
    };
    std::int64_t version = 2;
    for (const auto& r : rows) {
        const auto fault = json::serialize(r.fault);
        w.licence.reset();
        w.licence.fail(r.fault);
        const auto claimed = w.period(++version);
        const auto out = w.kinds.attempt(claimed);
        EXPECT_EQ(out.what, r.what) << fault << ": " << out.detail;
        EXPECT_EQ(out.reason, r.reason) << fault << ": " << out.detail;
        EXPECT_EQ(w.licence.requests().size(), fault.find("unread") == std::string::npos ? 1U : 0U) << fault;
        w.kinds.now = out.when.value_or(w.kinds.now + 10min) + 5min;
        if (r.what == verb::retry)
            EXPECT_EQ(w.kinds.attempt(after(claimed, out, w.kinds.now)).what, verb::done) << fault;
    }
}

TEST(PeriodPush, IsNeverSentAfterARedirect) {
    licence_world w;
    w.provisioned();
    for (const int status : {301, 302, 307, 308}) {
        w.licence.reset();
        w.licence.fail({{"status", status}, {"headers", {{"Location", w.licence.url() + "/elsewhere"}}}});
        EXPECT_EQ(w.kinds.attempt(w.period()).reason, "bad_answer");
        EXPECT_EQ(w.licence.requests().size(), 1U) << status;
    }
}

TEST(PeriodPush, BeforeTheProvisionIsTriedAgainUntilTheLicenceIsThere) {
    licence_world w;
    const auto claimed = w.period();
    const auto early = w.kinds.attempt(claimed);
    EXPECT_EQ(early.what, verb::retry);
    EXPECT_EQ(early.reason, "licence_missing");
    EXPECT_GE(*early.when, w.kinds.now + 1min);
    ASSERT_EQ(w.kinds.attempt(w.provision()).what, verb::done);
    w.kinds.now = *early.when;
    EXPECT_EQ(w.kinds.attempt(after(claimed, early, w.kinds.now)).what, verb::done);
}

TEST(PeriodPush, OfALicenceThatNeverComesIsParkedAfterADay) {
    licence_world w;
    const auto start = w.kinds.now;
    const auto out = w.kinds.attempt_to_the_end(w.period(), 100);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "licence_missing");
    EXPECT_GE(w.kinds.now, start + 24h);
    EXPECT_LE(w.kinds.now, start + 25h);
    EXPECT_LE(w.licence.requests().size(), 53U);
}

TEST(Licence, ThePreviousSecretIsTriedOnceInTheSameAttempt) {
    licence_world w{[](config::settings& s) { s.licence.previous_secret = base::secret{"the secret before"}; }};
    w.provisioned();
    w.licence.accept_only("the secret before");
    EXPECT_EQ(w.kinds.attempt(w.period()).what, verb::done);
    const auto sent = w.licence.requests(licence_world::period_path);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].headers.at("x-wc-secret"), licence_world::secret);
    EXPECT_EQ(sent[1].headers.at("x-wc-secret"), "the secret before");
    EXPECT_EQ(sent[0].body, sent[1].body);
    EXPECT_EQ(sent[0].headers.at("idempotency-key"), sent[1].headers.at("idempotency-key"));
    EXPECT_EQ(w.kinds.attempt(w.period()).what, verb::done) << "the kind is not held";
}

TEST(Licence, SecretsThatAreRefusedHoldTheKindAndAMendedOneFreesIt) {
    licence_world w{[](config::settings& s) { s.licence.previous_secret = base::secret{"the secret before"}; }};
    w.provisioned();
    w.licence.accept_only("a secret we do not have");
    const auto refused = w.kinds.attempt(w.period());
    EXPECT_EQ(refused.what, verb::defer);
    EXPECT_EQ(refused.reason, "unauthorized");
    EXPECT_EQ(w.licence.requests().size(), 2U);
    const auto held = w.kinds.attempt(w.period(3));
    EXPECT_EQ(held.what, verb::defer);
    EXPECT_EQ(held.reason, "kind_held");
    EXPECT_EQ(w.licence.requests().size(), 2U);
    w.licence.accept_only(licence_world::secret);
    w.kinds.now = *held.when;
    EXPECT_EQ(w.kinds.attempt(w.period(3)).what, verb::done);
}

TEST(Licence, OfASubscriptionThatIsNotThereOrNotActiveSendsNothing) {
    licence_world w;
    for (const auto* kind : {"license-provision", "period-push"}) {
        const auto missing = w.kinds.attempt(w.kinds.job(kind, {{"subscription_id", 99}, {"version", 1}}));
        EXPECT_EQ(missing.what, verb::dead) << kind;
        EXPECT_EQ(missing.reason, "no_subscription");
        w.site.set_subscription(12, {{"status", "cancelled"}});
        const auto ended = w.kinds.attempt(w.job(kind, 1));
        EXPECT_EQ(ended.what, verb::drop) << kind;
        EXPECT_EQ(ended.reason, "not_active");
    }
    EXPECT_TRUE(w.licence.requests().empty());
}

TEST(PeriodPush, WithDatesThatCannotBeTrueIsParkedUnsent) {
    licence_world w;
    const json::object mistakes[] = {{{"next_payment_date_gmt", "1999-12-31 00:00:00"}},
                                     {{"next_payment_date_gmt", "2126-12-21 10:00:00"}},
                                     {{"next_payment_date_gmt", "2026-12-21 10:00:00"}, {"billing_interval", 0}},
                                     {{"billing_interval", 1}, {"billing_period", nullptr}}};
    for (const auto& mistake : mistakes) {
        w.site.set_subscription(12, mistake);
        const auto out = w.kinds.attempt(w.period());
        EXPECT_EQ(out.what, verb::dead) << json::serialize(mistake);
        EXPECT_EQ(out.reason, "bad_period");
        EXPECT_THAT(out.detail, HasSubstr("expected")) << json::serialize(mistake);
    }
    EXPECT_TRUE(w.licence.requests().empty());
}

TEST(PeriodPush, OfASubscriptionWithoutANextPaymentHasNothingToTell) {
    licence_world w;
    w.provisioned();
    w.site.set_subscription(12, {{"next_payment_date_gmt", nullptr}});
    const auto out = w.kinds.attempt(w.period());
    EXPECT_EQ(out.what, verb::drop);
    EXPECT_EQ(out.reason, "no_next_payment");
    EXPECT_TRUE(w.licence.requests().empty());
}

TEST(Licence, WaitsForASilentSiteWithoutAnAttempt) {
    licence_world w;
    w.site.fail({{"status", 503}, {"headers", {{"Retry-After", "600"}}}});
    const auto maintenance = w.kinds.attempt(w.period());
    EXPECT_EQ(maintenance.what, verb::defer);
    EXPECT_EQ(maintenance.reason, "companion_unavailable");
    EXPECT_GE(*maintenance.when, w.kinds.now + 600s);
    w.site.stop();
    EXPECT_EQ(w.kinds.attempt(w.provision()).reason, "companion_unavailable");
    EXPECT_TRUE(w.licence.requests().empty());
}

TEST(Licence, ASiteThatRefusesItsKeyHoldsTheKindFromTheThirdTimeOn) {
    licence_world w;
    w.site.accept_only("companion", "another key");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(w.kinds.attempt(w.period()).reason, "companion_unavailable");
    const auto held = w.kinds.attempt(w.period());
    EXPECT_EQ(held.reason, "kind_held");
    EXPECT_THAT(held.detail, HasSubstr("companion"));
    EXPECT_EQ(w.site.requests().size(), 3U);
}

TEST(Licence, ThatIsNotConfiguredIsParkedAndSaysWhatToDo) {
    licence_world no_server{[](config::settings& s) { s.licence.url.clear(); }};
    EXPECT_THAT(no_server.kinds.attempt(no_server.provision()).detail, HasSubstr("kinds.licence.url"));
    licence_world no_site{[](config::settings& s) { s.site.companion.url.clear(); }};
    const auto out = no_site.kinds.attempt(no_site.period());
    EXPECT_EQ(out.reason, "not_configured");
    EXPECT_THAT(out.detail, HasSubstr("site.companion.url"));
}

}  // namespace
}  // namespace dormouse::jobs
