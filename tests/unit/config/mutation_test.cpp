// Damaged files: cut anywhere, bytes changed, lines moved. Nothing crashes, nothing throws, no secret shows.

#include "config/describe.hpp"
#include "config/load.hpp"
#include "tests/unit/config/example_file.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include <random>

namespace dormouse::config {
namespace {

constexpr const char* secret = "correct-horse-battery-staple";

std::string healthy_file() {
    auto text = example_file{}.all_switched_on();
    for (const std::string& key : std::vector<std::string>{
             "password_file: ", "key_file: ", "order_token_file: ", "previous_secret_file: ", " secret_file: "}) {
        for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 1))
            text.replace(at, text.find('\n', at) - at, key.substr(0, key.rfind('_')) + ": " + secret);
    }
    return text;
}

void load_and_look(const std::string& yaml) {
    const auto read = load_text(yaml, "damaged.yaml");
    for (const auto& p : read.problems) {
        ASSERT_EQ(p.message().find("horse-battery"), std::string::npos) << p.message() << "\n" << yaml;
        ASSERT_FALSE(p.text.empty());
    }
    ASSERT_FALSE(boost::json::serialize(to_json(read.settings)).empty());
}

TEST(DamagedFile, HealthyOneIsHealthy) {
    const auto read = load_text(healthy_file(), "healthy.yaml");
    EXPECT_TRUE(read.problems.empty()) << read.problems.front().message();
    EXPECT_EQ(read.settings.redis.password.reveal(), secret);
}

TEST(DamagedFile, CutAnywhereIsReadOrExplained) {
    const auto text = healthy_file();
    for (std::size_t length = 0; length < text.size(); length += 7) load_and_look(text.substr(0, length));
}

TEST(DamagedFile, ChangedBytesAreReadOrExplained) {
    const auto text = healthy_file();
    std::mt19937 random{20261120};
    constexpr std::string_view likely = "\n\n  :::--[]{},#&*!|>'\"%@`?\t\0\x80\xff~<=.0a";
    for (int round = 0; round < 300; ++round) {
        auto damaged = text;
        for (auto slips = random() % 4 + 1; slips > 0; --slips) {
            const auto at = random() % damaged.size();
            const auto c = likely[random() % likely.size()];
            switch (random() % 3) {
                case 0: damaged[at] = c; break;
                case 1: damaged.insert(at, 1, c); break;
                default: damaged.erase(at, random() % 12); break;
            }
        }
        load_and_look(damaged);
    }
}

}  // namespace
}  // namespace dormouse::config
