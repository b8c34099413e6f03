#include "net/request_head.hpp"

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

std::string detail_of(const request& r, std::string_view agent = "Dormouse") {
    const auto head = request_head(r, parse_url("https://example.com/").value(), agent);
    return head ? "accepted: " + *head : head.error().detail;
}

TEST(RequestHead, IsWrittenHostFirst) {
    const request r{.headers = {{"webhook-id", "evt_1"}}, .body = "{}"};
    EXPECT_EQ(request_head(r, parse_url("https://example.com:8443/a?b").value(), "Dormouse/1").value(),
              "POST /a?b HTTP/1.1\r\n"
              "Host: example.com:8443\r\n"
              "User-Agent: Dormouse/1\r\n"
              "Accept-Encoding: identity\r\n"
              "Content-Type: application/json\r\n"
              "Content-Length: 2\r\n"
              "webhook-id: evt_1\r\n"
              "\r\n");
}

TEST(RequestHead, AnEmptyPostHasALengthAndAGetHasNone) {
    const auto u = parse_url("https://example.com/").value();
    EXPECT_NE(request_head({.method = "POST"}, u, "d")->find("Content-Length: 0\r\n"), std::string::npos);
    EXPECT_EQ(request_head({.method = "GET"}, u, "d")->find("Content-"), std::string::npos);
}

TEST(RequestHead, NamesThatAreNoTokensAreRefusedAndNotRepeated) {
    for (const auto* name : {"", "a b", "a:", "a\r\nX", "a\n", "\xC3\xA9", "a(b)", "a\x7f", "x:y: z"})
        EXPECT_EQ(detail_of({.headers = {{name, "v"}}}), "a header's name is not a token");
}

TEST(RequestHead, ValuesOutsidePrintableAsciiAreRefusedAndNotRepeated) {
    for (const auto& value :
         {std::string{"a\r\nX-Injected: 1"}, std::string{"a\n"}, std::string{"\r"}, std::string{"a\0b", 3},
          std::string{"a\tb"}, std::string{"\x7f"}, std::string{"\xC3\xA9"}, std::string{" a"}, std::string{"a "}})
        EXPECT_EQ(detail_of({.headers = {{"X-V", value}}}), "header 'X-V' has a value outside printable ASCII");
    EXPECT_TRUE(detail_of({.headers = {{"X-V", ""}}}).starts_with("accepted"));
    EXPECT_TRUE(detail_of({.headers = {{"X-V", "a: b, \"c\" ~"}}}).starts_with("accepted"));
}

TEST(RequestHead, MethodTypeAndAgentAreCheckedToo) {
    EXPECT_EQ(detail_of({.method = "GET / HTTP/1.1\r\nX: "}), "the request's method is not a token");
    EXPECT_EQ(detail_of({.content_type = "a\r\nb"}), "the user agent or the content type is outside printable ASCII");
    EXPECT_EQ(detail_of({}, "a\nb"), "the user agent or the content type is outside printable ASCII");
}

TEST(RequestHead, FramingHeadersAreReserved) {
    for (const auto* name :
         {"Host", "CONTENT-LENGTH", "content-type", "Content-Encoding", "Connection", "keep-alive", "TE", "Trailer",
          "Transfer-Encoding", "Upgrade", "Expect", "Cookie", "User-Agent", "Proxy-Authorization", "Accept-Encoding"}) {
        EXPECT_EQ(detail_of({.headers = {{name, "v"}}}),
                  "header '" + std::string{name} + "' is written by the client itself");
        EXPECT_FALSE(is_allowed_extra_header(name)) << name;
    }
}

TEST(RequestHead, OperatorsMayNotForgeWebhookHeaders) {
    EXPECT_FALSE(is_allowed_extra_header("Webhook-Signature"));
    EXPECT_FALSE(is_allowed_extra_header("bad name"));
    EXPECT_TRUE(is_allowed_extra_header("X-Team"));
    EXPECT_TRUE(is_allowed_extra_header("Authorization"));
    EXPECT_FALSE(is_reserved_header("webhook-signature")) << "the webhook kind itself writes it";
}

TEST(RequestHead, SizesAreCapped) {
    EXPECT_TRUE(detail_of({.headers = {{"X", std::string(max_header_line_bytes - 1, 'v')}}}).starts_with("accepted"));
    EXPECT_EQ(detail_of({.headers = {{"X", std::string(max_header_line_bytes, 'v')}}}),
              "header 'X' is longer than 4096 bytes");
    request r;
    r.headers.assign(max_request_headers, {"X", "v"});
    EXPECT_TRUE(detail_of(r).starts_with("accepted"));
    r.headers.emplace_back("X", "v");
    EXPECT_EQ(detail_of(r), "the request has more than 40 headers");
}

}  // namespace
}  // namespace dormouse::net
