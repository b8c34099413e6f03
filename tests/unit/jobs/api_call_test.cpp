// What is told of an answer: a stranger's words, made harmless.
#include "base/secret.hpp"
#include "jobs/api/call.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::api {
namespace {

using testing::HasSubstr;
using testing::Not;

answer answered(int status, std::string body) {
    answer a;
    a.exchange.progress = net::progress::answered;
    a.exchange.response.status = status;
    a.exchange.response.body = std::move(body);
    boost::system::error_code bad;
    if (auto json = boost::json::parse(a.exchange.response.body, bad); !bad) a.json = std::move(json);
    return a;
}

TEST(ApiDescribe, QuotesTheServersOwnWord) {
    EXPECT_EQ(describe(answered(402, R"({"error":"insufficient_funds","balance":3})")), "HTTP 402: insufficient_funds");
    EXPECT_EQ(describe(answered(404, R"({"code":"rest_no_route","message":"No route"})")), "HTTP 404: rest_no_route");
    EXPECT_EQ(describe(answered(500, "")), "HTTP 500");
}

TEST(ApiDescribe, KeepsALineALineAndShort) {
    const auto text = describe(answered(500, "<html>\r\n\x1b[2Jfatal\t" + std::string(5'000, 'x')));
    EXPECT_THAT(text, HasSubstr("<html>   [2Jfatal "));
    EXPECT_LT(text.size(), 300U);
}

TEST(ApiDescribe, MakesForeignBytesTextThatJsonCanHold) {
    const auto text = describe(answered(500, "oops \xff\xfe \xd0"));
    boost::system::error_code bad;
    (void)boost::json::parse("\"" + text + "\"", bad);
    EXPECT_FALSE(bad) << text;
    EXPECT_THAT(text, HasSubstr("oops \xef\xbf\xbd"));
}

TEST(ApiDescribe, ShowsNoSecretThatTheServerEchoesNotEvenHalfOfOne) {
    const base::secret key{"a-key-that-is-echoed-by-a-debug-page"};
    for (std::size_t before = 150; before < 200; ++before) {
        const auto text = describe(answered(500, std::string(before, 'x') + key.reveal()));
        EXPECT_THAT(text, Not(HasSubstr("a-key"))) << before;
    }
}

}  // namespace
}  // namespace dormouse::jobs::api
