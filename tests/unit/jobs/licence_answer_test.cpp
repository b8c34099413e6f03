// The table of spec 3-jobs B3, row by row, without a licence server; and the companion's.
#include "jobs/licence/answer.hpp"
#include "jobs/licence/audit_log.hpp"
#include "jobs/licence/companion.hpp"
#include "tests/unit/jobs/said.hpp"

#include <gmock/gmock.h>

namespace dormouse::jobs::licence {
namespace {

using api::said;
using api::silent;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

struct circumstances {
    std::string state{};
    std::optional<base::time_ms> first_failure{};
    base::time_ms at = now;
    licence_step step = licence_step::period;
};

api::verdict decide_on(const api::answer& a, const circumstances& c = {}) {
    base::random_engine random{1};
    api::memory past{c.state};
    auto v = decide({.said = a, .subject = "subscription 12", .now = c.at, .first_failure = c.first_failure}, c.step,
                    past, random);
    v.outcome.state = past.state();
    return v;
}

TEST(LicenceAnswer, ChangedRowsOrNoCountIsSuccess) {
    for (const auto* body : {R"({"ok":true,"updated":1})", R"({"ok":true,"updated":"2"})", R"({"ok":true})", "{}"})
        EXPECT_EQ(decide_on(said(200, body)).outcome.what, verb::done) << body;
    EXPECT_EQ(decide_on(said(201, R"({"ok":true})")).outcome.what, verb::done);
    EXPECT_EQ(decide_on(said(200, R"({"ok":true,"updated":0})"), {.step = licence_step::provision}).outcome.what,
              verb::done)
        << "a provision that changes nothing is there already";
}

TEST(LicenceAnswer, A200OfSomebodyElseIsNoSuccess) {
    for (const auto* body : {"<html>maintenance</html>", "", "[]", R"({"ok":false})", R"({"ok":"no"})"}) {
        EXPECT_EQ(decide_on(said(200, body)).outcome.what, verb::retry) << body;
        EXPECT_EQ(decide_on(said(200, body)).outcome.reason, "bad_answer");
    }
    EXPECT_EQ(decide_on(said(302)).outcome.reason, "bad_answer");
}

TEST(LicenceAnswer, ALicenceThatIsNotThereIsAskedForThriceSoonThenSlowlyForADay) {
    for (const auto& a : {said(200, R"({"ok":true,"updated":0})"), said(404)}) {
        circumstances c;
        std::vector<base::ms> pauses;
        api::verdict v;
        while (pauses.size() < 100) {
            v = decide_on(a, c);
            if (v.outcome.what != verb::retry) break;
            EXPECT_EQ(v.outcome.reason, "licence_missing");
            pauses.push_back(*v.outcome.when - c.at);
            c.at = *v.outcome.when;
            c.state = v.outcome.state;
        }
        EXPECT_EQ(v.outcome.what, verb::dead);
        EXPECT_EQ(v.outcome.reason, "licence_missing");
        EXPECT_TRUE(v.alert);
        EXPECT_GE(c.at, now + 24h);
        EXPECT_LE(c.at, now + 25h);
        for (std::size_t i = 0; i < pauses.size(); ++i) {
            EXPECT_GE(pauses[i], i < 3 ? 1min : 30min) << i;
            EXPECT_LE(pauses[i], i < 3 ? 66s : 33min) << i;
        }
    }
}

TEST(LicenceAnswer, RefusalsAreParkedAndARefusedSecretIsNot) {
    for (const int status : {400, 405, 410, 422}) {
        EXPECT_EQ(decide_on(said(status)).outcome.what, verb::dead) << status;
        EXPECT_EQ(decide_on(said(status)).outcome.reason, "refused");
    }
    for (const int status : {401, 403}) {
        EXPECT_EQ(decide_on(said(status)).outcome.what, verb::defer);
        EXPECT_EQ(decide_on(said(status)).outcome.reason, "unauthorized");
    }
}

TEST(LicenceAnswer, InProgressIsAskedAgainSoon) {
    const auto v = decide_on(said(409));
    EXPECT_EQ(v.outcome.what, verb::retry);
    EXPECT_GE(*v.outcome.when, now + 2s);
    EXPECT_LE(*v.outcome.when, now + 17s);
}

TEST(LicenceAnswer, FailuresAreTriedAgainForAWeek) {
    using net::failure_class;
    using net::progress;
    for (const auto& a :
         {said(429), said(503), said(500), said(502), said(408), silent(failure_class::timeout, progress::maybe),
          silent(failure_class::dns, progress::not_sent), silent(failure_class::reset, progress::maybe)}) {
        EXPECT_EQ(decide_on(a).outcome.what, verb::retry);
        EXPECT_FALSE(decide_on(a).outcome.when) << "the kind's backoff counts";
        EXPECT_EQ(decide_on(a, {.first_failure = now - 7 * 24h + 1s}).outcome.what, verb::retry);
        const auto last = decide_on(a, {.first_failure = now - 7 * 24h});
        EXPECT_EQ(last.outcome.reason, "out_of_time");
        EXPECT_TRUE(last.alert);
    }
    for (const int status : {429, 503}) {
        const auto asked = decide_on(said(status, {}, 20min));
        EXPECT_EQ(asked.outcome.what, verb::retry);
        EXPECT_GE(*asked.outcome.when, now + 20min);
    }
}

// Whatever the server answers in whatever order: done only if it says so, and an end within nine days.
TEST(LicenceAnswer, EveryCourseOfAnswersEndsAndOnlyTheServersWordIsSuccess) {
    const std::vector<api::answer> possible{said(500),
                                            said(503),
                                            said(429, {}, 30min),
                                            said(409),
                                            said(404),
                                            said(200, R"({"ok":true,"updated":0})"),
                                            said(200, "<html>"),
                                            silent(net::failure_class::timeout, net::progress::maybe),
                                            silent(net::failure_class::dns, net::progress::not_sent),
                                            said(200, R"({"ok":true,"updated":1})")};
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        base::random_engine random{seed};
        const auto variety = 1 + random.next() % possible.size();
        const auto first = random.next() % possible.size();
        circumstances c;
        api::verdict v;
        bool updated = false;
        for (int n = 0; n < 100'000; ++n) {
            const auto& a = possible[(first + random.next() % variety) % possible.size()];
            updated = updated_rows(a) == 1;
            api::memory past{c.state};
            v = decide({.said = a, .subject = "x", .now = c.at, .first_failure = c.first_failure}, c.step, past,
                       random);
            if (v.outcome.what != verb::retry) break;
            if (!c.first_failure) c.first_failure = c.at;
            c.state = past.state();
            c.at = v.outcome.when.value_or(c.at + api::random_between(1s, 15min, random));
        }
        EXPECT_TRUE(v.outcome.what == verb::done || v.outcome.what == verb::dead) << seed;
        EXPECT_EQ(v.outcome.what == verb::done, updated) << seed << v.outcome.reason;
        EXPECT_LE(c.at, now + 9 * 24h) << seed << v.outcome.reason;
    }
}

TEST(LicenceOrder, ANewerVersionOfTheSameStepSupersedes) {
    site::subscription_standing known;
    known.newest_period = 4;
    known.newest_provision = 3;
    const auto job = [](std::int64_t version) { return licence_args{12, version, {}}; };
    EXPECT_EQ(superseded(known, licence_step::period, job(3))->what, verb::drop);
    EXPECT_EQ(superseded(known, licence_step::period, job(3))->reason, "superseded");
    EXPECT_FALSE(superseded(known, licence_step::period, job(4)));
    EXPECT_FALSE(superseded(known, licence_step::provision, job(3)))
        << "the period of the same event is newer and must not drop the provision it waits for";
}

TEST(LicenceOrder, APeriodWaitsForAProvisionUnderWayButNotForEver) {
    base::random_engine random{1};
    site::subscription_standing known;
    EXPECT_FALSE(wait_for_provision(known, now, random));
    known.provisioning_at = now - provision_patience;
    const auto until = wait_for_provision(known, now, random);
    ASSERT_TRUE(until);
    EXPECT_GE(*until, now + 10s);
    EXPECT_LE(*until, now + 20s);
    known.provisioning_at = now - provision_patience - 1s;
    EXPECT_FALSE(wait_for_provision(known, now, random)) << "it must have died without a word";
}

std::variant<subscription, api::verdict> companion_says(const api::answer& a, const circumstances& c = {}) {
    base::random_engine random{1};
    api::memory past{c.state};
    auto out = read_subscription({.said = a, .subject = "subscription 12", .now = c.at}, 12, 0, past, random);
    if (auto* v = std::get_if<api::verdict>(&out)) v->outcome.state = past.state();
    return out;
}

constexpr auto active = R"({"subscription_id":12,"status":"active","billing_period":"month","billing_interval":1,)"
                        R"("next_payment_date_gmt":"2026-12-21 10:00:00","email":"anna@example.com",)"
                        R"("first_name":"Anna","last_name":"Ivanova","order_id":41,"product_ids":[9]})";

TEST(LicenceCompanion, TellsAnActiveSubscription) {
    const auto s = std::get<subscription>(companion_says(said(200, active)));
    EXPECT_EQ(s.name, "Anna Ivanova");
    EXPECT_EQ(s.email, "anna@example.com");
    EXPECT_EQ(s.order_id, 41);
    EXPECT_EQ(s.billing_period, "month");
    EXPECT_EQ(s.billing_interval, 1);
    EXPECT_EQ(s.next_payment, "2026-12-21 10:00:00");
}

TEST(LicenceCompanion, WhatIsNotActiveOrNotThereNeedsNoPush) {
    for (const auto* status : {"cancelled", "on-hold", "expired"}) {
        const auto v = std::get<api::verdict>(
            companion_says(said(200, R"({"subscription_id":12,"status":")" + std::string{status} + R"("})")));
        EXPECT_EQ(v.outcome.what, verb::drop);
        EXPECT_EQ(v.outcome.reason, "not_active");
    }
    const auto gone = std::get<api::verdict>(companion_says(said(404, R"({"code":"dormouse_no_subscription"})")));
    EXPECT_EQ(gone.outcome.what, verb::dead);
    EXPECT_EQ(gone.outcome.reason, "no_subscription");
}

TEST(LicenceCompanion, ThatCannotTellIsWaitedForWithoutAnAttemptForAWeek) {
    for (const auto& a : {said(404, R"({"code":"rest_no_route"})"), said(503), said(500), said(401),
                          said(200, "<html>hi</html>"), said(200, R"({"subscription_id":13,"status":"active"})"),
                          silent(net::failure_class::connect, net::progress::not_sent)}) {
        const auto v = std::get<api::verdict>(companion_says(a));
        EXPECT_EQ(v.outcome.what, verb::defer);
        EXPECT_EQ(v.outcome.reason, "companion_unavailable");
        EXPECT_GT(*v.outcome.when, now);
        EXPECT_THAT(v.outcome.detail, Not(HasSubstr("hi</html>"))) << "it may name a person";
        const auto late = std::get<api::verdict>(companion_says(a, {.state = v.outcome.state, .at = now + 7 * 24h}));
        EXPECT_EQ(late.outcome.what, verb::dead);
        EXPECT_TRUE(late.alert);
    }
    const auto asked = std::get<api::verdict>(companion_says(said(503, {}, 10min)));
    EXPECT_GE(*asked.outcome.when, now + 10min);
}

TEST(LicenceAudit, ALineSaysWhatWasToldAndHowItEnded) {
    audit_entry e{.at = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 4h,
                  .subscription_id = 12,
                  .version = 3,
                  .period = billing_period{"month", 1, std::chrono::sys_days{std::chrono::year{2026} / 12 / 21} + 10h},
                  .attempt = 2,
                  .status = 200,
                  .updated = 1};
    EXPECT_EQ(audit_line(e),
              "2026-11-21T04:00:00Z PERIOD PUSH subscription=wc_sub_12 version=3 period=month interval=1 "
              "next=2026-12-21T10:00:00Z attempt=2 status=200 updated=1 result=ok\n");
    e.period.reset();
    e.status = 0;
    e.updated.reset();
    e.what = verb::drop;
    e.reason = "not_active";
    EXPECT_THAT(audit_line(e), HasSubstr("version=3 period=- interval=- next=- attempt=2 status=- updated=- "
                                         "result=drop reason=not_active\n"));
}

}  // namespace
}  // namespace dormouse::jobs::licence
