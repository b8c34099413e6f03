// reminder-email: a letter from the ledger to the mail server, and everything that may stop it.
#include "tests/integration/jobs/letter_world.hpp"

#include "site/reminders.hpp"
#include "tests/support/run.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::after;
using test::letter_world;
using test::school;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using verb = queue::outcome::verb;

TEST(ReminderEmail, GoesOutOnceWithItsTextsAndIsWrittenDown) {
    letter_world w;
    const auto out = w.send(1);
    ASSERT_EQ(out.what, verb::done) << out.reason << ": " << out.detail;
    const auto mails = w.relay.mails();
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_EQ(mails[0].from, "school@school.example");
    EXPECT_EQ(mails[0].to, std::vector<std::string>{"user-1@pupils.example"});
    EXPECT_THAT(mails[0].content, HasSubstr("Subject: Wake up, Student 1\r\n"));
    EXPECT_THAT(mails[0].content, HasSubstr("Message-ID: <dormouse.main.1@school.example>"));
    EXPECT_THAT(mails[0].content, HasSubstr("C++ &amp; friends ended on"));
    EXPECT_EQ(w.pupils.row(1, "state, message_id, subject, queue_id, attempts, sent_at > 0"),
              "sent\tdormouse.main.1@school.example\tWake up, Student 1\tQ00001\t1\t1");
    EXPECT_EQ(w.pupils.row(1, "address_hash"), site::hash_address("user-1@pupils.example"));

    const auto again = w.send(1);
    EXPECT_EQ(again.what, verb::done);
    EXPECT_THAT(again.result, HasSubstr("Q00001"));
    EXPECT_EQ(w.relay.mails().size(), 1U);
}

TEST(ReminderEmail, ANameStoredWithEntitiesIsReadAsItWasGiven) {
    letter_world w;
    w.kinds.db.sql("UPDATE wp_users SET display_name = 'Anna &amp; Co' WHERE ID = 1");
    ASSERT_EQ(w.send(1).what, verb::done);
    EXPECT_THAT(w.relay.mails().at(0).content, HasSubstr("Subject: Wake up, Anna & Co\r\n"));
}

TEST(ReminderEmail, WhoeverRenewedOrWasCertifiedOrBlockedMeanwhileGetsNothing) {
    letter_world w;
    const std::pair<const char*, const char*> rows[] = {
        {"renewed",
         "INSERT INTO wp_memberlux_term_keys (term_id, user_id, status, date_start, date_end) "
         "VALUES (7, @u, 'used', UTC_DATE(), UTC_DATE() + INTERVAL 30 DAY)"},
        {"renewed",
         "INSERT INTO wp_memberlux_term_keys (term_id, user_id, status, date_start, date_end) "
         "VALUES (7, @u, 'expired', UTC_DATE() - INTERVAL 9 DAY, UTC_DATE() - INTERVAL 2 DAY)"},
        {"blocked", "INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (@u, 'wpm_status', 'inactive')"},
        {"user_gone", "DELETE FROM wp_users WHERE ID = @u"},
        {"no_keys", "UPDATE wp_memberlux_term_keys SET is_banned = 1 WHERE user_id = @u"},
        {"no_address", "UPDATE wp_users SET user_email = '' WHERE ID = @u"},
        {"letter_off", "UPDATE wp_termmeta SET meta_value = '' WHERE meta_key = 'mlm_email_1_subject'"},
        {"level_off", "UPDATE wp_termmeta SET meta_value = '0' WHERE meta_key = 'mlm_enabled'"},
    };
    std::int64_t user = 100;
    for (const auto& [reason, change] : rows) {
        w.pupils.add_sleepers(++user);
        w.pupils.plan(user);
        w.kinds.db.sql("SET @u = " + std::to_string(user) + "; " + change);
        const auto out = w.send(user);
        EXPECT_EQ(out.what, verb::drop) << change;
        EXPECT_EQ(out.reason, reason) << change << out.detail;
        EXPECT_EQ(w.pupils.row(user, "state, reason"), std::string{"skipped\t"} + reason);
        EXPECT_EQ(w.send(user).reason, reason);
    }
    EXPECT_EQ(w.relay.connections(), 0);
}

