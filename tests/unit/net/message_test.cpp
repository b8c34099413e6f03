#include "net/message.hpp"

#include "net/message_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

mail letter() {
    return {.from = {"The Shop", "shop@example.test"},
            .to = {"Anna", "anna@example.org"},
            .subject = "Your access ended",
            .html = "<p>Hello <b>Anna</b>,</p><p>come back.</p>",
            .message_id = "r7.1@example.test",
            .date = base::from_epoch_ms(1'763'710'000'123)};
}

std::string reason(const mail& m) {
    const auto built = build_message(m);
    return built ? "built" : std::string{mail_reason(built.error())};
}

TEST(Message, HasTheHeadersOfALetterAndBothBodies) {
    auto m = letter();
    m.list_unsubscribe_url = "https://example.test/?dormouse_unsubscribe=" + std::string(120, 't');
    m.reply_to = "help@bücher.example";
    m.headers = {{"X-Idempotency-Key", "01J-7"}};
    const auto bytes = build_message(m).value();
    for (const auto* line :
         {"Date: Fri, 21 Nov 2025 07:26:40 +0000\r\n", "\r\nFrom: The Shop <shop@example.test>\r\n",
          "\r\nTo: Anna <anna@example.org>\r\n", "\r\nReply-To: help@xn--bcher-kva.example\r\n",
          "\r\nSubject: Your access ended\r\n", "\r\nMessage-ID: <r7.1@example.test>\r\n",
          "\r\nAuto-Submitted: auto-generated\r\n", "\r\nMIME-Version: 1.0\r\n",
          "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "\r\nX-Idempotency-Key: 01J-7\r\n",
          "\r\nContent-Type: multipart/alternative;", "\r\nContent-Type: text/plain; charset=utf-8\r\n",
          "\r\nContent-Type: text/html; charset=utf-8\r\n", "\r\n\r\nHello Anna,\r\n\r\ncome back.\r\n",
          "<p>Hello <b>Anna</b>,</p><p>come back.</p>\r\n"})
        EXPECT_THAT(bytes, HasSubstr(line));
    EXPECT_THAT(bytes, HasSubstr("\r\nList-Unsubscribe: <" + m.list_unsubscribe_url + ">\r\n")) << "in one piece";
    EXPECT_LT(bytes.find("text/plain"), bytes.find("text/html"));
    EXPECT_TRUE(check_message_bytes(bytes));
}

TEST(Message, EqualLettersAreEqualBytes) {
    EXPECT_EQ(build_message(letter()).value(), build_message(letter()).value());
}

TEST(Message, ATextOfItsOwnGoesBeforeTheOneMadeFromTheHtml) {
    auto m = letter();
    m.text = "In other words.";
    const auto bytes = build_message(m).value();
    EXPECT_THAT(bytes, HasSubstr("\r\n\r\nIn other words.\r\n"));
    EXPECT_THAT(bytes, Not(HasSubstr("Hello Anna")));
}

TEST(Message, MostlyForeignTextIsBase64TheRestQuotedPrintable) {
    auto m = letter();
    m.text = "Здравствуйте, Анна, ваш доступ закончился.";
    const auto bytes = build_message(m).value();
    EXPECT_THAT(bytes, HasSubstr("Content-Transfer-Encoding: base64"));
    EXPECT_THAT(bytes, HasSubstr("Content-Transfer-Encoding: quoted-printable"));
    EXPECT_THAT(bytes, Not(HasSubstr("Здрав")));
}

