#include "config/secrets.hpp"

#include "base/redact.hpp"
#include "config/describe.hpp"
#include "config/load.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include <filesystem>

namespace dormouse::config {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string private_file(const test::temp_dir& dir, const std::string& name, const std::string& text) {
    test::write_file(dir.file(name), text);
    fs::permissions(dir.file(name), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    return dir.file(name);
}

TEST(SecretFile, OneTrailingNewlineDoesNotCount) {
    const test::temp_dir dir;
    EXPECT_EQ(read_secret_file(private_file(dir, "a", "s3cret")).value().reveal(), "s3cret");
    EXPECT_EQ(read_secret_file(private_file(dir, "b", "s3cret\n")).value().reveal(), "s3cret");
    EXPECT_EQ(read_secret_file(private_file(dir, "c", "s3cret\r\n")).value().reveal(), "s3cret");
    EXPECT_EQ(read_secret_file(private_file(dir, "d", " s3cret\n\n")).value().reveal(), " s3cret\n");
}

TEST(SecretFile, OpenToOthersIsRefusedWithTheCommandThatMendsIt) {
    const test::temp_dir dir;
    const auto file = private_file(dir, "open", "s3cret-of-open");
    const auto expected = "the file " + file + " is open to every user; run: chmod 640 " + file;
    for (const auto bit : {fs::perms::others_read, fs::perms::others_write, fs::perms::others_exec}) {
        fs::permissions(file, fs::perms::owner_read | bit);
        const auto read = read_secret_file(file);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().detail, expected);
    }
}

TEST(SecretFile, WhatCannotBeASecretIsExplained) {
    const test::temp_dir dir;
    EXPECT_THAT(read_secret_file(dir.file("none")).error().detail, HasSubstr("does not exist"));
    EXPECT_THAT(read_secret_file("relative").error().detail, HasSubstr("absolute path"));
    EXPECT_THAT(read_secret_file(dir.path()).error().detail, HasSubstr("not a regular file"));
    EXPECT_THAT(read_secret_file(private_file(dir, "empty", "\n")).error().detail, HasSubstr("is empty"));
    EXPECT_THAT(read_secret_file(private_file(dir, "nul", std::string("a\0b", 3))).error().detail, HasSubstr("NUL"));
    EXPECT_THAT(read_secret_file(private_file(dir, "huge", std::string(70'000, 'x'))).error().detail,
                HasSubstr("64 KiB"));
}

TEST(Credential, IsAFileBelowTheCredentialsDirectory) {
    const test::temp_dir dir;
    private_file(dir, "database", "pw-from-systemd\n");
    ASSERT_EQ(setenv("CREDENTIALS_DIRECTORY", dir.path().c_str(), 1), 0);
    EXPECT_EQ(read_credential("database").value().reveal(), "pw-from-systemd");
    for (const auto* bad : {"", ".", "..", "../database", "a/b"})
        EXPECT_EQ(read_credential(bad).error().detail, "expected the name of a credential") << bad;
    ASSERT_EQ(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    EXPECT_THAT(read_credential("database").error().detail, HasSubstr("LoadCredential=database:/path"));
}

TEST(SecretKey, ComesFromExactlyOnePlace) {
    const test::temp_dir dir;
    const auto file = private_file(dir, "pw", "pw-from-file");
    const std::string head = "queue: {allow_unsigned: true}\nredis:\n";
    const auto read = load_text(head + "  password_file: " + file + "\n", "f.yaml");
    EXPECT_THAT(read.problems, IsEmpty());
    EXPECT_EQ(read.settings.redis.password.reveal(), "pw-from-file");

    const auto both = load_text(head + "  password: pw-in-place\n  password_file: " + file + "\n", "f.yaml");
    ASSERT_EQ(both.problems.size(), 1U);
    EXPECT_EQ(both.problems[0].message(),
              "f.yaml:4:3: redis.password_file: expected only one of password, password_file, password_credential");
}

TEST(SecretKey, WrittenInTheFileMakesTheFileASecret) {
    const test::temp_dir dir;
    const auto file = private_file(dir, "c.yaml", "queue: {allow_unsigned: true}\nredis:\n  password: pw-in-place\n");
    EXPECT_THAT(load(file).problems, IsEmpty());
    fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
    const auto problems = load(file).problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].message(), file + ":3:3: redis.password: a secret stands in this file, but the file " + file +
                                         " is open to every user; run: chmod 640 " + file);
}

TEST(SecretKey, PasswordInTheRedisUrlIsOneToo) {
    const test::temp_dir dir;
    const auto file =
        private_file(dir, "c.yaml", "queue: {allow_unsigned: true}\nredis: {url: 'redis://u:url%2Dpassword@h'}\n");
    EXPECT_THAT(load(file).problems, IsEmpty());
    EXPECT_EQ(base::redact("AUTH u url-password, url%2Dpassword"), "AUTH u ***, ***");
    fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
    EXPECT_EQ(load(file).problems.at(0).path, "redis.url");
}

// However a secret is misplaced, no message shows it.
TEST(SecretKey, NeverShowsInAMessage) {
    const std::string secret = "correct-horse-battery";
    for (const std::string& yaml : std::vector<std::string>{
             "redis: {password: [" + secret + "]}",
             "redis: {password: {a: " + secret + "}}",
             "redis: " + secret,
             "redis:\n  password:" + secret,
             "redis:\n  password: *" + secret,
             "redis:\n  password: &" + secret,
             "redis:\n  password: !" + secret,
             "redis:\n  password: \"" + secret,
             "redis:\n  password: %" + secret,
             "redis:\n  password: a: " + secret,
             "redis:\n  - password: " + secret,
             "redis:\n  pasword: " + secret,
             "redis:\n  password_file: " + secret,
             "redis:\n  password_credential: " + secret + "/x",
             "redis:\n  url: redis://:" + secret + "@ho st",
             "redis:\n  url: redis://u:a/" + secret + "@host",
             "redis:\n  url: [" + secret + "]",
             "queue: {signing_keys: [{id: a, key: [" + secret + "]}]}",
             "queue: {signing_keys: [" + secret + "]}",
             "queue: {signing_keys: {key: " + secret + "}}",
             "queue:\n  signing_keys:\n    - id: a\n        key:" + secret,
             "kinds: {webhook-delivery: {headers: {Authorization: \"" + secret + "\\n\"}}}",
             "kinds: {webhook-delivery: {headers: [" + secret + "]}}",
             "worker:\n  slots: 5\n    password: " + secret,
             "worker:\n  slots: 5\n    password:" + secret,
         }) {
        const auto problems = load_text(yaml, "f.yaml").problems;
        EXPECT_THAT(problems, Not(IsEmpty())) << yaml;
        for (const auto& p : problems) EXPECT_THAT(p.message(), Not(HasSubstr("horse"))) << yaml;
    }
}

TEST(SecretKey, IsBlankInTheEffectiveSettings) {
    const auto read = load_text(R"(
site: {database: {password: db-horse}}
redis: {url: 'redis://u:url-horse@h:1/2', password: redis-horse}
queue: {signing_keys: [{id: a, key: signing-key-horse}]}
kinds: {webhook-delivery: {headers: {Authorization: Bearer header-horse, X-Plain: plain-horse}}}
)",
                                "f.yaml");
    ASSERT_THAT(read.problems, IsEmpty());
    const auto shown = boost::json::serialize(to_json(read.settings));
    EXPECT_THAT(shown, Not(HasSubstr("horse")));
    EXPECT_THAT(shown, HasSubstr(R"("url":"redis://u:***@h:1/2")"));
    EXPECT_THAT(shown, HasSubstr(R"("signing_keys":[{"id":"a","key":"***","kinds":[]}])"));
    EXPECT_THAT(shown, HasSubstr(R"("headers":{"Authorization":"***","X-Plain":"***"})"));
    EXPECT_EQ(base::redact("said header-horse"), "said header-horse") << "a part of a header value";
    EXPECT_EQ(base::redact("said Bearer header-horse"), "said ***");
}

}  // namespace
}  // namespace dormouse::config