TEST(ReminderEmail, ASuppressedAddressGetsNothing) {
    letter_world w;
    w.kinds.db.sql("INSERT INTO wp_dormouse_suppression VALUES ('" + site::hash_address("user-1@pupils.example") +
                   "', 'unsubscribed', '', 0)");
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::drop);
    EXPECT_EQ(out.reason, "unsubscribed");
    EXPECT_EQ(w.pupils.row(1, "state, reason"), "suppressed\tunsubscribed");
    EXPECT_EQ(w.relay.connections(), 0);
}

TEST(ReminderEmail, HeaderInjectionEndsDeadWithTheReason) {
    letter_world w;
    w.kinds.db.sql(
        "UPDATE wp_users SET display_name = 'Eve\\r\\nBcc: all@pupils.example' WHERE ID = 1;"
        "UPDATE wp_users SET user_email = 'eve@pupils.example>,<all@pupils.example' WHERE ID = 2;"
        "UPDATE wp_users SET user_email = 'ёж@pupils.example' WHERE ID = 3");
    const std::tuple<int, const char*> rows[] = {{1, "bad_header"}, {2, "bad_address"}, {3, "smtputf8_needed"}};
    for (const auto& [id, reason] : rows) {
        const auto out = w.send(id);
        EXPECT_EQ(out.what, verb::dead) << id;
        EXPECT_EQ(out.reason, reason) << id << out.detail;
        EXPECT_EQ(w.pupils.row(id, "state, reason"), std::string{"failed\t"} + reason);
    }
    EXPECT_EQ(w.relay.connections(), 0);
}

TEST(ReminderEmail, ALetterInDoubtIsNeverSentAgainUntilAPersonSaysSo) {
    letter_world w;
    w.relay.script({{"DOT", {{"drop", true}, {"keep", true}}}});
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "in_doubt");
    EXPECT_EQ(out.sent, queue::sent::maybe);
    EXPECT_EQ(w.pupils.row(1, "state, reason, sent_at > 0"), "in_doubt\tlost\t1");
    w.relay.script({});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(w.send(1).reason, "in_doubt");
    EXPECT_EQ(w.relay.mails().size(), 1U);

    site::reminders ledger{w.kinds.pool};
    (void)test::run_on(w.kinds.io, ledger.resolve(1, site::resolution::again, "anna", w.kinds.now, {})).value();
    EXPECT_EQ(w.send(1).what, verb::done);
    EXPECT_EQ(w.relay.mails().size(), 2U);
}

TEST(ReminderEmail, ARelayWithAnIdempotencyHeaderIsAskedAgainWithTheSameOne) {
    letter_world w{[](config::settings& s) {
        s.mail.idempotency_header = "X-Idempotency-Key";
        s.mail.reconcile = config::doubt_rule::idempotent_relay;
    }};
    w.relay.script({{"DOT", {{"drop", true}, {"keep", true}, {"times", 1}}}});
    const auto out = w.kinds.attempt_to_the_end(w.job(1));
    EXPECT_EQ(out.what, verb::done) << out.reason;
    const auto mails = w.relay.mails();
    ASSERT_EQ(mails.size(), 2U);
    for (const auto& m : mails) EXPECT_THAT(m.content, HasSubstr("X-Idempotency-Key: dormouse.main.1@school.example"));

    // A worker that died in doubt leaves the row; the relay ends that, too.
    w.kinds.db.sql("UPDATE wp_dormouse_reminder SET state = 'in_doubt', owner = 'x', epoch = 1 WHERE id = 2");
    EXPECT_EQ(w.send(2).what, verb::done);
}