TEST(Message, EveryWayToAddAHeaderIsABadHeader) {
    for (const std::string& evil : {std::string{"a\r\nBcc: b@example.org"}, std::string{"a\nb"}, std::string{"a\rb"},
                                    std::string{"a\0b", 3}, std::string{"a\x1b[2J"}, std::string{"\xFF"}}) {
        auto m = letter();
        m.subject = evil;
        EXPECT_EQ(reason(m), "bad_header");
        m = letter();
        m.from.name = evil;
        EXPECT_EQ(reason(m), "bad_header");
        m = letter();
        m.to.name = evil;
        EXPECT_EQ(reason(m), "bad_header");
        m = letter();
        m.message_id = evil + "@example.test";
        EXPECT_EQ(reason(m), "bad_header");
        m = letter();
        m.list_unsubscribe_url = "https://example.test/" + evil;
        EXPECT_EQ(reason(m), "bad_header");
        m = letter();
        m.headers = {{"X-Key", evil}};
        EXPECT_EQ(reason(m), "bad_header");
        m.headers = {{"X-" + evil, "x"}};
        EXPECT_EQ(reason(m), "bad_header");
        m = letter();
        m.to.address = "anna@example.org" + evil;
        EXPECT_EQ(reason(m), "bad_address");
    }
    auto m = letter();
    m.list_unsubscribe_url = "http://example.test/";
    EXPECT_EQ(reason(m), "bad_header");
}

TEST(Message, AMailCannotNameHeadersThatAreNotItsOwn) {
    for (const auto* name :
         {"Bcc", "from", "Subject", "Content-Type", "Received", "MIME-Version", "Resent-To", "", "X Y", "X:"}) {
        auto m = letter();
        m.headers = {{name, "x"}};
        EXPECT_EQ(reason(m), "bad_header") << name;
    }
}

TEST(Message, TheErrorNamesTheField) {
    auto m = letter();
    m.to.address = "anna";
    EXPECT_THAT(build_message(m).error().message(), StartsWith("to: an address without @"));
    m = letter();
    m.to.address = "анна@example.org";
    EXPECT_EQ(reason(m), "smtputf8_needed");
    m = letter();
    m.reply_to = "x@@y";
    EXPECT_THAT(build_message(m).error().detail, StartsWith("reply_to: "));
}

TEST(Message, BytesOfABodyThatAreNoUtf8AreReplaced) {
    auto m = letter();
    m.text = std::string{"one \xFF\0 two three four five", 26};
    EXPECT_THAT(build_message(m).value(), HasSubstr("one =EF=BF=BD=EF=BF=BD two three four five\r\n"));
}

TEST(Unstructured, FoldsPlainTextAtSpacesAndEncodesTheRest) {
    EXPECT_EQ(unstructured("short", 9), "short");
    std::string words;
    for (int i = 0; i < 30; ++i) words += "word ";
    words.pop_back();
    const auto folded = unstructured(words, 9);
    EXPECT_THAT(folded, HasSubstr("word\n word"));
    EXPECT_THAT(unstructured(std::string(200, 'x'), 9), StartsWith("=?UTF-8?B?"));
    EXPECT_EQ(unstructured("ё", 9), "=?UTF-8?B?0ZE=?=");
    EXPECT_THAT(unstructured("=?UTF-8?Q?x?=", 9), StartsWith("=?UTF-8?B?")) << "or it would be read as x";
}

TEST(MailboxValue, QuotesOrEncodesTheNameWhereItMust) {
    EXPECT_EQ(mailbox_value("", "a@b.test", 4), "a@b.test");
    EXPECT_EQ(mailbox_value("Anna Smith", "a@b.test", 4), "Anna Smith <a@b.test>");
    EXPECT_EQ(mailbox_value("Smith, \"A\"", "a@b.test", 4), "\"Smith, \\\"A\\\"\" <a@b.test>");
    EXPECT_EQ(mailbox_value("Анна", "a@b.test", 4), "=?UTF-8?B?0JDQvdC90LA=?=\n <a@b.test>");
}

