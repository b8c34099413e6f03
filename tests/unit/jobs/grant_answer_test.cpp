// The table of spec 3-jobs B2, row by row, without a site.
#include "jobs/grant/answer.hpp"
#include "tests/unit/jobs/said.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::grant {
namespace {

using api::said;
using api::silent;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;

const base::time_ms now = base::from_epoch_ms(1'795'212'000'000);

grant_args who() {
    grant_args a;
    a.email = "anna@example.com";
    a.term_id = 15;
    a.duration = 6;
    a.units = "months";
    a.external_id = "lead_789";
    return a;
}

std::string confirmation(const std::string& member = {}, const std::string& json = {}) {
    auto o = boost::json::parse(R"({"user_id":7,"term_id":15,"key":"CODE-1","date_start":"2026-11-21",)"
                                R"("date_end":"2027-05-21","status":"granted","external_id":"lead_789"})")
                 .as_object();
    if (!member.empty() && json.empty()) o.erase(member);
    if (!json.empty()) o[member] = boost::json::parse(json);
    return boost::json::serialize(o);
}

struct circumstances {
    std::string state{};
    std::optional<base::time_ms> first_failure{};
    base::time_ms at = now;
};

api::verdict decide_on(const api::answer& a, const circumstances& c = {}) {
    base::random_engine random{1};
    return decide({.said = a, .subject = "grant lead_789", .now = c.at, .first_failure = c.first_failure}, who(),
                  api::memory{c.state}, random);
}

TEST(GrantAnswer, TheContractsJsonIsSuccessAndKept) {
    for (const int status : {200, 201}) {
        const auto v = decide_on(said(status, confirmation()));
        ASSERT_EQ(v.outcome.what, verb::done);
        EXPECT_EQ(boost::json::parse(v.outcome.result), boost::json::parse(confirmation()));
    }
    EXPECT_EQ(decide_on(said(200, confirmation("status", R"("already_granted")"))).outcome.what, verb::done);
    EXPECT_EQ(decide_on(said(200, confirmation("status"))).outcome.what, verb::done);
    EXPECT_EQ(decide_on(said(200, confirmation("date_end", R"("2027-05-21 10:00:00")"))).outcome.what, verb::done);
}

TEST(GrantAnswer, AnythingElseWithA200IsNoSuccessAndItsBodyIsNotQuoted) {
    for (const auto& body :
         {std::string{"<html>CODE-1</html>"}, std::string{}, std::string{"[]"}, confirmation("user_id"),
          confirmation("user_id", "0"), confirmation("user_id", R"("x")"), confirmation("term_id"),
          confirmation("term_id", "16"), confirmation("key"), confirmation("key", R"("")"), confirmation("date_end"),
          confirmation("date_end", R"("soon")"), confirmation("date_end", R"("2027-02-30")"),
          confirmation("status", R"("queued")"), confirmation("status", R"("failed")")}) {
        const auto v = decide_on(said(200, body));
        EXPECT_EQ(v.outcome.what, verb::retry) << body;
        EXPECT_EQ(v.outcome.reason, "bad_answer");
        EXPECT_THAT(v.outcome.detail, Not(HasSubstr("CODE-1")));
        EXPECT_THAT(v.outcome.detail, HasSubstr("grant lead_789: HTTP 200, but the answer"));
    }
}

TEST(GrantAnswer, AccessWithoutALimitNeedsNoEnd) {
    auto args = who();
    EXPECT_FALSE(read_grant(said(200, confirmation("date_end", "null")), args));
    args.unlimited = true;
    EXPECT_TRUE(read_grant(said(200, confirmation("date_end", "null")), args));
    EXPECT_TRUE(read_grant(said(200, confirmation("date_end")), args));
    EXPECT_FALSE(read_grant(said(200, confirmation("date_end", R"("soon")")), args));
}

TEST(GrantAnswer, ThreeBadAnswersAreTriedAgainAndTheFourthIsParkedWhateverCameBetween) {
    circumstances c;
    for (int n = 1; n <= 4; ++n) {
        const auto v = decide_on(said(n == 2 ? 204 : 200, "<html>maintenance</html>"), c);
        EXPECT_EQ(v.outcome.what, n <= most_bad_answers ? verb::retry : verb::dead) << n;
        EXPECT_EQ(v.outcome.reason, "bad_answer");
        c.state = decide_on(said(500), {.state = v.outcome.state}).outcome.state;
    }
}

TEST(GrantAnswer, ARedirectIsNotFollowedAndSaysWhatToDo) {
    const auto v = decide_on(said(301));
    EXPECT_EQ(v.outcome.reason, "bad_answer");
    EXPECT_THAT(v.outcome.detail, HasSubstr("set kinds.grant.url"));
}

TEST(GrantAnswer, RefusalsAreParked) {
    const auto bad = decide_on(said(400, R"({"code":"dormouse_bad_request","message":"user.email"})"));
    EXPECT_EQ(bad.outcome.what, verb::dead);
    EXPECT_EQ(bad.outcome.reason, "refused");
    EXPECT_THAT(bad.outcome.detail, HasSubstr("dormouse_bad_request"));
    EXPECT_FALSE(bad.alert);
    EXPECT_EQ(decide_on(said(404, R"({"code":"dormouse_no_level"})")).outcome.reason, "refused");
    EXPECT_EQ(decide_on(said(405)).outcome.reason, "refused");
    const auto reused = decide_on(said(422, R"({"code":"dormouse_key_reused"})"));
    EXPECT_EQ(reused.outcome.what, verb::dead);
    EXPECT_EQ(reused.outcome.reason, "key_reused");
    EXPECT_TRUE(reused.alert) << "our own fault";
    const auto withdrawn = decide_on(said(422, R"({"code":"dormouse_key_withdrawn"})"));
    EXPECT_EQ(withdrawn.outcome.reason, "key_withdrawn");
    EXPECT_TRUE(withdrawn.alert);
}

TEST(GrantAnswer, ARefusedKeyPutsTheJobOffWithoutAnAttempt) {
    for (const int status : {401, 403}) {
        const auto v = decide_on(said(status, R"({"code":"rest_forbidden"})"), {.state = R"({"bad_answers":2})"});
        EXPECT_EQ(v.outcome.what, verb::defer);
        EXPECT_EQ(v.outcome.reason, "unauthorized");
        EXPECT_EQ(v.outcome.state, R"({"bad_answers":2})") << "what was counted stays";
    }
}

TEST(GrantAnswer, ARouteThatIsNotThereIsAskedForEveryFiveMinutesForAnHour) {
    const auto no_route = said(404, R"({"code":"rest_no_route"})");
    circumstances c;
    int asked = 0;
    api::verdict v;
    do {
        v = decide_on(no_route, c);
        ++asked;
        if (v.outcome.what != verb::retry) break;
        EXPECT_GE(*v.outcome.when, c.at + 5min);
        EXPECT_LE(*v.outcome.when, c.at + 6min);
        c.at = *v.outcome.when;
        c.state = v.outcome.state;
    } while (asked < 30);
    EXPECT_EQ(v.outcome.what, verb::dead);
    EXPECT_EQ(v.outcome.reason, "no_route");
    EXPECT_TRUE(v.alert);
    EXPECT_GE(c.at, now + 1h);
    EXPECT_LE(c.at, now + 70min);
    EXPECT_EQ(decide_on(said(404, "<html>nginx</html>")).outcome.reason, "no_route") << "not even WordPress";
    EXPECT_EQ(decide_on(said(500), {.state = c.state}).outcome.state, "") << "another answer ends the hour";
}

TEST(GrantAnswer, InProgressIsAskedForTenTimes) {
    circumstances c;
    for (int n = 1; n <= most_conflicts + 1; ++n) {
        // 202: an endpoint that was told to answer so does it for us, too
        const auto v = decide_on(n % 2 == 0 ? said(202, R"({"status":"queued"})") : said(409), c);
        EXPECT_EQ(v.outcome.what, n <= most_conflicts ? verb::retry : verb::dead) << n;
        EXPECT_EQ(v.outcome.reason, "in_progress");
        if (v.outcome.when) {
            EXPECT_GE(*v.outcome.when, now + 2s);
            EXPECT_LE(*v.outcome.when, now + 17s);
        }
        c.state = v.outcome.state;
    }
    EXPECT_GE(*decide_on(said(409, {}, 40s)).outcome.when, now + 40s);
}

TEST(GrantAnswer, BusyAndMaintenanceCostNoAttempt) {
    for (const int status : {429, 503}) {
        const auto v = decide_on(said(status, {}, 10min));
        EXPECT_EQ(v.outcome.what, verb::defer);
        EXPECT_GE(*v.outcome.when, now + 10min);
        EXPECT_LE(*v.outcome.when, now + 11min);
        EXPECT_GE(*decide_on(said(status)).outcome.when, now + 30s);
        const auto a_day_later = decide_on(said(status), {.state = v.outcome.state, .at = now + 24h});
        EXPECT_EQ(a_day_later.outcome.what, verb::dead);
        EXPECT_TRUE(a_day_later.alert);
        EXPECT_EQ(decide_on(said(500), {.state = v.outcome.state}).outcome.state, "") << "it did answer";
    }
}

TEST(GrantAnswer, FailuresAreTriedAgainForADay) {
    using net::failure_class;
    using net::progress;
    for (const auto& a :
         {said(500), said(502), said(504), said(408), said(425), silent(failure_class::timeout, progress::maybe),
          silent(failure_class::reset, progress::maybe), silent(failure_class::dns, progress::not_sent),
          silent(failure_class::connect, progress::not_sent), silent(failure_class::cancelled, progress::maybe)}) {
        EXPECT_EQ(decide_on(a).outcome.what, verb::retry);
        EXPECT_FALSE(decide_on(a).outcome.when) << "the kind's backoff counts";
        EXPECT_EQ(decide_on(a, {.first_failure = now - 24h + 1s}).outcome.what, verb::retry);
        const auto last = decide_on(a, {.first_failure = now - 24h});
        EXPECT_EQ(last.outcome.what, verb::dead);
        EXPECT_EQ(last.outcome.reason, "out_of_time");
        EXPECT_TRUE(last.alert);
    }
}

// Whatever the site answers in whatever order: done only on a confirmation, and an end within two days.
TEST(GrantAnswer, EveryCourseOfAnswersEndsAndOnlyAConfirmationIsSuccess) {
    const std::vector<api::answer> possible{said(500),
                                            said(503),
                                            said(429),
                                            said(503, {}, 30min),
                                            said(409),
                                            said(202),
                                            said(404, R"({"code":"rest_no_route"})"),
                                            said(200, "<html>"),
                                            said(408),
                                            silent(net::failure_class::timeout, net::progress::maybe),
                                            silent(net::failure_class::connect, net::progress::not_sent),
                                            said(200, confirmation())};
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        base::random_engine random{seed};
        // Most courses are ruled by a few answers.
        const auto variety = 1 + random.next() % possible.size();
        const auto first = random.next() % possible.size();
        circumstances c;
        api::verdict v;
        bool confirmed = false;
        for (int n = 0; n < 10'000; ++n) {
            const auto& a = possible[(first + random.next() % variety) % possible.size()];
            confirmed = a.json && a.member("user_id") != nullptr;
            v = decide({.said = a, .subject = "x", .now = c.at, .first_failure = c.first_failure}, who(),
                       api::memory{c.state}, random);
            if (v.outcome.what != verb::retry && v.outcome.what != verb::defer) break;
            if (v.outcome.what == verb::retry && !c.first_failure) c.first_failure = c.at;
            c.state = v.outcome.state;
            c.at = v.outcome.when.value_or(c.at + api::random_between(1s, 10min, random));
        }
        EXPECT_TRUE(v.outcome.what == verb::done || v.outcome.what == verb::dead) << seed;
        EXPECT_EQ(v.outcome.what == verb::done, confirmed) << seed << v.outcome.reason;
        EXPECT_LE(c.at, now + 49h) << seed << v.outcome.reason;
    }
}

}  // namespace
}  // namespace dormouse::jobs::grant