TEST(ReminderEmail, TheThirdOfThreeLettersInARowUsesTheSameConnection) {
    letter_world w;
    for (int id = 1; id <= 3; ++id) EXPECT_EQ(w.send(id).what, verb::done);
    EXPECT_EQ(w.relay.connections(), 1);
    EXPECT_EQ(w.relay.mails().size(), 3U);
}

TEST(ReminderEmail, LettersToOneDomainArePacedAndGoAtTheirTurn) {
    letter_world w{[](config::settings& s) { s.mail.domain_per_minute = 30; }};
    w.pupils.add_sleepers(10, 8);
    w.pupils.plan(10, 8);
    const auto begin = w.kinds.now;
    int paced = 0;
    for (int id = 10; id < 18; ++id) {
        w.kinds.now = begin;
        auto claimed = w.job(id);
        auto out = w.kinds.attempt(claimed);
        if (out.what == verb::defer) {
            ++paced;
            EXPECT_EQ(out.reason, "paced");
            EXPECT_EQ(w.pupils.row(id, "state, attempts"), "planned\t0");
            claimed = after(std::move(claimed), out, w.kinds.now);
            w.kinds.now = *out.when;
            out = w.kinds.attempt(claimed);
        }
        EXPECT_EQ(out.what, verb::done) << id << out.reason;
    }
    EXPECT_GE(paced, 1);
    EXPECT_LE(paced, 7);
    EXPECT_EQ(w.relay.mails().size(), 8U);
}

TEST(ReminderEmail, AtNightALetterWaitsForTheMorningAndWhatIsSentIsToldAtOnce) {
    letter_world w;
    const auto ms = [](base::time_ms t) { return base::to_epoch_ms(t); };
    const auto opens = w.kinds.now + 9h;
    const boost::json::array openings{boost::json::array{ms(w.kinds.now - 11h), ms(w.kinds.now)},
                                      boost::json::array{ms(opens), ms(opens + 11h)}};
    const auto job = w.kinds.job("reminder-email", {{"reminder", 1}, {"openings", openings}});
    const auto out = w.kinds.attempt(job);
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "outside_window");
    EXPECT_THAT(out.detail, HasSubstr(base::to_iso8601(opens)));
    EXPECT_GE(*out.when, opens);
    EXPECT_LT(*out.when, opens + 1h);
    EXPECT_EQ(w.pupils.row(1, "state, attempts"), "planned\t0");
    EXPECT_EQ(w.relay.connections(), 0);

    const auto night = w.kinds.now;
    w.kinds.now = *out.when;
    EXPECT_EQ(w.kinds.attempt(after(job, out, night)).what, verb::done);
    EXPECT_EQ(w.relay.mails().size(), 1U);
    w.kinds.now = night;
    EXPECT_EQ(w.kinds.attempt(job).what, verb::done) << "nothing is left to wait for";
    EXPECT_EQ(w.relay.mails().size(), 1U);
}

TEST(ReminderEmail, OnePersonGetsNoSecondLetterWithinTwentyHours) {
    letter_world w;
    ASSERT_EQ(w.send(1).what, verb::done);
    w.pupils.plan(1, 1, "2");
    const auto id = std::stoll(w.kinds.db.sql("SELECT id FROM wp_dormouse_reminder WHERE user_id = 1 AND stage = '2'"));
    const auto out = w.send(id);
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "not_yet");
    EXPECT_GT(*out.when, w.kinds.now + 19h);
    w.kinds.now = *out.when;
    EXPECT_EQ(w.send(id).what, verb::done);
}

