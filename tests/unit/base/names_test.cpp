#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "base/process_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace dormouse::base {
namespace {

TEST(Ascii, LettersBeyondAsciiStayAsTheyAre) {
    EXPECT_EQ(ascii_lower("@AZ[ az 09 \xd0\xa1\xc3\x84"), "@az[ az 09 \xd0\xa1\xc3\x84");
    EXPECT_TRUE(same_but_for_case("Idempotency-KEY", "idempotency-key"));
    EXPECT_FALSE(same_but_for_case("key", "keys"));
    EXPECT_FALSE(same_but_for_case("@", "`")) << "differ in the same bit as A and a";
    EXPECT_FALSE(same_but_for_case("\xc3\x84", "\xc3\xa4"));
}

// FIPS 180-2, appendix B.1 and B.2.
TEST(Digest, IsThatOfTheStandard) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(ProcessName, HoldsTheStemThePidAndANonce) {
    const auto one = unique_process_name("night");
    EXPECT_THAT(one, testing::MatchesRegex("night-" + std::to_string(getpid()) + "-[0-9a-f]{6}"));
    EXPECT_NE(one, unique_process_name("night"));
}

}  // namespace
}  // namespace dormouse::base
