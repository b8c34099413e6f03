#include "tests/unit/config/example_file.hpp"

#include "config/describe.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/reader.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include <filesystem>
#include <regex>
#include <sstream>

namespace dormouse::config {

namespace fs = std::filesystem;

example_file::example_file() {
    for (const auto* name : {"database", "redis-worker", "site-1", "companion", "grant", "order", "licence",
                             "licence-previous", "wallet", "mail"}) {
        test::write_file(dir_.file(name), "secret-of-the-example-" + std::string{name} + "\n");
        fs::permissions(dir_.file(name), fs::perms::owner_read | fs::perms::group_read);
    }
}

std::string example_file::in_place(std::string text) const {
    const std::string shipped = "/etc/dormouse/secrets";
    for (auto at = text.find(shipped); at != std::string::npos; at = text.find(shipped, at + 1))
        text.replace(at, shipped.size(), dir_.path().string());
    return text;
}

std::string example_file::as_shipped() const { return in_place(test::read_file(example_path)); }

std::string example_file::all_switched_on() const {
    const std::regex other_spelling{R"( *#?(password|key|order_token|secret|previous_secret)(_credential)?: .*)"};
    const std::regex setting{R"(( *)#([^ #].*))"};
    const std::regex prose{R"( *#.*|)"};
    std::istringstream in{as_shipped()};
    std::string out;
    for (std::string line; std::getline(in, line);) {
        std::smatch parts;
        if (std::regex_match(line, other_spelling)) continue;
        if (std::regex_match(line, parts, setting) && parts[2].str().find(':') != std::string::npos)
            out += parts[1].str() + parts[2].str() + "\n";
        else if (!std::regex_match(line, prose))
            out += line + "\n";
    }
    return out;
}

namespace {

using testing::IsEmpty;

std::string all_messages(const loaded& read) {
    std::string out;
    for (const auto& p : read.problems) out += p.message() + "\n";
    return out;
}

/// What the example sets, because there is no default for it.
void remove_what_is_not_default(boost::json::object& o) {
    o["site"].as_object()["database"].as_object().stable_erase("password");
    o["redis"].as_object().stable_erase("password");
    o["redis"].as_object().stable_erase("username");
    o["queue"].as_object().stable_erase("signing_keys");
    o["worker"].as_object().stable_erase("limits");
    o["scheduler"].as_object().stable_erase("schedules");
    o["site"].as_object()["companion"].as_object().stable_erase("key");
    auto& kinds = o["kinds"].as_object();
    for (const auto* kind : {"grant", "licence", "wallet-charge"})
        for (const auto* secret : {"key", "order_token", "secret", "previous_secret"})
            kinds[kind].as_object().stable_erase(secret);
    kinds["reminder-email"].as_object().stable_erase("password");
}

std::string comparable(const settings& s) {
    auto shown = to_json(s);
    remove_what_is_not_default(shown);
    return boost::json::serialize(shown);
}

TEST(ExampleFile, LoadsAsShipped) {
    const example_file example;
    const auto read = load_text(example.as_shipped(), "dormouse.example.yaml");
    EXPECT_EQ(all_messages(read), "");
    EXPECT_EQ(read.settings.redis.password.reveal(), "secret-of-the-example-redis-worker");
    ASSERT_EQ(read.settings.queue.signing_keys.size(), 1U);
    EXPECT_EQ(comparable(read.settings), comparable(settings{}));
}

TEST(ExampleFile, ShowsTheRealDefaults) {
    const example_file example;
    const auto read = load_text(example.all_switched_on(), "dormouse.example.yaml");
    EXPECT_EQ(all_messages(read), "");
    EXPECT_EQ(comparable(read.settings), comparable(settings{}));
}

TEST(ExampleFile, MentionsEveryKey) {
    const example_file example;
    report out{"dormouse.example.yaml"};
    const auto document = parse_document(example.all_switched_on(), out);
    ASSERT_TRUE(document);
    settings s;
    reader{out}.read_section(*document, describe(s), "");
    EXPECT_THAT(out.take(), IsEmpty());
    for (const auto& key : all_keys()) {
        const auto path = std::regex_replace(key.path, std::regex{R"(\[\])"}, "[0]");
        EXPECT_TRUE(out.is_given(path) || out.is_given(path + "_file")) << key.path;
    }
}

TEST(ExampleFile, MentionsEverySpellingOfASecret) {
    const auto text = test::read_file(example_path);
    for (const auto* spelling :
         {"password_file:", "#password_credential:", "#password:", "key_file:", "#key_credential:", "#key:"})
        EXPECT_NE(text.find(spelling), std::string::npos) << spelling;
}

}  // namespace
}  // namespace dormouse::config