TEST(ReminderEmail, AnAdminLetterGoesToTheLevelsAddressOrTheSites) {
    letter_world w;
    w.pupils.plan(1, 2, "admin");
    const auto id_of = [&](int user) {
        return std::stoll(w.kinds.db.sql("SELECT id FROM wp_dormouse_reminder WHERE stage = 'admin' AND user_id = " +
                                         std::to_string(user)));
    };
    ASSERT_EQ(w.send(id_of(1)).what, verb::done);
    w.kinds.db.sql(
        "INSERT INTO wp_termmeta (term_id, meta_key, meta_value) VALUES (7, 'mlm_admin_email', "
        "'monitor@school.example')");
    ASSERT_EQ(w.send(id_of(2)).what, verb::done);
    const auto mails = w.relay.mails();
    EXPECT_EQ(mails.at(0).to.at(0), "office@school.example");
    EXPECT_THAT(mails.at(0).content, HasSubstr("Subject: Asleep: Student 1\r\n"));
    EXPECT_EQ(mails.at(1).to.at(0), "monitor@school.example");
}

TEST(ReminderEmail, ATestLetterGoesToItsUserAndLeavesNoRow) {
    letter_world w;
    w.kinds.db.sql("DELETE FROM wp_dormouse_reminder");
    const auto job = [&](std::int64_t user, const char* stage) {
        return w.kinds.job("reminder-email", {{"test", {{"user_id", user}, {"term_id", 7}, {"stage", stage}}}});
    };
    EXPECT_EQ(w.kinds.attempt(job(2, "1")).what, verb::done);
    EXPECT_EQ(w.kinds.attempt(job(2, "admin")).what, verb::done);
    const auto mails = w.relay.mails();
    ASSERT_EQ(mails.size(), 2U);
    for (const auto& m : mails) EXPECT_EQ(m.to.at(0), "user-2@pupils.example");
    EXPECT_THAT(mails[0].content, HasSubstr("Subject: Wake up, Student 2\r\n"));
    EXPECT_EQ(w.kinds.db.sql("SELECT COUNT(*) FROM wp_dormouse_reminder"), "0");

    w.relay.script({{"RCPT", {{"reply", "450 4.2.0 later"}}}});
    const auto failed = w.kinds.attempt(job(2, "1"));
    EXPECT_EQ(failed.what, verb::dead);
    EXPECT_THAT(failed.detail, HasSubstr("450"));
    EXPECT_EQ(w.kinds.attempt(job(99, "1")).reason, "user_gone");
    w.pupils.set_meta("mlm_email_3_body", "");
    EXPECT_EQ(w.kinds.attempt(job(2, "3")).reason, "letter_off");
}

TEST(ReminderEmail, WithoutAMailServerWaitsForSomebodyToNameOne) {
    letter_world w{[](config::settings& s) { s.mail.host.clear(); }};
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::dead);
    EXPECT_EQ(out.reason, "not_configured");
    EXPECT_EQ(w.pupils.row(1), "planned");
}

TEST(ReminderEmail, OfARowThatDoesNotExistIsDropped) {
    letter_world w;
    const auto out = w.send(4711);
    EXPECT_EQ(out.what, verb::drop);
    EXPECT_EQ(out.reason, "no_letter");
}

TEST(ReminderEmail, LimitsNameTheMailServerAndTheRecipientsDomain) {
    letter_world w{[](config::settings& s) { s.mail.domain_per_minute = 30; }};
    auto& handler = *w.kinds.registry.find("reminder-email");
    const auto one = handler.limits({{"reminder", 1}});
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0], (queue::limit{.name = "mail", .most = 4, .per_minute = 300}));
    const auto two = handler.limits({{"reminder", 1}, {"domain", "pupils.example"}});
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[1], (queue::limit{.name = "mail:pupils.example", .most = 2, .per_minute = 30}));

    w.relay.script({{"RCPT", {{"reply", "450 4.7.1 slow down"}}}});
    EXPECT_EQ(w.kinds.attempt(w.kinds.job("reminder-email", {{"reminder", 1}, {"domain", "pupils.example"}})).what,
              verb::retry);
    EXPECT_EQ(handler.limits({{"reminder", 2}, {"domain", "pupils.example"}}).at(1),
              (queue::limit{.name = "mail:pupils.example", .most = 1, .per_minute = 15}));
}

}  // namespace
}  // namespace dormouse::jobs
