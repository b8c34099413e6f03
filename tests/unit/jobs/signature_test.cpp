#include "jobs/webhook_delivery/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::jobs::webhook_delivery {
namespace {

using base::secret;

// The known answer of the Standard Webhooks libraries.
const std::string known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view known_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view known_body = R"({"test": 2432232314})";
constexpr std::string_view known_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const base::time_ms known_time = base::from_epoch_ms(1'614'265'330'000);

std::string known(const secret& current, const secret& previous = {}) {
    return signature(current, previous, known_id, known_time, known_body);
}

TEST(Signature, GivesTheKnownAnswer) { EXPECT_EQ(known(secret{known_secret}), known_signature); }

TEST(Signature, CountsWholeSecondsOnly) {
    EXPECT_EQ(signature(secret{known_secret}, {}, known_id, known_time + base::ms{999}, known_body), known_signature);
    EXPECT_NE(signature(secret{known_secret}, {}, known_id, known_time + base::ms{1000}, known_body), known_signature);
    EXPECT_EQ(timestamp(known_time + base::ms{999}), "1614265330");
}

TEST(Signature, NamesTheCurrentKeyFirstWhileBothAreValid) {
    const secret other{"another secret, used as text"};
    EXPECT_EQ(known(secret{known_secret}, other), std::string{known_signature} + " " + known(other));
    EXPECT_EQ(known(other, secret{known_secret}), known(other) + " " + std::string{known_signature});
}

TEST(Signature, IsEmptyWithoutASecret) { EXPECT_EQ(known(secret{}), ""); }

// Made with: printf '%s' BODY | openssl dgst -sha256 -hmac KEY -binary | base64
TEST(Signature, UsesOtherSecretsAsText) {
    EXPECT_EQ(signature(secret{"plain-secret"}, {}, "msg_1", base::from_epoch_ms(1'000), "{}"),
              "v1,8dr+V1IUU8MzVkuEhcTD/o6JE0jboWP8tWp90AWmkIE=");
}

TEST(Signature, CoversEmptyAndNonAsciiBodies) {
    EXPECT_EQ(signature(secret{known_secret}, {}, "msg_1", base::from_epoch_ms(1'000), ""),
              "v1,fUIsxxTK5tKgKbC2AwzF7wnOr3WsI1RCNgGdkLxy5PY=");
    EXPECT_EQ(signature(secret{known_secret}, {}, "msg_1", base::from_epoch_ms(1'000), "{\"имя\":\"😀\"}"),
              "v1,IjDBI+iaXSy52Ovoa37Rx0WBq4GhuH5P4ps/wKE7tMY=");
}

TEST(KeyBytes, DecodesBase64Of24To64Bytes) {
    const auto encoded = [](std::size_t groups) { return "whsec_" + std::string(groups * 4, 'A'); };
    EXPECT_EQ(key_bytes(secret{encoded(8)}), std::string(24, '\0'));
    EXPECT_EQ(key_bytes(secret{encoded(21)}), std::string(63, '\0'));
    EXPECT_EQ(key_bytes(secret{"whsec_" + std::string(86, 'A') + "=="}), std::string(64, '\0'));
    EXPECT_EQ(key_bytes(secret{"whsec_" + std::string(86, 'A')}), std::string(64, '\0')) << "padding may be missing";
}

TEST(KeyBytes, TakesAnythingElseAsItIs) {
    const std::string as_text[] = {"plain",
                                   "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                   "whsec_",
                                   "whsec_short",
                                   "whsec_" + std::string(28, 'A'),        // 21 bytes
                                   "whsec_" + std::string(88, 'A'),        // 66 bytes
                                   "whsec_" + std::string(31, 'A') + "-",  // URL alphabet
                                   "whsec_" + std::string(31, 'A') + " ",
                                   "whsec_" + std::string(32, 'A') + "====",
                                   "whsec_" + std::string(33, 'A') + "B=="};  // bits beyond the last byte
    for (const auto& text : as_text) EXPECT_EQ(key_bytes(secret{text}), text);
}

TEST(LooksMistyped, OnlyForThePrefixWithoutAKey) {
    EXPECT_FALSE(looks_mistyped(secret{known_secret}));
    EXPECT_FALSE(looks_mistyped(secret{"plain"}));
    EXPECT_FALSE(looks_mistyped(secret{}));
    EXPECT_TRUE(looks_mistyped(secret{"whsec_typo"}));
}

TEST(WebhookId, IsTheJobWithoutAKey) { EXPECT_EQ(webhook_id("main", "01JABC", ""), "msg_01JABC"); }

TEST(WebhookId, IsTheFactWithAKey) {
    const auto id = webhook_id("main", "01JABC", "hook:7:grant:lead_789");
    EXPECT_EQ(id, "msg_f089ee16ba17e84b7415675cb2") << "sha256('main|hook:7:grant:lead_789')";
    EXPECT_EQ(id, webhook_id("main", "01JXYZ", "hook:7:grant:lead_789")) << "another job, the same fact";
    EXPECT_NE(id, webhook_id("other", "01JABC", "hook:7:grant:lead_789"));
    EXPECT_NE(id, webhook_id("main", "01JABC", "hook:7:grant:lead_790"));
    EXPECT_THAT(id, testing::MatchesRegex("[A-Za-z0-9_-]+"));
}

}  // namespace
}  // namespace dormouse::jobs::webhook_delivery
