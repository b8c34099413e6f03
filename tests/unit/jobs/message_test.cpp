#include "jobs/webhook_delivery/message.hpp"

#include "jobs/webhook_delivery/signature.hpp"
#include "tests/unit/jobs/ended.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::Pair;

class Message : public testing::Test {
protected:
    Message() {
        claimed_.job.id = "01JABC";
        claimed_.history.attempts = 2;
        hook_.id = 7;
        hook_.url = "https://example.com/in?token=abc";
        hook_.secret = base::secret{"plain-secret"};
        args_ = {.hook_id = 7, .event = "purchase", .body = "{\"a\":1}"};
    }
    [[nodiscard]] message made() const { return {claimed_, args_, hook_, "msg_1", test::now + base::ms{789}}; }

    queue::claimed_job claimed_;
    delivery_args args_;
    site::hook hook_;
    config::webhook_settings settings_;
};

TEST_F(Message, CarriesItsHeadersInOrder) {
    settings_.headers = {{"X-Site", "main"}};
    const auto r = make_request(made(), settings_);
    EXPECT_EQ(r.method, "POST");
    EXPECT_EQ(r.url, hook_.url);
    EXPECT_EQ(r.trust, net::trust::untrusted);
    EXPECT_EQ(r.content_type, "application/json");
    EXPECT_EQ(r.body, args_.body);
    EXPECT_EQ(r.limits.total, settings_.timeout);
    const auto signed_as = signature(hook_.secret, {}, "msg_1", test::now, args_.body);
    EXPECT_THAT(r.headers, ElementsAre(Pair("webhook-id", "msg_1"), Pair("webhook-timestamp", "1795212000"),
                                       Pair("webhook-signature", signed_as), Pair("Idempotency-Key", "msg_1"),
                                       Pair("X-MemberLux-Event", "purchase"), Pair("X-Dormouse-Attempt", "3"),
                                       Pair("X-Site", "main")));
}

TEST_F(Message, IsUnsignedWithoutASecretEvenWhileAnOldOneIsKnown) {
    hook_.secret = {};
    hook_.previous_secret = base::secret{"old-secret"};
    EXPECT_THAT(make_request(made(), settings_).headers, Not(Contains(Pair("webhook-signature", testing::_))));
}

TEST_F(Message, ItsRowTellsOfTheAnswer) {
    auto e = test::answered(503);
    e.response.body = "busy";
    const auto d = test::decide_on(e);
    const auto row = make_row(made(), e, d, settings_);
    EXPECT_EQ(row.job_id, "01JABC");
    EXPECT_EQ(row.delivery_id, "msg_1");
    EXPECT_EQ(row.hook_id, 7);
    EXPECT_EQ(row.event, "purchase");
    EXPECT_EQ(row.attempt, 3);
    EXPECT_EQ(row.state, "retry");
    EXPECT_EQ(row.reason, "overloaded");
    EXPECT_EQ(row.sent, "answered");
    EXPECT_EQ(row.response_code, 503);
    EXPECT_EQ(row.response_body, "busy");
    EXPECT_EQ(row.payload, args_.body);
    EXPECT_EQ(row.next_at, d.outcome.when);
    EXPECT_EQ(row.duration, base::ms{12});
    EXPECT_EQ(row.at, test::now + base::ms{789});
}

TEST_F(Message, ItsRowTellsWhyThereWasNoAnswer) {
    const auto e =
        test::failed(net::failure_class::dns, net::progress::not_sent, "no address for example.com, plain-secret");
    const auto row = make_row(made(), e, test::decide_on(e), settings_);
    EXPECT_EQ(row.response_code, std::nullopt);
    EXPECT_EQ(row.response_body, "ERR dns no address for example.com, ***");
    EXPECT_EQ(row.sent, "not_sent");
}

TEST_F(Message, ItsRowKeepsTheBodyOutWhenToldSo) {
    settings_.log_body = "none";
    auto e = test::answered(200);
    e.response.body = "personal data";
    const auto row = make_row(made(), e, test::decide_on(e), settings_);
    EXPECT_EQ(row.response_body, "");
    EXPECT_EQ(row.state, "done");
    EXPECT_EQ(row.reason, "");
    EXPECT_EQ(row.next_at, std::nullopt);
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
