#include "net/url.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace dormouse::net {
namespace {

std::string unescaped(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
        } else if (text.at(i + 1) == 'x') {
            out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
            i += 3;
        } else {
            out += text.at(++i);
        }
    }
    return out;
}

// The rows of a file in tests/data, split at tabs.
std::vector<std::vector<std::string>> rows(const std::string& name) {
    std::ifstream in{std::string{DORMOUSE_SOURCE_DIR} + "/tests/data/" + name};
    std::vector<std::vector<std::string>> out;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('#')) continue;
        out.emplace_back();
        std::istringstream cells{line};
        for (std::string cell; std::getline(cells, cell, '\t');) out.back().push_back(cell);
    }
    return out;
}

TEST(Url, EveryBadOneIsRefusedForItsReason) {
    const auto all = rows("bad_urls.txt");
    ASSERT_GT(all.size(), 80U);
    for (const auto& row : all) {
        ASSERT_EQ(row.size(), 2U) << row.at(0);
        const auto parsed = parse_url(unescaped(row[0]));
        ASSERT_TRUE(parsed.has_error()) << row[0] << " is taken for " << parsed->origin() << parsed->target;
        EXPECT_NE(parsed.error().detail.find(row[1]), std::string::npos) << row[0] << ": " << parsed.error().detail;
        EXPECT_TRUE(parsed.error() == base::errc::invalid_argument);
    }
}

TEST(Url, EveryGoodOneIsReadAsMeant) {
    const auto all = rows("good_urls.txt");
    ASSERT_GT(all.size(), 20U);
    for (const auto& row : all) {
        ASSERT_EQ(row.size(), 4U) << row.at(0);
        const auto parsed = parse_url(unescaped(row[0]));
        ASSERT_TRUE(parsed.has_value()) << row[0] << ": " << parsed.error().detail;
        EXPECT_EQ(parsed->host_header(), row[1]) << row[0];
        EXPECT_EQ(std::to_string(parsed->port), row[2]) << row[0];
        EXPECT_EQ(parsed->target, row[3]) << row[0];
    }
}

TEST(Url, LengthsUpToTheLimitAreTaken) {
    const std::string start = "https://example.com/";
    EXPECT_TRUE(parse_url(start + std::string(max_url_bytes - start.size(), 'a')).has_value());
    EXPECT_TRUE(parse_url(start + std::string(max_url_bytes - start.size() + 1, 'a')).has_error());
    const std::string label(63, 'a');
    EXPECT_TRUE(parse_url("https://" + label + "." + label + "." + label + ".com").has_value());
    EXPECT_TRUE(parse_url("https://" + label + "." + label + "." + label + "." + label).has_error()) << "255 bytes";
}

TEST(Url, OnlyLiteralsHaveAnAddress) {
    EXPECT_TRUE(parse_url("http://1.2.3.4/")->address.has_value());
    EXPECT_TRUE(parse_url("http://[::1]/")->address->is_v6());
    EXPECT_FALSE(parse_url("http://1.2.3.4.example/")->address.has_value());
}

TEST(Url, OriginsNameSchemeHostAndPort) {
    EXPECT_EQ(parse_url("HTTP://Example.com/x?y")->origin(), "http://example.com:80");
    EXPECT_EQ(parse_url("https://[0::1]")->origin(), "https://[::1]:443");
}

TEST(Url, ErrorsDoNotRepeatTheQuery) {
    const auto parsed = parse_url("https://example.com/?token=swordfish%");
    ASSERT_TRUE(parsed.has_error());
    EXPECT_EQ(parsed.error().detail.find("swordfish"), std::string::npos);
}

}  // namespace
}  // namespace dormouse::net
