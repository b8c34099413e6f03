// A letter's texts, by the worker itself and as the companion plugin gives them.
#include "jobs/reminder_email/composing.hpp"
#include "jobs/reminder_email/rendering.hpp"
#include "tests/unit/jobs/said.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::reminder_email {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

letter_values values() {
    return {.user_email = "anna@example.com",
            .user_login = "anna",
            .user_name = "Анна <b>\"Q\"</b> & [user_login]",
            .course_name = "C++ для всех",
            .expired_date = "01.11.2026",
            .is_bundle_course = "",
            .bundle_name = ""};
}

TEST(MailRendering, EveryShortcodeIsReplacedAndEscapedInOnePass) {
    EXPECT_EQ(render_body("<p>[user_name]|[user_email]|[user_login]|[course_name]|[expired_date]|[is_bundle_course]|"
                          "[bundle_name]</p>",
                          values()),
              "<p>Анна &lt;b&gt;&quot;Q&quot;&lt;/b&gt; &amp; &#91;user_login&#93;|anna@example.com|anna|C++ для "
              "всех|01.11.2026||</p>\n");
}

TEST(MailRendering, UnknownWordsInBracketsStay) {
    EXPECT_EQ(render_body("<p>[auth_link] [user_names] [[user_login]] [</p>", values()),
              "<p>[auth_link] [user_names] [anna] [</p>\n");
}

TEST(MailRendering, TextWithoutTagsGetsParagraphsAndBreaks) {
    EXPECT_EQ(render_body("Hello\r\nAnna\r\n\r\n\r\nBye", values()), "<p>Hello<br />\nAnna</p>\n<p>Bye</p>\n");
    EXPECT_EQ(render_body("<ul>\n<li>one</li>\n</ul>\n\nText <b>bold</b>", values()),
              "<ul>\n<li>one</li>\n</ul>\n<p>Text <b>bold</b></p>\n");
    EXPECT_EQ(render_body("<pretty>no block</pretty>", values()), "<p><pretty>no block</pretty></p>\n");
    EXPECT_EQ(render_body("", values()), "");
}

TEST(MailRendering, ASubjectIsPlainTextAndKeepsWhatABadNameBrings) {
    auto v = values();
    v.user_name = "Bob & Co";
    EXPECT_EQ(render_subject(" <b>[user_name]</b>: 3 < 4 ", v), "Bob & Co: 3 < 4");
    v.user_name = "Bob\r\nBcc: all@example.com";
    EXPECT_EQ(render_subject("For [user_name]", v), "For Bob\r\nBcc: all@example.com");
}

TEST(MailRendering, DaysAreWrittenAsPhpWould) {
    const site::day d{std::chrono::year{2026} / 11 / 3};  // a Tuesday
    const std::pair<const char*, const char*> rows[] = {
        {"d.m.Y", "03.11.2026"},
        {"F j, Y", "November 3, 2026"},
        {"Y-m-d", "2026-11-03"},
        {"l, jS M y", "Tuesday, 3rd Nov 26"},
        {"D n/j", "Tue 11/3"},
        {"N w t L", "2 2 30 0"},
        {"\\d\\e d", "de 03"},
        {"H:i", "12:00"},
        {"", ""},
    };
    for (const auto& [format, text] : rows) EXPECT_EQ(format_day(format, d), text) << format;
    for (const auto& [day, suffix] : {std::pair{1, "1st"},
                                      {2, "2nd"},
                                      {11, "11th"},
                                      {12, "12th"},
                                      {13, "13th"},
                                      {21, "21st"},
                                      {23, "23rd"},
                                      {24, "24th"}})
        EXPECT_EQ(format_day("jS", site::day{std::chrono::year{2026} / std::chrono::October / day}), suffix);
    EXPECT_EQ(format_day("t L", site::day{std::chrono::year{2028} / 2 / 1}), "29 1");
}

TEST(MailCompanion, IsAskedForOneStudentWithTheTextsAsStored) {
    config::companion_settings s{.url = "https://school.example/wp-json", .key = base::secret{"companion-key-1234"}};
    draft d;
    d.term_id = 7;
    d.stage = site::letter_stage::admin;
    d.subject = "S [user_name]";
    d.body = "B";
    const auto r = render_request(s, d, {{42, "", "", ""}, "2026-11-01"});
    EXPECT_EQ(r.method, "POST");
    EXPECT_EQ(r.url, "https://school.example/wp-json/dormouse/v1/render");
    EXPECT_EQ(r.headers.at(0).second, "companion-key-1234");
    EXPECT_EQ(boost::json::parse(r.body), boost::json::parse(R"({"v":1,"user_id":42,"term_id":7,"stage":"admin",
        "lapse":"2026-11-01","subject":"S [user_name]","body":"B"})"));
}

