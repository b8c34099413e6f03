#include "queue/redis/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace dormouse::queue::redis {
namespace {

using base::errc;

/// A reply as text, for comparison: nil, +status, -error, :1, 'bulk', [a b].
std::string shown(reply_view r) {
    switch (r.type()) {
        case reply_type::nil: return "nil";
        case reply_type::status: return "+" + std::string{r.text()};
        case reply_type::error: return "-" + std::string{r.text()};
        case reply_type::integer: return ":" + std::to_string(r.integer());
        case reply_type::bulk: return "'" + std::string{r.text()} + "'";
        case reply_type::array: break;
    }
    std::string all = "[";
    for (const auto element : r) all += (all.size() > 1 ? " " : "") + shown(element);
    return all + "]";
}

reply read_one(std::string_view bytes) {
    reply_reader reader;
    reader.feed(bytes);
    return reader.next().value().value();
}

constexpr std::string_view every_kind =
    "*6\r\n+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n$5\r\nhe\r\no\r\n*3\r\n*-1\r\n*0\r\n*2\r\n$0\r\n\r\n:7\r\n";

TEST(RedisReader, UnderstandsEveryKind) {
    EXPECT_EQ(shown(read_one(every_kind)), "[+OK -ERR no :-42 nil 'he\r\no' [nil [] ['' :7]]]");
}

TEST(RedisReader, UnderstandsRepliesSplitAtEveryPosition) {
    const auto twice = std::string{every_kind} + std::string{every_kind};
    for (std::size_t cut = 0; cut <= twice.size(); ++cut) {
        reply_reader reader;
        std::string seen;
        for (const auto& part : {twice.substr(0, cut), twice.substr(cut)}) {
            reader.feed(part);
            while (auto r = reader.next().value()) seen += shown(*r) + "\n";
        }
        const auto once = shown(read_one(every_kind)) + "\n";
        ASSERT_EQ(seen, once + once) << "cut at " << cut;
    }
}

TEST(RedisReader, ElementsAreFoundByNumberInFlatAndInNestedArrays) {
    const auto flat = read_one("*3\r\n:1\r\n$1\r\nb\r\n:3\r\n");
    EXPECT_EQ(flat[1].text(), "b");
    EXPECT_EQ(flat[2].integer(), 3);
    EXPECT_TRUE(flat[3].is_nil());
    const auto nested = read_one("*3\r\n*2\r\n:1\r\n*1\r\n:2\r\n*0\r\n:3\r\n");
    EXPECT_EQ(nested[0][1][0].integer(), 2);
    EXPECT_EQ(nested[1].size(), 0U);
    EXPECT_EQ(nested[2].integer(), 3);
}

TEST(RedisReader, AskingForWhatAValueIsNotGivesTheEmptyAnswer) {
    const auto r = read_one(":5\r\n");
    EXPECT_EQ(r.text(), "");
    EXPECT_EQ(r.size(), 0U);
    EXPECT_EQ(r.begin(), r.end());
    EXPECT_TRUE(r[0].is_nil());
    EXPECT_EQ(r.error_code(), "");
    EXPECT_TRUE(reply{}.is_nil());
    EXPECT_EQ(reply{}.begin(), reply{}.end());
}

TEST(RedisReader, NumbersAreReadFromIntegersAndFromText) {
    EXPECT_EQ(read_one(":5\r\n").number(), 5);
    EXPECT_EQ(read_one("$3\r\n-12\r\n").number(), -12);
    EXPECT_EQ(read_one("$2\r\n1x\r\n").number(), std::nullopt);
    EXPECT_EQ(read_one("$0\r\n\r\n").number(), std::nullopt);
    EXPECT_EQ(read_one("$-1\r\n").number(), std::nullopt);
}

TEST(RedisReader, ViewsSurviveAMoveOfTheReply) {
    auto r = read_one("*1\r\n$2\r\nhi\r\n");
    const auto view = r[0];
    const auto moved = std::move(r);
    EXPECT_EQ(view.text(), "hi");
    EXPECT_EQ(moved.size(), 1U);
}

TEST(RedisReader, GarbageIsAProtocolErrorForEver) {
    for (const auto* bad : {"?\r\n", "HTTP/1.1 400 Bad Request\r\n", "$x\r\n", ":1a\r\n", "*-2\r\n", "$-2\r\n",
                            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"}) {
        reply_reader reader;
        reader.feed(bad);
        const auto first = reader.next();
        ASSERT_TRUE(first.has_error() && first.error() == errc::protocol) << bad;
        reader.feed("+OK\r\n");
        EXPECT_TRUE(reader.next().error() == errc::protocol) << bad;
    }
}

TEST(RedisReader, AHostileArrayCountCostsNothing) {
    reply_reader reader;
    reader.feed("*2147483647\r\n:1\r\n");
    EXPECT_FALSE(reader.next().value());
}

TEST(RedisReader, ABulkOverTheCapIsTooLargeBeforeItIsComplete) {
    reply_reader reader{100'000};
    reader.feed("$2000000\r\n");
    std::size_t fed = 0;
    const std::string part(10'000, 'x');
    for (;;) {
        reader.feed(part);
        fed += part.size();
        const auto r = reader.next();
        if (r) continue;
        EXPECT_TRUE(r.error() == errc::too_large);
        break;
    }
    EXPECT_LE(fed, 120'000U);
}

TEST(RedisReader, AnArrayOverTheCapIsTooLargeWhateverItsElements) {
    reply_reader reader{100'000};
    reader.feed("*1000000\r\n");
    base::result<std::optional<reply>> r = std::optional<reply>{};
    for (int i = 0; i < 100 && r; ++i) {
        std::string part;
        for (int n = 0; n < 1000; ++n) part += ":1\r\n";
        reader.feed(part);
        r = reader.next();
    }
    ASSERT_TRUE(r.has_error());
    EXPECT_TRUE(r.error() == errc::too_large);
}

TEST(RedisReader, ManySmallRepliesTogetherMayPassTheCap) {
    reply_reader reader{1000};
    for (int i = 0; i < 1000; ++i) {
        reader.feed("$10\r\n0123456789\r\n");
        ASSERT_TRUE(reader.next().value());
    }
}

TEST(RedisReply, ErrorsSayWhatTheyMeanForTheCaller) {
    const auto code_of = [](std::string_view line) {
        return to_error(read_one("-" + std::string{line} + "\r\n")).code;
    };
    EXPECT_EQ(code_of("LOADING Redis is loading the dataset in memory"), errc::unavailable);
    EXPECT_EQ(code_of("BUSY Redis is busy running a script"), errc::unavailable);
    EXPECT_EQ(code_of("NOPERM this user has no permissions"), errc::denied);
    EXPECT_EQ(code_of("WRONGPASS invalid"), errc::denied);
    EXPECT_EQ(code_of("ERR syntax error"), errc::server_error);
    EXPECT_EQ(code_of("LOADINGX"), errc::server_error);
    EXPECT_EQ(to_error(read_one("-ERR syntax\r\n")).detail, "redis: ERR syntax");
}

TEST(RedisReply, OnlyTheErrorsThatConcernTheConnectionAreFatal) {
    for (const auto* word : {"READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "WRONGPASS", "UNBLOCKED", "MOVED"})
        EXPECT_TRUE(is_connection_fatal(read_one("-" + std::string{word} + " text\r\n"))) << word;
    for (const auto* line :
         {"-ERR READONLY\r\n", "-NOSCRIPT x\r\n", "-BUSY x\r\n", "+READONLY\r\n", "$8\r\nREADONLY\r\n"})
        EXPECT_FALSE(is_connection_fatal(read_one(line))) << line;
}

TEST(RedisReply, AcceptTurnsErrorRepliesIntoErrors) {
    EXPECT_TRUE(accept(read_one("-ERR no\r\n")).error() == errc::server_error);
    EXPECT_EQ(accept(read_one("+OK\r\n")).value().text(), "OK");
    EXPECT_TRUE(accept(base::error{errc::timed_out}).error() == errc::timed_out);
}

}  // namespace
}  // namespace dormouse::queue::redis
