#include "jobs/webhook_delivery/args.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using testing::HasSubstr;

boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

boost::json::object with_payload(std::string_view payload) {
    return {{"hook_id", 7}, {"event", "purchase"}, {"payload", payload}};
}

TEST(DeliveryArgs, ReadsNumbersAndDecimalStrings) {
    for (const auto* text : {R"({"hook_id":7,"event":"purchase","payload":{"b":1,"a":[true,null]}})",
                             R"({"hook_id":"7","event":"purchase","payload":{"b":1,"a":[true,null]}})"}) {
        const auto args = read_args(object(text));
        ASSERT_TRUE(args) << args.error().message();
        EXPECT_EQ(args->hook_id, 7);
        EXPECT_EQ(args->event, "purchase");
        EXPECT_EQ(args->body, R"({"b":1,"a":[true,null]})") << "members keep their order";
    }
}

TEST(DeliveryArgs, AStringPayloadIsSentByteForByte) {
    const std::string exact = "{ \"test\":\t2432232314,\n \"имя\": \"\\u0416\", \"x\": 1.0e2 } ";
    const auto args = read_args(with_payload(exact));
    ASSERT_TRUE(args) << args.error().message();
    EXPECT_EQ(args->body, exact);
}

TEST(DeliveryArgs, SayWhichMemberIsWrong) {
    const struct {
        const char* args;
        const char* says;
    } bad[] = {
        {R"({})", "hook_id must be"},
        {R"({"hook_id":0,"event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":-7,"event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":7.5,"event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":"7x","event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":" 7","event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":"-7","event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":"","event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":18446744073709551615,"event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":"9223372036854775808","event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":[7],"event":"e","payload":{}})", "hook_id must be"},
        {R"({"hook_id":7,"payload":{}})", "event must be"},
        {R"({"hook_id":7,"event":"","payload":{}})", "event must be"},
        {R"({"hook_id":7,"event":7,"payload":{}})", "event must be"},
        {R"({"hook_id":7,"event":"a\r\nX-Evil: 1","payload":{}})", "event must be"},
        {R"({"hook_id":7,"event":"имя","payload":{}})", "event must be"},
        {R"({"hook_id":7,"event":" e","payload":{}})", "event must be"},
        {R"({"hook_id":7,"event":"e"})", "payload is missing"},
        {R"({"hook_id":7,"event":"e","payload":5})", "payload must be"},
        {R"({"hook_id":7,"event":"e","payload":null})", "payload must be"},
        {R"({"hook_id":7,"event":"e","payload":""})", "payload is not JSON"},
        {R"({"hook_id":7,"event":"e","payload":"{\"a\":}"})", "payload is not JSON"},
    };
    for (const auto& [text, says] : bad) {
        const auto args = read_args(object(text));
        ASSERT_FALSE(args) << text;
        EXPECT_TRUE(args.error() == base::errc::invalid_argument) << text;
        EXPECT_THAT(args.error().detail, HasSubstr(says)) << text;
    }
}

TEST(DeliveryArgs, AnEventOf100CharactersIsTheLongest) {
    const auto args = [](std::size_t n) {
        return boost::json::object{{"hook_id", 7}, {"event", std::string(n, 'e')}, {"payload", "{}"}};
    };
    EXPECT_TRUE(read_args(args(100)));
    EXPECT_FALSE(read_args(args(101)));
}

TEST(DeliveryArgs, PayloadsEndAt256KiB) {
    const auto quoted = [](std::size_t bytes) { return "\"" + std::string(bytes - 2, 'x') + "\""; };
    EXPECT_TRUE(read_args(with_payload(quoted(largest_payload))));
    const auto over = read_args(with_payload(quoted(largest_payload + 1)));
    ASSERT_FALSE(over);
    EXPECT_TRUE(over.error() == base::errc::too_large);
    EXPECT_THAT(over.error().detail, HasSubstr("262145 bytes"));

    boost::json::object big = with_payload("{}");
    big["payload"] = boost::json::array{std::string(largest_payload, 'x')};
    EXPECT_TRUE(read_args(big).error() == base::errc::too_large);
}

TEST(CheckJson, AcceptsOneValueInUtf8) {
    for (const std::string good :
         {"{}", "[]", "\"\"", "0", "-1.5e+3", "true", "null", " {\"a\":[1,{}]} \n", "\"\\ud83d\\ude00\"",
          "\"\xF0\x9F\x98\x80\"", "\"\\u0000\"", "18446744073709551616", "{\"a\":1,\"a\":2}"})
        EXPECT_TRUE(check_json(good)) << good;
    EXPECT_TRUE(check_json(std::string(128, '[') + std::string(128, ']')));
}

TEST(CheckJson, RefusesEverythingElse) {
    using namespace std::string_literals;
    const std::string bad[] = {"",
                               " ",
                               "\xEF\xBB\xBF{}"s,
                               "{}\0"s,
                               "\0{}"s,
                               "\"a\0b\""s,
                               "\"\\ud800\"",
                               "\"\\ude00\"",
                               "\"\\ud800x\"",
                               "\"\xED\xA0\x80\"",
                               "\"\xC0\x80\"",
                               "\"\xFF\"",
                               "\"\xF4\x90\x80\x80\"",
                               "{}{}",
                               "{} x",
                               "[1,]",
                               "{\"a\":1,}",
                               "{'a':1}",
                               "NaN",
                               "Infinity",
                               "01",
                               "+1",
                               "\"tab\there\"",
                               "\"open",
                               "{\"a\"",
                               "// c\n{}",
                               "\xFE\xFF"};
    for (const auto& text : bad) EXPECT_FALSE(check_json(text)) << testing::PrintToString(text);
    EXPECT_FALSE(check_json(std::string(200'000, '['))) << "and does not crash";
}

TEST(HookIdOf, IsZeroForWhatIsNoHook) {
    EXPECT_EQ(hook_id_of(object(R"({"hook_id":"12"})")), 12);
    EXPECT_EQ(hook_id_of(object(R"({"hook_id":{}})")), 0);
    EXPECT_EQ(hook_id_of(object("{}")), 0);
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