TEST(MailCompanion, GivesAWholeLetterOrNone) {
    const auto good = read_rendered(
        api::said(200, R"({"v":1,"subject":"S","html":"<p>H</p>","unsubscribe":"https://school.example/?u=1"})"));
    ASSERT_TRUE(std::holds_alternative<rendered>(good));
    EXPECT_EQ(std::get<rendered>(good).html, "<p>H</p>");
    EXPECT_EQ(std::get<rendered>(good).unsubscribe, "https://school.example/?u=1");
    const auto plain = read_rendered(api::said(200, R"({"v":1,"subject":"S","html":"H","unsubscribe":"http://x/?u"})"));
    EXPECT_EQ(std::get<rendered>(plain).unsubscribe, "");

    using cause = unrendered_letter::cause;
    const std::tuple<int, const char*, cause> rows[] = {
        {200, R"({"v":1,"subject":"S","html":""})", cause::not_now},
        {200, R"({"v":1,"html":"H"})", cause::not_now},
        {200, R"({"v":2,"subject":"S","html":"H"})", cause::not_now},
        {200, "<html>maintenance</html>", cause::not_now},
        {404, R"({"code":"rest_no_route"})", cause::no_plugin},
        {404, R"({"code":"dormouse_unknown_user"})", cause::gone},
        {404, R"({"code":"dormouse_unknown_level"})", cause::gone},
        {404, "<html>not found</html>", cause::not_now},
        {500, R"({"code":"dormouse_render_failed"})", cause::not_now},
        {503, R"({"code":"rest_no_route"})", cause::not_now},
        {403, R"({"code":"rest_forbidden"})", cause::not_now},
    };
    for (const auto& [status, body, why] : rows) {
        const auto no = read_rendered(api::said(status, body));
        ASSERT_TRUE(std::holds_alternative<unrendered_letter>(no)) << status << body;
        EXPECT_EQ(std::get<unrendered_letter>(no).why, why) << status << body;
    }
    const auto secretive = read_rendered(api::said(200, R"({"v":1,"subject":"Dear Anna","html":""})"));
    EXPECT_THAT(std::get<unrendered_letter>(secretive).detail, Not(HasSubstr("Anna")));
}

draft draft_about(std::vector<student> about) {
    draft d;
    d.course = "Course";
    d.subject = "[user_name] sleeps";
    d.body = "[user_email] since [expired_date]";
    d.to = "anna@example.com";
    d.to_name = "Anna";
    d.date_format = "d.m.Y";
    d.about = std::move(about);
    return d;
}

TEST(MailComposing, OneMailHasItsHeadersFromTheConfiguration) {
    config::mail_settings s;
    s.from = "school@school.example";
    s.from_name = "School";
    s.reply_to = "office@school.example";
    s.idempotency_header = "X-Idempotency-Key";
    const auto d = draft_about({{{1, "anna@example.com", "anna", "Anna"}, "2026-11-01"}});
    auto text = render_natively(d, d.about.front());
    EXPECT_EQ(text.subject, "Anna sleeps");
    EXPECT_EQ(text.html, "<p>anna@example.com since 01.11.2026</p>\n");
    text.unsubscribe = "https://school.example/?u=1";
    const auto m = compose(s, d, {text}, "dormouse.main.7@school.example", base::from_epoch_ms(5));
    EXPECT_EQ(m.from.address, "school@school.example");
    EXPECT_EQ(m.from.name, "School");
    EXPECT_EQ(m.to.address, "anna@example.com");
    EXPECT_EQ(m.to.name, "Anna");
    EXPECT_EQ(m.subject, "Anna sleeps");
    EXPECT_EQ(m.reply_to, "office@school.example");
    EXPECT_EQ(m.list_unsubscribe_url, "https://school.example/?u=1");
    ASSERT_EQ(m.headers.size(), 1U);
    EXPECT_EQ(m.headers[0], (std::pair<std::string, std::string>{"X-Idempotency-Key", m.message_id}));
    s.idempotency_header = "Message-ID";
    EXPECT_TRUE(compose(s, d, {text}, "x@y", {}).headers.empty());
}

TEST(MailComposing, ADigestHasAPieceForEachStudentAndTheirNumberInTheSubject) {
    const auto d =
        draft_about({{{1, "a@example.com", "a", "A"}, "2026-11-01"}, {{2, "b@example.com", "b", "B"}, "2026-11-02"}});
    const auto m = compose({}, d, {render_natively(d, d.about[0]), render_natively(d, d.about[1])}, "x@y", {});
    EXPECT_EQ(m.subject, "2 sleeps");
    EXPECT_EQ(m.html, "<p>a@example.com since 01.11.2026</p>\n<hr />\n<p>b@example.com since 02.11.2026</p>\n");
}

TEST(MailComposing, TheMessageIdIsAFunctionOfSiteAndRow) {
    config::settings s;
    s.site.name = "blog";
    s.mail.from = "school@school.example";
    EXPECT_EQ(make_message_id(s, "7"), "dormouse.blog.7@school.example");
}

}  // namespace
}  // namespace dormouse::jobs::reminder_email
