// Every row of the mail server's answer table (spec 3-jobs B5), end to end: what the job is, what the ledger says, what
// the server has got.
#include "tests/integration/jobs/letter_world.hpp"

#include "site/reminders.hpp"
#include "tests/support/service_double.hpp"

#include <boost/json/serialize.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs {
namespace {

using namespace std::chrono_literals;
using test::letter_world;
using testing::HasSubstr;
using testing::Not;
using verb = queue::outcome::verb;
namespace json = boost::json;

struct row {
    json::object script;
    verb what;
    const char* reason;
    const char* state;  ///< Of the ledger, with its reason.
};

/// A kind that is held knows so for minutes, so each row has a world of its own only where it holds.
void expect_rows(letter_world& w, std::initializer_list<row> rows, std::int64_t first) {
    auto id = first;
    for (const auto& r : rows) {
        w.pupils.add_sleepers(id);
        w.pupils.plan(id);
        w.relay.script(r.script);
        const auto before = w.relay.mails().size();
        const auto out = w.send(id);
        const auto what = json::serialize(r.script);
        EXPECT_EQ(out.what, r.what) << what << out.detail;
        EXPECT_EQ(out.reason, r.reason) << what << out.detail;
        EXPECT_EQ(w.pupils.row(id, "state, reason"), r.state) << what;
        EXPECT_EQ(w.relay.mails().size(), before) << what;
        ++id;
    }
}

/// The ledger takes everything but that state.
void refuse_state(const letter_world& w, const std::string& state) {
    w.kinds.db.sql(
        "CREATE TRIGGER refusal BEFORE UPDATE ON wp_dormouse_reminder FOR EACH ROW SET NEW.state = IF("
        "NEW.state = '" +
        state + "', (SELECT 'two' UNION SELECT 'rows'), NEW.state)");
}

TEST(ReminderEmailRows, TroubleOfTheRelayIsPutOffAndTheRowIsAsItWas) {
    letter_world w;
    expect_rows(
        w,
        {{{{"GREETING", {{"reply", "421 4.3.2 closing"}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"GREETING", {{"drop", true}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"EHLO", {{"drop", true}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"MAIL", {{"reply", "421 4.3.2 closing"}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"RCPT", {{"drop", true}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"DATA", {{"drop", true}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"BODY", {{"drop", 100}}}}, verb::defer, "relay_unavailable", "planned\t"},
         {{{"DOT", {{"reply", "421 4.3.2 closing"}}}}, verb::defer, "relay_unavailable", "retry\trelay_unavailable"}},
        10);
    w.relay.stop();
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "relay_unavailable");
    EXPECT_EQ(out.contact.health, queue::health::bad);
    EXPECT_EQ(out.contact.host, "127.0.0.1");
    EXPECT_EQ(w.pupils.row(1, "state, attempts"), "planned\t0");
}

TEST(ReminderEmailRows, WhatMayHealIsRetriedAndWrittenDown) {
    letter_world w;
    expect_rows(w,
                {{{{"MAIL", {{"reply", "451 4.3.0 busy"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"RCPT", {{"reply", "450 4.2.0 busy"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"RCPT", {{"reply", "450 4.7.1 greylisted"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"RCPT", {{"reply", "451 4.3.0 busy"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"RCPT", {{"reply", "452 4.2.2 full"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"RCPT", {{"reply", "552 5.2.2 full"}}}}, verb::retry, "mailbox_full", "retry\tmailbox_full"},
                 {{{"RCPT", {{"reply", "550 5.2.2 full"}}}}, verb::retry, "mailbox_full", "retry\tmailbox_full"},
                 {{{"DATA", {{"reply", "451 4.3.0 busy"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"DOT", {{"reply", "451 4.3.0 busy"}}}}, verb::retry, "try_again", "retry\ttry_again"},
                 {{{"DOT", {{"reply", "552 5.2.2 full"}}}}, verb::retry, "mailbox_full", "retry\tmailbox_full"}},
                10);
    w.relay.script({});
    w.kinds.now += 10min;
    EXPECT_EQ(w.send(10).what, verb::done);
    EXPECT_EQ(w.pupils.row(10, "state, attempts"), "sent\t2");
}

TEST(ReminderEmailRows, WhatIsRefusedForGoodIsDeadAndOnlyAnUnknownAddressIsSuppressed) {
    letter_world w;
    expect_rows(w,
                {{{{"RCPT", {{"reply", "550 5.7.1 policy"}}}}, verb::dead, "policy", "failed\tpolicy 5.7.1"},
                 {{{"RCPT", {{"reply", "554 no"}}}}, verb::dead, "policy", "failed\tpolicy"},
                 {{{"RCPT", {{"reply", "550 no"}}}}, verb::dead, "refused", "failed\trefused"},
                 {{{"DATA", {{"reply", "554 5.5.1 no"}}}}, verb::dead, "policy", "failed\tpolicy 5.5.1"},
                 {{{"DOT", {{"reply", "554 5.7.1 spam"}}}}, verb::dead, "policy", "failed\tpolicy 5.7.1"},
                 {{{"MAIL", {{"reply", "552 5.3.4 too big"}}}}, verb::dead, "too_big", "failed\ttoo_big 5.3.4"}},
                10);
    EXPECT_EQ(w.kinds.db.sql("SELECT COUNT(*) FROM wp_dormouse_suppression"), "0");
    expect_rows(
        w,
        {{{{"RCPT", {{"reply", "550 5.1.1 unknown"}}}}, verb::dead, "unknown_address", "failed\tunknown_address 5.1.1"},
         {{{"RCPT", {{"reply", "551 5.1.6 moved"}}}}, verb::dead, "unknown_address", "failed\tunknown_address 5.1.6"},
         {{{"RCPT", {{"reply", "553 5.1.3 bad"}}}}, verb::dead, "unknown_address", "failed\tunknown_address 5.1.3"}},
        20);
    EXPECT_EQ(w.kinds.db.sql("SELECT reason, note FROM wp_dormouse_suppression WHERE address_hash = '" +
                             site::hash_address("user-20@pupils.example") + "'"),
              "bounced\tunknown_address 5.1.1");
    EXPECT_EQ(w.kinds.db.sql("SELECT COUNT(*) FROM wp_dormouse_suppression"), "3");
}

void expect_held(const std::function<void(config::settings&)>& adjust, const json::object& script, const char* reason,
                 const test::smtp_server::options& o = {}) {
    letter_world w{adjust, o};
    w.relay.script(script);
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::defer) << reason << out.detail;
    EXPECT_EQ(out.reason, reason) << out.detail;
    EXPECT_THAT(out.detail, Not(HasSubstr("the-password")));
    const auto calls = w.relay.connections();
    w.relay.script({});
    EXPECT_EQ(w.send(2).what, verb::defer);
    EXPECT_EQ(w.relay.connections(), calls) << "the kind is held";
    EXPECT_EQ(w.pupils.row(1, "state, attempts"), "planned\t0");
    w.kinds.now += 6min;
    EXPECT_EQ(w.pupils.row(2), "planned");
}

TEST(ReminderEmailRows, WithoutStarttlsTheKindIsHeld) {
    expect_held([](config::settings& s) { s.mail.tls = config::mail_tls::starttls; }, {}, "starttls_missing");
}

TEST(ReminderEmailRows, ARefusedSenderHoldsTheKind) {
    expect_held([](config::settings&) {}, {{"MAIL", {{"reply", "550 5.7.1 not yours"}}}}, "sender_refused");
}

TEST(ReminderEmailRows, ASecretThatIsRefusedHoldsTheKindAndIsNeverShown) {
    letter_world w{[](config::settings& s) {
                       s.mail.tls = config::mail_tls::starttls;
                       s.mail.user = "dormouse";
                       s.mail.password = base::secret{"not-the-password"};
                   },
                   {.tls = true}};
    w.kinds.settings.mail.ca_file = w.relay.ca_file();
    // The kind reads its server once, so the good trust anchor needs a registry of its own.
    auto registry = make_registry({w.kinds.http, w.kinds.hooks, w.kinds.deliveries, w.kinds.settings, w.kinds.charges,
                                   w.kinds.subscriptions, w.kinds.pool});
    w.kinds.registry = std::move(registry);
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "auth_refused") << out.detail;
    EXPECT_THAT(out.detail, Not(HasSubstr("not-the-password")));
    EXPECT_EQ(w.send(2).what, verb::defer);
    EXPECT_EQ(w.relay.connections(), 1);
}

TEST(ReminderEmailRows, ACertificateOfAStrangerHoldsTheKind) {
    expect_held([](config::settings& s) { s.mail.tls = config::mail_tls::starttls; }, {}, "bad_certificate",
                {.tls = true});
}

TEST(ReminderEmailRows, NothingIsSentThatTheLedgerDidNotTake) {
    letter_world w;
    refuse_state(w, "in_doubt");
    const auto out = w.send(1);
    EXPECT_EQ(out.what, verb::defer) << out.detail;
    EXPECT_EQ(out.reason, "ledger_unavailable");
    EXPECT_TRUE(w.relay.mails().empty());
    EXPECT_THAT(w.relay.wire(1), Not(HasSubstr("\r\n.\r\n")));
    EXPECT_EQ(w.pupils.row(1), "retry");
    w.kinds.db.sql("DROP TRIGGER refusal");
    w.kinds.now += 1min;
    EXPECT_EQ(w.send(1).what, verb::done);
}

TEST(ReminderEmailRows, AnAnswerThatTheLedgerCouldNotTakeIsWrittenDownLaterAndNotAskedForAgain) {
    letter_world w;
    refuse_state(w, "sent");
    auto claimed = w.job(1);
    const auto out = w.kinds.attempt(claimed);
    EXPECT_EQ(out.what, verb::defer);
    EXPECT_EQ(out.reason, "ledger_unwritten");
    EXPECT_EQ(w.pupils.row(1), "in_doubt");
    w.kinds.db.sql("DROP TRIGGER refusal");
    claimed = test::after(std::move(claimed), out, w.kinds.now);
    EXPECT_EQ(w.kinds.attempt(claimed).what, verb::done);
    EXPECT_EQ(w.pupils.row(1, "state, queue_id"), "sent\tQ00001");
    EXPECT_EQ(w.relay.mails().size(), 1U);
}

}  // namespace
}  // namespace dormouse::jobs