TEST(CanonicalAddress, TakesOneAddrSpecAndMakesItsDomainALabels) {
    EXPECT_EQ(canonical_address("Anna.B+tag@Example.ORG").value(), "Anna.B+tag@example.org");
    EXPECT_EQ(canonical_address("anna@bücher.example").value(), "anna@xn--bcher-kva.example");
    EXPECT_EQ(canonical_address("o'neil@почта.example").value(), "o'neil@xn--80a1acny.example");
    EXPECT_EQ(canonical_address(std::string(64, 'a') + "@b.test").value().size(), 71U);
}

TEST(CanonicalAddress, RefusesWhatIsNoneOrMoreThanOne) {
    for (const std::string& text :
         {std::string{},
          std::string{"anna"},
          std::string{"@example.org"},
          std::string{"anna@"},
          std::string{"a@b@c.test"},
          std::string{"a b@c.test"},
          std::string{"a@c.test,b@c.test"},
          std::string{"<a@c.test>"},
          std::string{"Anna <a@c.test>"},
          std::string{"\"a b\"@c.test"},
          std::string{".a@c.test"},
          std::string{"a.@c.test"},
          std::string{"a..b@c.test"},
          std::string{"a@[127.0.0.1]"},
          std::string{"a@127.0.0.1x y"},
          std::string{"a@1.2.3.4"},
          std::string{"a@-b.test"},
          std::string{"a@b_c.test"},
          std::string{"a@b.test\r\n"},
          std::string{"a\n@b.test"},
          std::string{"a\0@b.test", 9},
          std::string{"a@b.test(x)"},
          std::string(65, 'a') + "@b.test",
          "a@" + std::string(60, 'b') + "." + std::string(60, 'c') + "." + std::string(60, 'd') + "." +
              std::string(60, 'e') + "." + std::string(20, 'f')}) {
        const auto made = canonical_address(text);
        ASSERT_FALSE(made) << text;
        EXPECT_EQ(mail_reason(made.error()), "bad_address") << text;
    }
    EXPECT_EQ(mail_reason(canonical_address("анна@example.org").error()), "smtputf8_needed");
    EXPECT_EQ(mail_reason(base::error{base::errc::denied}), "");
}

TEST(TextOfHtml, ReadsLikeTheLetter) {
    EXPECT_EQ(text_of_html("<style>p{}</style><h1>Hi&nbsp;&mdash; &#1071;</h1><p>One<br>two<br><br>three</p><!-- x -->"
                           "<ul><li>a</li><li>b</li></ul><p>See <a href=\"https://x.test/?a=1&amp;b=2\">here</a>.</p>"),
              "Hi — Я\n\nOne\ntwo\n\nthree\n\n- a\n- b\n\nSee here (https://x.test/?a=1&b=2).\n");
}

TEST(TextOfHtml, LeavesOutWhatNobodySees) {
    EXPECT_EQ(text_of_html("<html><head><title>t</title></head><body><script>x()</script>yes</body></html>"), "yes\n");
    EXPECT_EQ(text_of_html("<a href=\"https://x.test\">https://x.test</a> <a href=\"mailto:a@x.test\">a@x.test</a> "
                           "<a href=\"#top\">up</a> <img src=x alt=\"A cat\">"),
              "https://x.test a@x.test up A cat\n");
}

TEST(TextOfHtml, MakesSomethingOfSoup) {
    EXPECT_EQ(text_of_html(""), "");
    EXPECT_EQ(text_of_html("just text\nof two lines"), "just text of two lines\n");
    EXPECT_EQ(text_of_html("<p>open <b>bold <p>next"), "open bold\n\nnext\n");
    EXPECT_EQ(text_of_html("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc\n");
    EXPECT_EQ(text_of_html("5 < 6 &amp; 7 &unknown; x"), "5 < 6 & 7 &unknown; x\n");
    std::string deep;
    for (int i = 0; i < 5'000; ++i) deep += "<div>";
    EXPECT_EQ(text_of_html("before" + deep + "x"), "before\n") << "libxml2 goes 256 elements deep";
}

}  // namespace
}  // namespace dormouse::net
