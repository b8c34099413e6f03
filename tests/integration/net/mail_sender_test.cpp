#include "tests/integration/net/mail_world.hpp"

#include <boost/json/parse.hpp>

#include <sys/socket.h>

#include <thread>

namespace dormouse::net {
namespace {

using namespace std::chrono_literals;

/// Bytes that the next large write of this thread leaves behind.
thread_local std::size_t short_writes = 0;

std::string many_lines(std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += std::string(70, 'x') + "\r\n";
    return out;
}

boost::json::object script_of(const char* text) { return boost::json::parse(text).as_object(); }

TEST(MailSender, AnAcceptedLetterArrivesAsItWasAndNamesItsPlaceInTheQueue) {
    mail_world w;
    const auto bytes = letter_of("One\r\n.\r\n..two\r\n.three\r\nFrom here\r\n\r\n");
    const auto answer = w.send(bytes);
    EXPECT_EQ(answer.stage, mail_stage::answered);
    EXPECT_EQ(answer.sent, mail_sent::accepted) << answer.text;
    EXPECT_EQ(answer.failure, mail_failure::none);
    EXPECT_EQ(answer.code, 250);
    EXPECT_EQ(answer.enhanced, "2.0.0");
    EXPECT_EQ(answer.queue_id, "Q00001");
    EXPECT_FALSE(answer.reused);
    EXPECT_EQ(w.commits, 1);
    const auto mails = w.relay.mails();
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_EQ(mails[0].content, bytes);
    EXPECT_EQ(mails[0].from, "shop@example.test");
    EXPECT_EQ(mails[0].to, std::vector<std::string>{"anna@example.org"});
}

// What the protocol of B5 stands on: at the commit the relay has the body to its last byte and nothing of the dot.
void expect_all_of_the_body_and_no_dot(mail_world& w, const std::string& bytes, const std::string& stuffed) {
    const auto number = w.relay.connections() + 1;
    std::string seen;
    w.commits = 0;
    w.commit = [&] {
        ++w.commits;
        return test::eventually(20s, [&] { return (seen = w.relay.wire(number)).ends_with(stuffed); });
    };
    const auto answer = w.send(bytes);
    EXPECT_TRUE(answer.ok()) << answer.text;
    EXPECT_EQ(w.commits, 1);
    EXPECT_TRUE(seen.ends_with(stuffed)) << "held back of the body; there were " << seen.size();
    const auto after = w.relay.wire(number).substr(seen.size());
    EXPECT_TRUE(after.starts_with(".\r\n")) << after;
    ASSERT_FALSE(w.relay.mails().empty());
    EXPECT_EQ(w.relay.mails().back().content, bytes);
}
void expect_all_of_the_body_and_no_dot(mail_world& w, const std::string& bytes) {
    expect_all_of_the_body_and_no_dot(w, bytes, bytes);
}

TEST(MailSender, TheCommitComesWhenTheWholeBodyIsThereAndTheDotIsNot) {
    mail_world w;
    expect_all_of_the_body_and_no_dot(w, letter_of());
}

TEST(MailSender, TheSameWithinTls) {
    mail_world w{{.tls = true}};
    w.use(tls_mode::starttls, "starttls_good");
    expect_all_of_the_body_and_no_dot(w, letter_of(std::string(900, 'x').append("\r\n")));
}

// A body larger than all buffers together is written in pieces of any size, and libcurl asks for more while it still
// holds a little.
TEST(MailSender, TheSameForABodyThatIsTakenSlowly) {
    mail_world w;
    w.relay.script(script_of(R"({"BODY": {"hold": true}})"));
    std::string body;
    while (body.size() < 9'000'000) body += std::string(70 + body.size() % 7, 'x') + "\r\n";
    const auto bytes = letter_of(body);
    std::string seen;
    w.commit = [&] {
        ++w.commits;
        return test::eventually(20s, [&] { return (seen = w.relay.wire(1)).ends_with(body.substr(8'000'000)); });
    };
    std::jthread opener{[&] {
        EXPECT_TRUE(test::eventually(20s, [&] { return w.relay.wire(1).find("DATA\r\n") != std::string::npos; }));
        w.relay.script({});
    }};
    const auto answer = w.send(bytes);
    EXPECT_TRUE(answer.ok()) << answer.text;
    EXPECT_EQ(w.commits, 1);
    EXPECT_EQ(w.relay.wire(1).substr(seen.size(), 3), ".\r\n");
    ASSERT_EQ(w.relay.mails().size(), 1U);
    EXPECT_TRUE(w.relay.mails()[0].content == bytes);
}

// A socket may take less than it is given. libcurl then asks for more while it still holds the rest, and that may be
// the end of the letter: what it asks for first is not yet the end of the body.
TEST(MailSender, TheSameWhenTheSocketLeavesTheLastBytesBehind) {
    mail_world w;
    for (const auto left_behind : {1U, 2U, 100U, 2'000U, 2'047U, 2'048U, 30'000U}) {
        short_writes = left_behind;
        expect_all_of_the_body_and_no_dot(w, letter_of(many_lines(100'000)));
        short_writes = 0;
    }
    EXPECT_EQ(w.relay.mails().size(), 7U);
}

TEST(MailSender, AConnectionThatBreaksWithinABigBodyEndsUncommitted) {
    mail_world w{{.tls = true}};
    const auto body = many_lines(3'000'000);
    w.relay.script(script_of(R"({"BODY": {"drop": 100000}})"));
    for (const auto mode : {tls_mode::none, tls_mode::starttls}) {
        w.use(mode, "plain");
        const auto answer = w.send(letter_of(body));
        EXPECT_EQ(to_string(answer.failure), "lost") << answer.text;
        EXPECT_EQ(answer.stage, mail_stage::body);
        EXPECT_EQ(answer.sent, mail_sent::not_sent);
    }
    EXPECT_EQ(w.commits, 0);
}

// Each stuffed dot is a byte more than the message has: libcurl must not take the upload for complete before its end.
TEST(MailSender, TheSameForBodiesOfDots) {
    mail_world w;
    for (const int dots : {1, 2, 3, 10, 5'000}) {
        std::string body, stuffed = "\r\n\r\n";
        for (int i = 0; i < dots; ++i) {
            body += ".\r\n";
            stuffed += "..\r\n";
        }
        expect_all_of_the_body_and_no_dot(w, letter_of(body), stuffed);
    }
}

TEST(MailSender, ACommitThatSaysNoDeliversNothing) {
    mail_world w;
    mail_sender sender{w.server};
    w.commit = [] { return false; };
    auto answer = w.send_by(sender);
    EXPECT_EQ(answer.failure, mail_failure::commit_refused);
    EXPECT_EQ(answer.sent, mail_sent::not_sent);
    EXPECT_EQ(answer.stage, mail_stage::body);
    w.commit = []() -> bool { throw std::runtime_error{"the database is away"}; };
    answer = w.send_by(sender);
    EXPECT_EQ(answer.failure, mail_failure::commit_refused);
    w.commit = [] { return true; };
    EXPECT_TRUE(w.send_by(sender).ok()) << "the sender is as good as before";
    EXPECT_EQ(w.relay.mails().size(), 1U);
    EXPECT_EQ(w.relay.wire(1).find("\r\n.\r\n"), std::string::npos);
    EXPECT_EQ(w.relay.wire(2).find("\r\n.\r\n"), std::string::npos);
}

TEST(MailSender, AConnectionIsUsedAgainUpToItsNumberOfMails) {
    mail_world w;
    w.server.limits.mails_per_connection = 3;
    mail_sender sender{w.server};
    for (int i = 0; i < 7; ++i) {
        const auto answer = w.send_by(sender);
        EXPECT_TRUE(answer.ok()) << answer.text;
        EXPECT_EQ(answer.reused, i % 3 != 0) << i;
    }
    EXPECT_EQ(w.relay.connections(), 3);
    EXPECT_EQ(w.commits, 7);
    EXPECT_EQ(w.relay.mails().size(), 7U);
}

TEST(MailSender, AConnectionThatWasIdleTooLongIsNotUsedAgain) {
    mail_world w;
    w.server.limits.idle = base::ms{0};
    mail_sender sender{w.server};
    EXPECT_TRUE(w.send_by(sender).ok());
    EXPECT_FALSE(w.send_by(sender).reused);
    EXPECT_EQ(w.relay.connections(), 2);
    EXPECT_EQ(w.relay.mails().size(), 2U);
}

TEST(MailSender, AConnectionThatEndsWithTheFirstCommandIsReplacedAtOnce) {
    mail_world w;
    mail_sender sender{w.server};
    for (const auto* fault : {R"({"MAIL": {"drop": true, "times": 1}})",
                              R"({"MAIL": {"reply": "421 4.4.2 idle", "close": true, "times": 1}})"}) {
        EXPECT_TRUE(w.send_by(sender).ok());
        w.relay.script(script_of(fault));
        const auto answer = w.send_by(sender);
        EXPECT_TRUE(answer.ok()) << answer.text;
        EXPECT_FALSE(answer.reused);
    }
    EXPECT_EQ(w.relay.mails().size(), 4U);
    EXPECT_EQ(w.commits, 4);
}

TEST(MailSender, TheEndSaysQuitAndWaitsForNobody) {
    mail_world w;
    w.relay.script(script_of(R"({"QUIT": {"silent": true}})"));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(w.send().ok());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s) << "libcurl would wait for two minutes";
    EXPECT_TRUE(test::eventually(20s, [&] { return w.relay.wire(1).ends_with("QUIT\r\n"); }));
}

TEST(MailSender, CredentialsGoThroughTlsOnly) {
    mail_world w{{.tls = true}};
    w.log_in();
    w.use(tls_mode::implicit, "tls_good");
    EXPECT_TRUE(w.send().ok());
    w.use(tls_mode::starttls, "starttls_good");
    EXPECT_TRUE(w.send().ok());
    const auto mails = w.relay.mails();
    ASSERT_EQ(mails.size(), 2U);
    for (const auto& mail : mails) {
        EXPECT_TRUE(mail.tls);
        EXPECT_EQ(mail.user, "dormouse");
    }
    w.server.tls = tls_mode::none;
    const auto refused = check_server(w.server);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("within TLS only"), std::string::npos);
    EXPECT_THROW(mail_sender{w.server}, base::failure);
}

TEST(MailSender, LoginIsSpokenWherePlainIsNotOffered) {
    mail_world w{{.tls = true}};
    w.log_in();
    w.use(tls_mode::implicit, "tls_good");
    w.relay.script(script_of(R"({"hide": ["AUTH"], "more": ["AUTH LOGIN"]})"));
    EXPECT_TRUE(w.send().ok());
    EXPECT_EQ(w.relay.mails().at(0).user, "dormouse");
    EXPECT_NE(w.relay.wire(1).find("AUTH LOGIN"), std::string::npos);
}

TEST(MailSender, AMachineMayBeCalledByItsNameAndByIpv6sAddress) {
    mail_world w{{.tls = true}};
    w.server.host = "localhost";
    w.server.helo = "shop.example.test";
    w.use(tls_mode::starttls, "starttls_good");
    EXPECT_TRUE(w.send().ok());
    EXPECT_NE(w.relay.wire(1).find("EHLO shop.example.test\r\n"), std::string::npos);
    w.server.host = "::1";
    EXPECT_TRUE(check_server(w.server));
    EXPECT_EQ(w.send().failure, mail_failure::connect) << "nobody listens there";
}

TEST(MailSender, ServersThatCannotBeAreNamed) {
    const auto complaint = [](smtp_server s) {
        const auto checked = check_server(s);
        return checked ? std::string{} : checked.error().detail;
    };
    smtp_server good{.host = "relay.example.test"};
    EXPECT_EQ(complaint(good), "");
    auto s = good;
    s.host = "relay example";
    EXPECT_TRUE(complaint(s).starts_with("host: "));
    s = good;
    s.port = 0;
    EXPECT_TRUE(complaint(s).starts_with("port: "));
    s = good;
    s.user = "u";
    EXPECT_TRUE(complaint(s).starts_with("password: "));
    s = good;
    s.helo = "x\r\nMAIL";
    EXPECT_TRUE(complaint(s).starts_with("helo: "));
    s = good;
    s.ca_file = "/nonexistent/ca.pem";
    EXPECT_NE(complaint(s).find("/nonexistent/ca.pem"), std::string::npos);
    s = good;
    s.limits.mails_per_connection = 0;
    EXPECT_TRUE(complaint(s).starts_with("mails_per_connection: "));
}

TEST(MailSender, BytesThatAreNoMessageGoNowhere) {
    mail_world w;
    for (const std::string& bytes :
         {std::string{}, std::string{"no end"}, letter_of("bare\nlf\r\n"), letter_of("bare\rcr\r\n"),
          letter_of(std::string{"nul\0\r\n", 6}), letter_of("h\xC3\xA9\r\n"), letter_of(std::string(999, 'x') + "\r\n"),
          letter_of("smuggled\n.\r\nMAIL FROM:<a@b>\r\n")}) {
        const auto answer = w.send(bytes);
        EXPECT_EQ(answer.failure, mail_failure::bad_envelope) << bytes;
        EXPECT_EQ(answer.sent, mail_sent::not_sent);
    }
    mail_sender sender{w.server};
    for (const auto* to :
         {"", "a@b@c", "a b@example.org", "<a@example.org>", "a@example.org\r\nRCPT TO:<b@example.org>"})
        EXPECT_EQ(sender.send({"shop@example.test", to, letter_of()}, w.commit, {}, {}).failure,
                  mail_failure::bad_envelope)
            << to;
    EXPECT_EQ(w.relay.connections(), 0);
    EXPECT_EQ(w.commits, 0);
}

}  // namespace
}  // namespace dormouse::net

// Instead of the C library's, which libcurl calls: takes less than all of a large piece where a test asks for it.
extern "C" ssize_t send(int socket, const void* bytes, size_t size, int flags) {
    using dormouse::net::short_writes;
    if (short_writes > 0 && size > 32'768) size -= short_writes;
    return ::sendto(socket, bytes, size, flags, nullptr, 0);
}
