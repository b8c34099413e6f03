#include "net/smtp_dialogue.hpp"

#include "base/secret.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dormouse::net {
namespace {

// A script of lines: "> " went out, "< " came in.
smtp_dialogue after(const std::vector<std::string>& lines) {
    smtp_dialogue d;
    for (const auto& line : lines) {
        const auto text = line.substr(2) + "\r\n";
        if (line.starts_with('>'))
            d.sent(text);
        else if (line.starts_with('<'))
            d.received(text);
        else
            d.committed();
    }
    return d;
}

TEST(SmtpDialogue, ComesThroughAllStages) {
    smtp_dialogue d;
    EXPECT_EQ(d.stage(), mail_stage::connect);
    d.connected();
    EXPECT_EQ(d.stage(), mail_stage::greeting);
    EXPECT_FALSE(d.greeted());
    const struct {
        const char* line;
        mail_stage stage;
    } steps[]{{"< 220 relay ESMTP", mail_stage::greeting},
              {"> EHLO me", mail_stage::greeting},
              {"< 250-relay", mail_stage::greeting},
              {"< 250 AUTH PLAIN", mail_stage::greeting},
              {"> AUTH PLAIN", mail_stage::auth},
              {"< 334 ", mail_stage::auth},
              {"> AGRvcm1vdXNl", mail_stage::auth},
              {"< 235 2.7.0 ok", mail_stage::auth},
              {"> MAIL FROM:<a@b>", mail_stage::from},
              {"< 250 ok", mail_stage::from},
              {"> RCPT TO:<c@d>", mail_stage::rcpt},
              {"< 250 ok", mail_stage::rcpt},
              {"> DATA", mail_stage::data},
              {"< 354 go", mail_stage::body}};
    for (const auto& step : steps) {
        const std::string_view line{step.line};
        if (line.starts_with('>'))
            d.sent(line.substr(2));
        else
            d.received(line.substr(2));
        EXPECT_EQ(d.stage(), step.stage) << line;
    }
    EXPECT_TRUE(d.authenticated());
    EXPECT_FALSE(d.reused());
    d.committed();
    EXPECT_EQ(d.stage(), mail_stage::committed);
    d.received("250 2.0.0 Ok: queued as 4ABC\r\n");
    EXPECT_EQ(d.stage(), mail_stage::answered);
    EXPECT_EQ(d.reply().code, 250);
    EXPECT_EQ(d.reply().enhanced, "2.0.0");
    EXPECT_EQ(d.reply().text, "Ok: queued as 4ABC");
}

TEST(SmtpDialogue, AMailWithoutAGreetingCameOverAnOldConnection) {
    EXPECT_TRUE(after({"> MAIL FROM:<a@b>"}).reused());
    EXPECT_FALSE(after({"< 220 hi", "> EHLO me", "< 250 hi", "> MAIL FROM:<a@b>"}).reused());
}

TEST(SmtpDialogue, SeveralLinesAreOneReply) {
    const auto d = after({"> RCPT TO:<c@d>", "< 550-5.1.1 no such", "< 550-5.1.1 user", "< 550 5.1.1 here"});
    EXPECT_EQ(d.reply().code, 550);
    EXPECT_EQ(d.reply().enhanced, "5.1.1");
    EXPECT_EQ(d.reply().text, "no such user here");
    EXPECT_EQ(after({"> RCPT TO:<c@d>", "< 550-5.1.1 no such"}).reply().code, 0) << "not all of it came";
}

TEST(SmtpDialogue, TheNextCommandForgetsTheReplyBefore) {
    EXPECT_EQ(after({"> MAIL FROM:<a@b>", "< 250 ok", "> RCPT TO:<c@d>"}).reply().code, 0);
    EXPECT_EQ(after({"< 220 hi", "> EHLO me", "< 421 4.7.0 busy", "> HELO me"}).reply().code, 421);
}

TEST(SmtpDialogue, WhatComesAfterQuitIsNotAboutTheMail) {
    const auto d = after({"> RCPT TO:<c@d>", "< 550 no", "> QUIT", "< 221 bye"});
    EXPECT_TRUE(d.leaving());
    EXPECT_EQ(d.reply().code, 550);
    EXPECT_EQ(d.stage(), mail_stage::rcpt);
    const auto answered = after({"> DATA", "< 354 go", "= committed", "< 250 ok", "> QUIT", "< 421 bye"});
    EXPECT_EQ(answered.reply().code, 250);
}

TEST(SmtpDialogue, EnhancedCodesMustLookLikeOnes) {
    for (const auto* text : {"5.1 x", "5.1.1111 x", "1.1.1 x", "5..1 x", "5.1. x", "5.a.1 x", "x 5.1.1"})
        EXPECT_EQ(after({"> DATA", std::string{"< 550 "} + text}).reply().enhanced, "") << text;
    EXPECT_EQ(after({"> DATA", "< 450 4.7.28 x"}).reply().enhanced, "4.7.28");
    EXPECT_EQ(after({"> DATA", "< 550 5.1.1"}).reply().enhanced, "5.1.1");
}

TEST(SmtpDialogue, LinesThatAreNoRepliesAreNone) {
    for (const auto* line : {"< ", "< 25", "< hello", "< 250x", "< 2 50"})
        EXPECT_EQ(after({"> DATA", line}).reply().code, 0) << line;
    EXPECT_EQ(after({"> DATA", "< 354"}).stage(), mail_stage::body);
}

TEST(SmtpDialogue, TextsAreShortAndPrintable) {
    const auto d = after({"> DATA", "< 550 " + std::string(2'000, 'x')});
    EXPECT_EQ(d.reply().text.size(), 500U);
    EXPECT_EQ(after({"> DATA", "< 550 a\x1b[2J\xFF"}).reply().text, "a?[2J?");
}

TEST(SmtpDialogue, ASecretThatIsEchoedIsBlankAlsoWhereTheTextIsCut) {
    const base::secret password{"mail-p\xC3\xA4ssword-4711"};
    for (std::size_t before = 470; before < 500; ++before) {
        const auto d = after({"> DATA", "< 550 5.7.1 " + std::string(before, 'x') + password.reveal() + " is no mail"});
        EXPECT_THAT(d.reply().text, testing::Not(testing::HasSubstr("mail-"))) << before;
        EXPECT_EQ(d.reply().text.substr(before, 3), std::string{"***"}.substr(0, 500 - before));
    }
    EXPECT_EQ(after({"> DATA", "< 550-no " + password.reveal(), "< 550 go"}).reply().text, "no *** go");
}

TEST(QueueId, IsFoundInTheWordsOfTheUsualRelays) {
    EXPECT_EQ(queue_id_of("Ok: queued as 4ABC12"), "4ABC12");
    EXPECT_EQ(queue_id_of("OK id=1pXyz-0001Ab-2C"), "1pXyz-0001Ab-2C");
    EXPECT_EQ(queue_id_of("0100018-abc, message accepted"), "0100018-abc, message accepted");
    EXPECT_EQ(queue_id_of(std::string(300, 'x')).size(), 191U);
}

}  // namespace
}  // namespace dormouse::net
