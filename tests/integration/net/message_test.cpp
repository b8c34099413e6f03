// What an independent reader makes of our messages.
#include "net/message.hpp"
#include "net/message_text.hpp"
#include "tests/support/process.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace dormouse::net {
namespace {

constexpr std::array<std::string_view, 22> pieces{"a",
                                                  "Z9",
                                                  " ",
                                                  "  ",
                                                  "\t",
                                                  "слово",
                                                  "ё",
                                                  "日本語",
                                                  "\xF0\x9F\x98\x80",
                                                  "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
                                                  "e\xCC\x81",
                                                  "=?UTF-8?Q?x?=",
                                                  "=?",
                                                  "?=",
                                                  "=20",
                                                  ",",
                                                  "\"",
                                                  "\\",
                                                  "<a@b>",
                                                  "()",
                                                  "\xC2\xA0",
                                                  "\xE2\x80\xA8"};
constexpr std::array<std::string_view, 9> line_pieces{"\n",         "\r\n", "\r",   "\n.\n", "\n..\n",
                                                      "\nFrom x\n", " \n",  "\t\n", "\n\n\n"};

class writer {
public:
    explicit writer(std::uint32_t seed) : random_{seed} {}
    std::string line(std::size_t longest) { return text(longest, 0); }
    std::string body(std::size_t longest) { return text(longest, 8); }

private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_); }
    std::string text(std::size_t longest, std::size_t one_line_end_in) {
        // Some texts are of few kinds of pieces, so that both encodings and long plain words come about.
        const auto first = below(pieces.size()), kinds = 1 + below(pieces.size() - first);
        std::string out;
        for (std::size_t left = below(longest); left > 0; --left) {
            if (one_line_end_in != 0 && below(one_line_end_in) == 0) out += line_pieces[below(line_pieces.size())];
            out += pieces[first + below(kinds)];
        }
        return out;
    }
    std::mt19937 random_;
};

std::string base64_of(const std::string& bytes) {
    namespace base64 = boost::beast::detail::base64;
    std::string out(base64::encoded_size(bytes.size()), '\0');
    out.resize(base64::encode(out.data(), bytes.data(), bytes.size()));
    return out;
}

std::string line_of(writer& w, int number) {
    const auto name = w.line(20), subject = w.line(60), note = w.line(200), text = w.body(300) + ".",
               html = w.body(600);
    const auto built = build_message({.from = {name, "shop@example.test"},
                                      .to = {name, "anna@example.org"},
                                      .subject = subject,
                                      .html = html,
                                      .text = text,
                                      .message_id = std::to_string(number) + "@example.test",
                                      .date = base::from_epoch_ms(1'763'710'000'000),
                                      .headers = {{"X-Note", note}}});
    EXPECT_TRUE(built) << built.error().message();
    EXPECT_TRUE(check_message_bytes(*built));
    return boost::json::serialize(boost::json::object{{"name", name},
                                                      {"subject", subject},
                                                      {"note", note},
                                                      {"text", text},
                                                      {"html", html},
                                                      {"bytes", base64_of(*built)}}) +
           "\n";
}

TEST(Message, PythonReadsWhatWasWrittenWhateverItIs) {
    writer w{20'261'121};
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += line_of(w, i);
    const test::temp_dir dir;
    test::write_file(dir.file("messages"), lines);
    test::child_process reader{
        {"/usr/bin/python3", DORMOUSE_SOURCE_DIR "/tests/mail/check_messages.py", dir.file("messages")},
        {{}, dir.file("output"), {}}};
    EXPECT_EQ(reader.wait(std::chrono::seconds{60}), 0) << test::read_file(dir.file("output")).substr(0, 4'000);
}

}  // namespace
}  // namespace dormouse::net
