#include "net/response_reader.hpp"

#include <gtest/gtest.h>

namespace dormouse::net {
namespace {

using state = response_reader::state;
using namespace std::string_literals;

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok";

// Whatever way the network cuts the bytes, the response is the same.
TEST(ResponseReader, EveryCutOfTheStreamGivesTheSameResponse) {
    for (const std::string_view text :
         {ok, std::string_view{"HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nX-T: 1\r\n\r\n"}}) {
        for (std::size_t cut = 1; cut < text.size(); ++cut) {
            response_reader r;
            ASSERT_EQ(r.feed(text.substr(0, cut)), state::wants_more) << cut;
            ASSERT_EQ(r.feed(text.substr(cut)), state::complete) << cut << ": " << r.problem();
            EXPECT_TRUE(r.reusable());
            const auto got = r.take();
            EXPECT_EQ(got.status, 200);
            EXPECT_EQ(got.body, "ok");
            EXPECT_EQ(got.header("x-a"), "1");
            EXPECT_TRUE(got.header("x-t").empty()) << "a trailer is no header";
        }
        response_reader slow;
        for (const char c : text) slow.feed({&c, 1});
        EXPECT_EQ(slow.current(), state::complete);
        EXPECT_EQ(slow.take().body, "ok");
    }
}

// The status stands from the end of its line on, and only from there.
TEST(ResponseReader, AnEndAnywhereLeavesTheStatusIfItsLineWasComplete) {
    const auto line_end = ok.find("\r\n") + 2;
    for (std::size_t cut = 0; cut < ok.size(); ++cut) {
        response_reader r;
        if (cut > 0) r.feed(ok.substr(0, cut));
        const auto end = r.end_of_stream();
        EXPECT_EQ(end, cut < line_end ? state::closed : state::cut) << cut;
        EXPECT_EQ(r.has_status(), cut >= line_end) << cut;
        EXPECT_FALSE(r.reusable());
        const auto got = r.take();
        EXPECT_EQ(got.status, cut < line_end ? 0 : 200) << cut;
        EXPECT_FALSE(got.body_complete);
        EXPECT_FALSE(got.body_error.empty());
    }
}

TEST(ResponseReader, AnInterimStatusIsNoStatus) {
    response_reader r;
    EXPECT_EQ(r.feed("HTTP/1.1 103 Early\r\nLink: x\r\n"), state::wants_more);
    EXPECT_FALSE(r.has_status());
    EXPECT_EQ(r.feed("\r\nHTTP/1.1 2"), state::wants_more);
    EXPECT_EQ(r.give_up("late"), state::closed);
    EXPECT_EQ(r.problem(), "late");
}

TEST(ResponseReader, BytesAfterTheEndForbidReuse) {
    response_reader r;
    EXPECT_EQ(r.feed(std::string{ok} + "HTTP/1.1 500 Poison\r\n\r\n"), state::complete);
    EXPECT_FALSE(r.reusable());
    EXPECT_EQ(r.take().status, 200);
}

TEST(ResponseReader, ReuseNeedsHttp11AndNoClose) {
    const auto reusable = [](const std::string& text, bool to_head = false) {
        response_reader r{to_head};
        EXPECT_EQ(r.feed(text), state::complete) << text;
        return r.reusable();
    };
    EXPECT_TRUE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_TRUE(reusable("HTTP/1.1 204 No Content\r\n\r\n"));
    EXPECT_TRUE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true)) << "HEAD has no body";
    EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_FALSE(reusable("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_FALSE(reusable("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n")) << "ambiguous";
}

TEST(ResponseReader, ABodyWithoutLengthEndsWithTheStream) {
    response_reader r;
    EXPECT_EQ(r.feed("HTTP/1.1 200 OK\r\n\r\nall"), state::wants_more);
    EXPECT_EQ(r.end_of_stream(), state::complete);
    EXPECT_FALSE(r.reusable());
    EXPECT_EQ(r.take().body, "all");
}

TEST(ResponseReader, TheBodyIsCutAtItsCap) {
    const std::string full(max_response_body_bytes, 'b');
    response_reader exact;
    EXPECT_EQ(exact.feed("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + full), state::complete);
    EXPECT_EQ(exact.take().body.size(), max_response_body_bytes);
    response_reader over;
    EXPECT_EQ(over.feed("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" + full + "b"), state::cut);
    EXPECT_FALSE(over.reusable());
    const auto got = over.take();
    EXPECT_EQ(got.body.size(), max_response_body_bytes);
    EXPECT_EQ(got.status, 200);
}

TEST(ResponseReader, ChunkOverheadIsBoundedToo) {
    response_reader r;
    r.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::size_t fed = 0;
    const auto chunk = "1;" + std::string(1000, 'e') + "\r\nx\r\n";
    while (r.current() == state::wants_more && fed < 10 * max_response_body_bytes) {
        r.feed(chunk);
        fed += chunk.size();
    }
    EXPECT_EQ(r.current(), state::cut);
    EXPECT_LT(fed, 5 * max_response_body_bytes);
}

TEST(ResponseReader, HeaderCapsHold) {
    response_reader endless_line;
    EXPECT_EQ(endless_line.feed("HTTP/1.1 200 OK\r\nX: " + std::string(max_response_head_bytes, 'x')), state::invalid);
    EXPECT_TRUE(endless_line.has_status());
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (std::size_t i = 0; i < max_response_headers; ++i) many += "X: y\r\n";
    response_reader exact;
    EXPECT_EQ(exact.feed(many + "\r\n"), state::wants_more);
    response_reader over;
    EXPECT_EQ(over.feed(many + "X: y\r\n\r\n"), state::invalid);
    EXPECT_EQ(over.problem(), "more than 100 headers");
}

TEST(ResponseReader, InterimFloodsEnd) {
    response_reader r;
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    for (int i = 0; i < max_interim_responses; ++i) EXPECT_EQ(r.feed(interim), state::wants_more);
    EXPECT_EQ(r.feed(interim), state::invalid);
}

TEST(ResponseReader, WhatIsNoHttpIsInvalid) {
    for (const std::string& text :
         {"SSH-2.0-OpenSSH\r\n\r\n"s, "HTTP/2.0 200 OK\r\n\r\n"s, "HTTP/1.1 20 OK\r\n\r\n"s,
          "HTTP/1.1 2000 OK\r\n\r\n"s, "HTTP/1.1 099 Low\r\n\r\n"s, "HTTP/1.1 101 Switch\r\n\r\n"s,
          "HTTP/1.1 200 OK\n\n"s, "\r\n\r\n\r\n\r\n"s, "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n"s,
          "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"s, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"s,
          "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n"s}) {
        response_reader r;
        EXPECT_EQ(r.feed(text), state::invalid) << text;
        EXPECT_FALSE(r.problem().empty());
    }
}

TEST(ResponseReader, AnAbsurdLengthReservesNothing) {
    response_reader r;
    EXPECT_EQ(r.feed("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx"), state::wants_more);
    EXPECT_EQ(r.end_of_stream(), state::cut);
    EXPECT_EQ(r.take().body, "x");
}

}  // namespace
}  // namespace dormouse::net
