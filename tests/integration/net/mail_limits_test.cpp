#include "tests/integration/net/mail_world.hpp"

#include <boost/json/parse.hpp>

#include <thread>

namespace dormouse::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct silence {
    const char* script;
    base::ms mail_limits::* limit;
    mail_stage stage;
};

TEST(MailLimits, EachStepHasItsOwn) {
    const std::vector<silence> steps{
        {R"({"GREETING": {"silent": true}})", &mail_limits::greeting, mail_stage::greeting},
        {R"({"EHLO": {"silent": true}})", &mail_limits::command, mail_stage::greeting},
        {R"({"MAIL": {"silent": true}})", &mail_limits::command, mail_stage::from},
        {R"({"RCPT": {"silent": true}})", &mail_limits::command, mail_stage::rcpt},
        {R"({"DATA": {"silent": true}})", &mail_limits::data, mail_stage::data},
    };
    mail_world w;
    for (const auto& step : steps) {
        w.server.limits = {};
        // Steps before the silent one pass under the same limit.
        w.server.limits.*step.limit =
            base::ms{step.stage == mail_stage::from || step.stage == mail_stage::rcpt ? 500 : 60};
        w.relay.script(boost::json::parse(step.script).as_object());
        const auto begin = steady_clock::now();
        const auto answer = w.send();
        EXPECT_EQ(to_string(answer.failure), "timeout") << step.script << answer.text;
        EXPECT_EQ(to_string(answer.stage), to_string(step.stage)) << step.script;
        EXPECT_EQ(answer.sent, mail_sent::not_sent);
        EXPECT_LT(steady_clock::now() - begin, 20s) << step.script;
    }
    EXPECT_EQ(w.commits, 0);
}

TEST(MailLimits, ABodyThatNobodyTakesEndsUncommitted) {
    mail_world w;
    w.server.limits.block = base::ms{100};
    w.relay.script(boost::json::parse(R"({"BODY": {"hold": true}})").as_object());
    std::string body;
    while (body.size() < 20'000'000) body += std::string(70, 'x') + "\r\n";
    const auto answer = w.send(letter_of(body));
    EXPECT_EQ(to_string(answer.failure), "timeout") << answer.text;
    EXPECT_EQ(answer.stage, mail_stage::body);
    EXPECT_EQ(answer.sent, mail_sent::not_sent);
    EXPECT_EQ(w.commits, 0);
}

TEST(MailLimits, TheDeadlineCountsUntilTheCommit) {
    mail_world w;
    w.limit = 500ms;
    w.relay.script(boost::json::parse(R"({"RCPT": {"silent": true}})").as_object());
    const auto answer = w.send();
    EXPECT_EQ(to_string(answer.failure), "timeout");
    EXPECT_EQ(answer.stage, mail_stage::rcpt);
}

TEST(MailLimits, AStopBeforeTheCommitEndsItAtOnce) {
    mail_world w;
    for (const auto* script : {R"({"GREETING": {"silent": true}})", R"({"RCPT": {"silent": true}})"}) {
        w.stop = {};
        w.relay.script(boost::json::parse(script).as_object());
        const auto known = w.relay.connections();
        steady_clock::time_point asked;
        std::jthread stopper{[&] {
            EXPECT_TRUE(test::eventually(20s, [&] { return w.relay.connections() > known; }));
            asked = steady_clock::now();
            w.stop.request_stop();
        }};
        const auto answer = w.send();
        stopper.join();
        EXPECT_EQ(to_string(answer.failure), "cancelled") << answer.text;
        EXPECT_EQ(answer.sent, mail_sent::not_sent);
        EXPECT_LT(steady_clock::now() - asked, 20s) << "the limits are minutes";
    }
    EXPECT_EQ(w.commits, 0);
}

// The dot goes out however late it is: a commit without it would be a letter in doubt that nobody got.
TEST(MailLimits, AStopOrDeadlineBehindTheCommitStillAwaitsTheAnswer) {
    mail_world w;
    w.commit = [&] { return ++w.commits, w.stop.request_stop(); };
    EXPECT_TRUE(w.send().ok());
    w.stop = {};
    w.limit = 700ms;
    w.commit = [&, limit = base::deadline::after(w.limit + 50ms)] {
        return test::eventually(20s, [&] { return limit.is_reached(); });
    };
    EXPECT_TRUE(w.send().ok());
    EXPECT_EQ(w.relay.mails().size(), 2U);
}

TEST(MailLimits, AStopBehindTheCommitIsObeyedAfterItsPatience) {
    mail_world w;
    w.server.limits.after_stop = base::ms{50};
    w.relay.script(boost::json::parse(R"({"DOT": {"silent": true}})").as_object());
    w.commit = [&] { return ++w.commits, w.stop.request_stop(); };
    const auto begin = steady_clock::now();
    const auto answer = w.send();
    EXPECT_EQ(to_string(answer.failure), "cancelled");
    EXPECT_EQ(answer.sent, mail_sent::maybe);
    EXPECT_EQ(answer.stage, mail_stage::committed);
    EXPECT_LT(steady_clock::now() - begin, 8s) << "the usual patience is ten seconds";
}

TEST(MailLimits, ARefusedLetterDoesNotWaitLongForTheGoodbye) {
    mail_world w;
    w.relay.script(boost::json::parse(R"({"RCPT": {"reply": "550 5.1.1 no"}, "QUIT": {"silent": true}})").as_object());
    const auto begin = steady_clock::now();
    const auto answer = w.send();
    EXPECT_EQ(answer.code, 550);
    EXPECT_EQ(answer.enhanced, "5.1.1");
    EXPECT_LT(steady_clock::now() - begin, 30s) << "libcurl would wait for two minutes";
}

}  // namespace
}  // namespace dormouse::net
