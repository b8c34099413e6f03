#include "base/redact.hpp"

#include "base/secret.hpp"

#include <gtest/gtest.h>

namespace dormouse::base {
namespace {

TEST(Redact, BlanksEveryCopyOfARegisteredSecret) {
    const secret s{"swordfish-9"};
    EXPECT_EQ(redact("a swordfish-9 b swordfish-9"), "a *** b ***");
    EXPECT_EQ(s.reveal(), "swordfish-9");
}

TEST(Redact, BlanksTheLongerSecretFirst) {
    register_secret("inner-secret");
    register_secret("outer-inner-secret-outer");
    EXPECT_EQ(redact("x outer-inner-secret-outer y"), "x *** y");
}

TEST(Redact, BlanksValuesAfterTellingNames) {
    EXPECT_EQ(redact("Authorization: Bearer abc\nnext"), "Authorization: ***\nnext");
    EXPECT_EQ(redact(R"({"X-Api-Key":"mk_1","n":2})"), R"({"X-Api-Key":"***","n":2})");
    EXPECT_EQ(redact("password=hunter2&x=1"), "password=***&x=1");
}

TEST(Redact, LeavesOtherTextAlone) {
    EXPECT_EQ(redact("tokens are fine, secretary too"), "tokens are fine, secretary too");
}

TEST(UrlForLog, DropsUserQueryAndFragment) {
    EXPECT_EQ(url_for_log("https://u:p@example.com:8443/a/b?token=1#x"), "https://example.com:8443/a/b");
    EXPECT_EQ(url_for_log("https://example.com"), "https://example.com");
    EXPECT_EQ(url_for_log("nonsense"), "(not a URL)");
}

TEST(Secret, ComparesByValue) {
    EXPECT_EQ(secret{"same-value"}, secret{"same-value"});
    EXPECT_FALSE(secret{"same-value"} == secret{"same-valu"});
}

}  // namespace
}  // namespace dormouse::base
