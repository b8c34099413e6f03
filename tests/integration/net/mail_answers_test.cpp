// What the sender reports for each row of the answer table (spec 3-jobs B5).
#include "tests/integration/net/mail_world.hpp"

#include <boost/json/parse.hpp>

namespace dormouse::net {
namespace {

using stage = mail_stage;
using why = mail_failure;

struct row {
    const char* script;
    stage reached;
    why failure;
    mail_sent sent;
    int code;
    const char* enhanced;
    int commits;
};

void PrintTo(const row& r, std::ostream* out) { *out << r.script; }

constexpr auto not_sent = mail_sent::not_sent;
constexpr auto refused = mail_sent::refused;
constexpr auto maybe = mail_sent::maybe;

const std::vector<row> plain_rows{
    {R"({"GREETING": {"reply": "421 4.3.2 shutting down", "close": true}})", stage::greeting, why::refused, refused,
     421, "4.3.2", 0},
    {R"({"GREETING": {"reply": "554 5.7.1 go away"}})", stage::greeting, why::refused, refused, 554, "5.7.1", 0},
    {R"({"GREETING": {"reply": "SSH-2.0-OpenSSH"}})", stage::greeting, why::timeout, not_sent, 0, "", 0},
    {R"({"GREETING": {"drop": true}})", stage::greeting, why::lost, not_sent, 0, "", 0},
    {R"({"EHLO": {"reply": "421 4.7.0 too many connections", "close": true}})", stage::greeting, why::refused, refused,
     421, "4.7.0", 0},
    {R"({"EHLO": {"drop": true}})", stage::greeting, why::lost, not_sent, 0, "", 0},
    {R"({"MAIL": {"reply": "550 5.7.1 sender rejected"}})", stage::from, why::refused, refused, 550, "5.7.1", 0},
    {R"({"MAIL": {"reply": "452 4.3.1 no space"}})", stage::from, why::refused, refused, 452, "4.3.1", 0},
    {R"({"MAIL": {"reply": "421 4.7.0 slow down", "close": true}})", stage::from, why::refused, refused, 421, "4.7.0",
     0},
    {R"({"MAIL": {"drop": true}})", stage::from, why::lost, not_sent, 0, "", 0},
    {R"({"size": 100})", stage::from, why::refused, refused, 552, "", 0},
    {R"({"RCPT": {"reply": "550 5.1.1 no such user"}})", stage::rcpt, why::refused, refused, 550, "5.1.1", 0},
    {R"({"RCPT": {"reply": "553-5.1.3 bad\r\n553 5.1.3 address"}})", stage::rcpt, why::refused, refused, 553, "5.1.3",
     0},
    {R"({"RCPT": {"reply": "450 4.2.0 greylisted"}})", stage::rcpt, why::refused, refused, 450, "4.2.0", 0},
    {R"({"RCPT": {"reply": "552 5.2.2 mailbox full"}})", stage::rcpt, why::refused, refused, 552, "5.2.2", 0},
    {R"({"RCPT": {"reply": "554 5.7.1 blocked"}})", stage::rcpt, why::refused, refused, 554, "5.7.1", 0},
    {R"({"RCPT": {"drop": true}})", stage::rcpt, why::lost, not_sent, 0, "", 0},
    {R"({"DATA": {"reply": "554 5.5.1 no valid recipients"}})", stage::data, why::refused, refused, 554, "5.5.1", 0},
    {R"({"DATA": {"reply": "451 4.3.0 later"}})", stage::data, why::refused, refused, 451, "4.3.0", 0},
    {R"({"DATA": {"drop": true}})", stage::data, why::lost, not_sent, 0, "", 0},
    {R"({"BODY": {"drop": 1}})", stage::body, why::lost, not_sent, 0, "", 0},
    {R"({"DOT": {"reply": "554 5.7.1 spam"}})", stage::answered, why::refused, refused, 554, "5.7.1", 1},
    {R"({"DOT": {"reply": "451 4.3.0 disk"}})", stage::answered, why::refused, refused, 451, "4.3.0", 1},
    {R"({"DOT": {"reply": "552 5.3.4 too big"}})", stage::answered, why::refused, refused, 552, "5.3.4", 1},
    {R"({"DOT": {"reply": "421 4.3.2 going down", "close": true}})", stage::answered, why::refused, refused, 421,
     "4.3.2", 1},
    {R"({"DOT": {"reply": "354 again?"}})", stage::answered, why::protocol, maybe, 354, "", 1},
    {R"({"DOT": {"drop": true}})", stage::committed, why::lost, maybe, 0, "", 1},
    {R"({"DOT": {"drop": true, "keep": true}})", stage::committed, why::lost, maybe, 0, "", 1},
    {R"({"DOT": {"silent": true}})", stage::committed, why::timeout, maybe, 0, "", 1},
};

void expect(mail_world& w, const row& r) {
    w.relay.script(boost::json::parse(r.script).as_object());
    if (r.failure == why::timeout) w.server.limits.greeting = w.server.limits.final_dot = base::ms{500};
    const auto answer = w.send(letter_of(std::string(60, 'x').append("\r\n").append(60, 'y').append("\r\n")));
    EXPECT_EQ(to_string(answer.stage), to_string(r.reached));
    EXPECT_EQ(to_string(answer.failure), to_string(r.failure)) << answer.text;
    EXPECT_EQ(to_string(answer.sent), to_string(r.sent));
    EXPECT_EQ(answer.code, r.code);
    EXPECT_EQ(answer.enhanced, r.enhanced);
    EXPECT_FALSE(answer.text.empty());
    EXPECT_EQ(w.commits, r.commits);
    EXPECT_EQ(answer.queue_id, "");
}

class MailAnswers : public testing::TestWithParam<row> {};

TEST_P(MailAnswers, AreReportedWithTheirStage) {
    mail_world w;
    expect(w, GetParam());
}

INSTANTIATE_TEST_SUITE_P(WithoutTls, MailAnswers, testing::ValuesIn(plain_rows));

class MailAnswersInTls : public testing::TestWithParam<row> {};

TEST_P(MailAnswersInTls, AreReportedWithTheirStage) {
    mail_world w{{.tls = true}};
    w.use(tls_mode::starttls, "starttls_good");
    w.log_in();
    expect(w, GetParam());
    for (int i = 1; i <= w.relay.connections(); ++i)
        EXPECT_TRUE(GetParam().reached >= stage::from || w.relay.wire(i).find("MAIL FROM") == std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    WithStarttls, MailAnswersInTls,
    testing::Values(
        row{R"({"hide": ["STARTTLS"]})", stage::greeting, why::starttls_missing, not_sent, 0, "", 0},
        row{R"({"STARTTLS": {"reply": "454 4.7.0 not now"}})", stage::greeting, why::starttls_missing, not_sent, 454,
            "4.7.0", 0},
        row{R"({"STARTTLS": {"reply": "220 go\r\n250 injected"}})", stage::greeting, why::protocol, not_sent, 0, "", 0},
        row{R"({"STARTTLS": {"drop": true}})", stage::greeting, why::lost, not_sent, 0, "", 0},
        row{R"({"AUTH": {"reply": "535 5.7.8 bad credentials"}})", stage::auth, why::refused, refused, 535, "5.7.8", 0},
        row{R"({"AUTH": {"reply": "534 5.7.9 mechanism too weak"}})", stage::auth, why::refused, refused, 534, "5.7.9",
            0},
        row{R"({"AUTH": {"reply": "538 5.7.11 encryption required"}})", stage::auth, why::refused, refused, 538,
            "5.7.11", 0},
        row{R"({"AUTH": {"reply": "454 4.7.0 temporary"}})", stage::auth, why::refused, refused, 454, "4.7.0", 0},
        row{R"({"AUTH": {"drop": true}})", stage::auth, why::lost, not_sent, 0, "", 0},
        row{R"({"hide": ["AUTH"], "more": ["AUTH GSSAPI"]})", stage::greeting, why::auth_missing, not_sent, 0, "", 0},
        row{R"({"BODY": {"drop": 1}})", stage::body, why::lost, not_sent, 0, "", 0},
        row{R"({"DOT": {"drop": true}})", stage::committed, why::lost, maybe, 0, "", 1}));

TEST(MailAnswers, ARelayWithoutAuthGetsNoLetterFromWhoHasCredentials) {
    mail_world w{{.tls = true}};
    w.use(tls_mode::starttls, "starttls_good");
    w.log_in();
    w.relay.script(boost::json::parse(R"({"hide": ["AUTH"]})").as_object());
    const auto answer = w.send();
    EXPECT_EQ(to_string(answer.failure), "auth_missing") << answer.text;
    EXPECT_EQ(answer.sent, not_sent);
    EXPECT_EQ(w.commits, 0);
    EXPECT_EQ(w.relay.wire(1).find("Subject:"), std::string::npos) << "not even the text";
}

TEST(MailAnswers, TheRelaysOwnRefusalOfCredentialsNamesNoSecret) {
    mail_world w{{.tls = true}};
    w.use(tls_mode::implicit, "tls_good");
    w.log_in("not-the-right-one");
    auto answer = w.send();
    EXPECT_EQ(answer.stage, stage::auth);
    EXPECT_EQ(answer.code, 535);
    w.relay.script(boost::json::parse(R"({"AUTH": {"reply": "535 5.7.8 no: not-the-right-one"}})").as_object());
    answer = w.send();
    EXPECT_EQ(answer.text, "no: ***");
    const std::string said =
        "AGRvcm1vdXNlAG5vdC10aGUtcmlnaHQtb25l bm90LXRoZS1yaWdodC1vbmU=";  // as PLAIN and LOGIN say it
    w.relay.script({{"AUTH", {{"reply", "501 5.5.2 cannot decode " + said}}}});
    EXPECT_EQ(w.send().text, "cannot decode *** ***");
}

TEST(MailAnswers, BadCertificatesAreToldFromBrokenHandshakes) {
    mail_world w{{.tls = true}};
    for (const std::string kind : {"expired", "wrong_name", "self_signed", "unknown_ca"}) {
        w.use(tls_mode::implicit, "tls_" + kind);
        auto answer = w.send();
        EXPECT_EQ(to_string(answer.failure), "tls_verify") << kind << answer.text;
        EXPECT_EQ(answer.stage, stage::connect);
        w.use(tls_mode::starttls, "starttls_" + kind);
        answer = w.send();
        EXPECT_EQ(to_string(answer.failure), "tls_verify") << kind << answer.text;
        EXPECT_EQ(answer.stage, stage::greeting);
        EXPECT_EQ(answer.sent, not_sent);
    }
    w.use(tls_mode::implicit, "plain");
    const auto answer = w.send();
    EXPECT_EQ(to_string(answer.failure), "tls") << answer.text;
    EXPECT_TRUE(w.relay.mails().empty());
}

TEST(MailAnswers, NobodyThereIsAFailureToConnect) {
    mail_world w;
    w.server.port = test::free_port();
    auto answer = w.send();
    EXPECT_EQ(answer.failure, why::connect);
    EXPECT_EQ(answer.stage, stage::connect);
    EXPECT_FALSE(answer.text.empty());
    w.server.host = "nobody.invalid";
    w.server.allow_plain = true;
    EXPECT_EQ(w.send().failure, why::connect);
}

TEST(MailAnswers, PlainTextStaysOnThisMachine) {
    mail_world w;
    w.server.host = "192.0.2.1";
    auto answer = w.send();
    EXPECT_EQ(to_string(answer.failure), "plain_refused") << answer.text;
    EXPECT_EQ(answer.sent, not_sent);
    w.server.host = "localhost";
    answer = w.send();
    EXPECT_TRUE(answer.ok()) << answer.text;
}

TEST(MailAnswers, ARelayOf1982IsGoodEnough) {
    mail_world w;
    w.relay.script(boost::json::parse(R"({"hide": ["8BITMIME", "SIZE", "SMTPUTF8"]})").as_object());
    EXPECT_TRUE(w.send().ok());
    EXPECT_TRUE(w.relay.mails().at(0).options.empty());
    w.relay.script(boost::json::parse(R"({"EHLO": {"reply": "502 5.5.1 what?"}})").as_object());
    EXPECT_TRUE(w.send().ok()) << "HELO";
}

}  // namespace
}  // namespace dormouse::net
