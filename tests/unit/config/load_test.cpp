// What is wrong with a file is said with line, column, key and what was expected.

#include "config/load.hpp"

#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace dormouse::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

/// Messages about `yaml`, except for the one about missing signing keys, which these tests do not care for.
std::vector<std::string> problems_of(const std::string& yaml) {
    std::vector<std::string> out;
    for (const auto& p : load_text(yaml, "f.yaml").problems)
        if (p.path != "queue.signing_keys" || p.text.find("nobody could enqueue") == std::string::npos)
            out.push_back(p.message());
    return out;
}

struct bad_file {
    std::string yaml;
    std::string message;
};

void PrintTo(const bad_file& f, std::ostream* out) { *out << f.yaml; }

class BadFile : public testing::TestWithParam<bad_file> {};

TEST_P(BadFile, IsExplained) { EXPECT_THAT(problems_of(GetParam().yaml), ElementsAre(GetParam().message)); }

INSTANTIATE_TEST_SUITE_P(
    Keys, BadFile,
    testing::Values(
        bad_file{"worker:\n  slotz: 3\n", "f.yaml:2:3: worker.slotz: unknown key; did you mean 'slots'?"},
        bad_file{"wrker: {}\n", "f.yaml:1:1: wrker: unknown key; did you mean 'worker'?"},
        bad_file{"log:\n  colour: red\n", "f.yaml:2:3: log.colour: unknown key; expected one of: level, format, file"},
        bad_file{"redis:\n  pasword: x\n", "f.yaml:2:3: redis.pasword: unknown key; did you mean 'password'?"},
        bad_file{"log:\n  level: info\n  level: warn\n",
                 "f.yaml:3:3: log.level: this key is given twice; the first is on line 2"},
        bad_file{"log: {}\nlog: {}\n", "f.yaml:2:1: log: this key is given twice; the first is on line 1"},
        bad_file{"log:\n  [a]: info\n", "f.yaml:2:3: log: expected a name of at most 128 characters before the colon"},
        bad_file{"worker: 5\n", "f.yaml:1:9: worker: expected a mapping of keys to values, got a text"},
        bad_file{"- worker\n", "f.yaml:1:1: expected a mapping of keys to values, got a list"},
        bad_file{"kinds:\n  webhook-delivery:\n    retries: 3\n",
                 "f.yaml:3:5: kinds.webhook-delivery.retries: unknown key; expected one of: timeout, max_attempts, "
                 "gone_confirmations, require_secret, headers, log_body"},
        bad_file{"kinds:\n  webhook_delivery: {}\n",
                 "f.yaml:2:3: kinds.webhook_delivery: unknown key; did you mean 'webhook-delivery'?"}));

INSTANTIATE_TEST_SUITE_P(
    Values, BadFile,
    testing::Values(
        bad_file{"worker:\n  slots: many\n",
                 "f.yaml:2:10: worker.slots: expected a whole number from 1 to 4096, got 'many'"},
        bad_file{"worker:\n  slots: 0\n", "f.yaml:2:10: worker.slots: expected a whole number from 1 to 4096, got '0'"},
        bad_file{"worker:\n  slots: \"256\"\n",
                 "f.yaml:2:10: worker.slots: expected a whole number from 1 to 4096, got the quoted text '256'"},
        bad_file{"worker:\n  slots: [1]\n",
                 "f.yaml:2:10: worker.slots: expected a whole number from 1 to 4096, got a list"},
        bad_file{"worker:\n  slots:\n",
                 "f.yaml:2:3: worker.slots: expected a whole number from 1 to 4096, got nothing"},
        bad_file{
            "worker:\n  lease: 12\n",
            "f.yaml:2:10: worker.lease: expected a duration from 1s to 10m, got '12' (add a unit: ms, s, m, h or d)"},
        bad_file{"worker:\n  lease: 1h\n", "f.yaml:2:10: worker.lease: expected a duration from 1s to 10m, got '1h'"},
        bad_file{"queue:\n  max_envelope_bytes: 256KB\n",
                 "f.yaml:2:23: queue.max_envelope_bytes: expected a size from 1KiB to 512KiB, got '256KB' (units are "
                 "B, KiB, MiB and GiB)"},
        bad_file{"queue:\n  key_keep: 3d\n",
                 "f.yaml:2:13: queue.key_keep: expected a duration from 4d to 60d, got '3d'"},
        bad_file{"net:\n  allow_http: yes\n", "f.yaml:2:15: net.allow_http: expected true or false, got 'yes'"},
        bad_file{"net:\n  allow_http: True\n", "f.yaml:2:15: net.allow_http: expected true or false, got 'True'"},
        bad_file{"log:\n  level: inof\n",
                 "f.yaml:2:10: log.level: expected one of debug, info, warn, error, off, got 'inof' (did you mean "
                 "'info'?)"},
        bad_file{"site:\n  name: Main Site\n",
                 "f.yaml:2:9: site.name: expected 1 to 32 characters of a-z, 0-9, _ and -, got 'Main...'"},
        bad_file{"site:\n  name: \"\"\n",
                 "f.yaml:2:9: site.name: expected 1 to 32 characters of a-z, 0-9, _ and -, got an empty text"},
        bad_file{"site:\n  database:\n    prefix: wp-\n",
                 "f.yaml:3:13: site.database.prefix: expected at most 32 characters of A-Z, a-z, 0-9 and _, got 'wp-'"},
        bad_file{"redis:\n  url: localhost:6379\n",
                 "f.yaml:2:8: redis.url: expected redis://[user[:password]@]host[:port][/db], rediss://... for TLS, or "
                 "unix:///path[?db=N], got a text"},
        bad_file{"redis:\n  ca_file: /no/such/file\n",
                 "f.yaml:2:12: redis.ca_file: expected an existing file, got '/no/such/file'"},
        bad_file{"admin:\n  listen: 0.0.0.0:9464\n",
                 "f.yaml:2:11: admin.listen: expected a loopback address (127.0.0.1, [::1], localhost) or unix:/path, "
                 "because the admin pages have no log-in of their own; to reach them from elsewhere put a web server "
                 "with a log-in in front, got '0.0.0.0:9464'"},
        bad_file{"log:\n  file: dormouse.log\n",
                 "f.yaml:2:9: log.file: expected an absolute path, got 'dormouse.log'"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, BadFile,
    testing::Values(
        bad_file{"net:\n  allow_private: 10.0.0.0/8\n",
                 "f.yaml:2:18: net.allow_private: expected a list of at most 64 texts, got a text"},
        bad_file{"net:\n  allow_private: [10.0.0.0/8, 10.0.0.1/8]\n",
                 "f.yaml:2:31: net.allow_private[1]: expected no bits behind the prefix; did you mean 10.0.0.0/8?, got "
                 "'10.0.0.1/8'"},
        bad_file{"net:\n  allow_private: [::1/128, ::1/128]\n",
                 "f.yaml:2:28: net.allow_private[1]: '::1/128' is given twice"},
        bad_file{"net:\n  ports: []\n", "f.yaml:2:10: net.ports: expected at least one port, got a list"},
        bad_file{"net:\n  ports: [443, 70000]\n",
                 "f.yaml:2:16: net.ports[1]: expected a whole number from 1 to 65535, got '70000'"},
        bad_file{"worker:\n  queues: [webhook]\n",
                 "f.yaml:2:11: worker.queues: expected a mapping of names to weights from 1 to 100, at least one, got "
                 "a list"},
        bad_file{"worker:\n  queues: {}\n", "f.yaml:2:11: worker.queues: expected at least one name, got a mapping"},
        bad_file{"worker:\n  queues: {Mail: 1}\n",
                 "f.yaml:2:12: worker.queues.Mail: expected 1 to 32 characters of a-z, 0-9, _ and -, got 'Mail'"},
        bad_file{"worker:\n  queues: {mail: 0}\n",
                 "f.yaml:2:18: worker.queues.mail: expected a whole number from 1 to 100, got '0'"},
        bad_file{"worker:\n  queues:\n    mail: 1\n    mail: 2\n",
                 "f.yaml:4:5: worker.queues.mail: this key is given twice; the first is on line 3"},
        bad_file{"kinds:\n  webhook-delivery:\n    headers: {Host: x}\n",
                 "f.yaml:3:15: kinds.webhook-delivery.headers.Host: this header is written by the worker itself and "
                 "cannot be set"},
        bad_file{"kinds:\n  webhook-delivery:\n    headers: {X-A: \"a\\nb\"}\n",
                 "f.yaml:3:20: kinds.webhook-delivery.headers.X-A: expected printable ASCII without line breaks, got a "
                 "text"},
        bad_file{"queue:\n  signing_keys:\n    - key: 0123456789abcdef\n",
                 "f.yaml:3:7: queue.signing_keys[0].id: missing; expected id"},
        bad_file{"queue:\n  signing_keys:\n    - id: a\n",
                 "f.yaml:3:7: queue.signing_keys[0].key: missing; expected one of key, key_file, key_credential"},
        bad_file{"queue:\n  signing_keys:\n    - id: a\n      key: short\n",
                 "f.yaml:4:12: queue.signing_keys[0].key: expected at least 16 bytes, got 5"}));

INSTANTIATE_TEST_SUITE_P(
    Documents, BadFile,
    testing::Values(
        bad_file{"log:\n\tlevel: info\n",
                 "f.yaml:2:7: not valid YAML: illegal map value (check indentation; quote texts that begin with * & ! "
                 "% @ or hold ': ')"},
        bad_file{"redis:\n  password: *hunter2\n",
                 "f.yaml:2:13: not valid YAML: the referenced anchor is not defined (check indentation; quote texts "
                 "that begin with * & ! % @ or hold ': ')"},
        bad_file{"log: {}\n---\nnet: {}\n",
                 "f.yaml:3:1: expected one document; remove the line '---' and what does not belong here"}));

TEST(Load, EverythingThatIsWrongIsReportedInTheOrderOfTheFile) {
    EXPECT_THAT(problems_of("net:\n  allow_http: no\nworker:\n  slots: 0\n  slotz: 1\nlog: 3\n"),
                ElementsAre(HasSubstr(":2:15: net.allow_http"), HasSubstr(":4:10: worker.slots"),
                            HasSubstr(":5:3: worker.slotz"), HasSubstr(":6:6: log")));
}

TEST(Load, EmptySectionsAndListsKeepTheirDefaults) {
    const auto read = load_text(
        "queue:\n  allow_unsigned: true\nworker:\n  queues:\n  # mail: 1\nlog:\nnet:\n  ports:\n  allow_private:\n",
        "f.yaml");
    EXPECT_THAT(read.problems, IsEmpty());
    EXPECT_EQ(read.settings.worker.queues.size(), 3U);
    EXPECT_EQ(read.settings.net.ports.size(), 4U);
}

TEST(Load, FillsEveryKindOfValue) {
    const auto read = load_text(R"(
site: {name: shop-2, database: {host: db.internal, port: 3307, password: "p w", connections: 8}}
redis: {url: "rediss://u:pw%21x@cache:6380/2"}
queue:
  signing_keys:
    - {id: a, key: 0123456789abcdef, kinds: [webhook-delivery, grant]}
    - {id: b, key: fedcba9876543210}
  max_envelope_bytes: 64KiB
worker: {queues: {mail: 1, webhook: 9}, slots: 32, per_endpoint: 2, lease: 8s, heartbeat: 1500ms}
net: {allow_http: true, allow_private: [127.0.0.0/8], ports: [8080]}
log: {level: debug, format: human}
kinds: {webhook-delivery: {timeout: 10s, headers: {X-A: "1", X-B: two words}, log_body: none}}
)",
                                "f.yaml");
    ASSERT_TRUE(read.problems.empty()) << read.problems.front().message();
    const auto& s = read.settings;
    EXPECT_EQ(s.source, "f.yaml");
    EXPECT_EQ(s.site.name, "shop-2");
    EXPECT_EQ(s.site.database.socket, "") << "a host switches the default socket off";
    EXPECT_EQ(s.site.database.port, 3307);
    EXPECT_EQ(s.site.database.password.reveal(), "p w");
    EXPECT_EQ(s.site.database.connections, 8U);
    EXPECT_EQ(s.redis.url, "rediss://u:pw%21x@cache:6380/2");
    ASSERT_EQ(s.queue.signing_keys.size(), 2U);
    EXPECT_THAT(s.queue.signing_keys[0].kinds, ElementsAre("webhook-delivery", "grant"));
    EXPECT_EQ(s.queue.signing_keys[1].key.reveal(), "fedcba9876543210");
    EXPECT_EQ(s.queue.max_envelope_bytes, 65'536U);
    ASSERT_EQ(s.worker.queues.size(), 2U);
    EXPECT_EQ(s.worker.queues[1].name, "webhook");
    EXPECT_EQ(s.worker.queues[1].weight, 9);
    EXPECT_EQ(s.worker.heartbeat, 1500ms);
    EXPECT_THAT(s.net.ports, ElementsAre(8080));
    EXPECT_TRUE(s.net.allow_http);
    EXPECT_EQ(s.log.level, base::log::level::debug);
    EXPECT_EQ(s.log.format, base::log::format::human);
    EXPECT_EQ(s.webhook.timeout, 10s);
    EXPECT_THAT(s.webhook.headers, ElementsAre(testing::Pair("X-A", "1"), testing::Pair("X-B", "two words")));
    EXPECT_EQ(s.webhook.log_body, "none");
}

TEST(Load, MissingFileSaysWhereToLook) {
    const auto read = load("/no/such/dormouse.yaml");
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_EQ(read.problems[0].message(),
              "/no/such/dormouse.yaml: the file does not exist; docs/install.md tells how to make it");
}

TEST(Load, HugeFileIsRefusedUnread) {
    const test::temp_dir dir;
    test::write_file(dir.file("c.yaml"), std::string(1024 * 1024 + 1, '#'));
    ASSERT_EQ(load(dir.file("c.yaml")).problems.size(), 1U);
    EXPECT_EQ(load(dir.file("c.yaml")).problems[0].text, "the file is larger than 1 MiB");
    EXPECT_EQ(load(dir.path()).problems.at(0).text, "expected a regular file");
}

TEST(Load, ErrorHoldsEveryProblemOnALineOfItsOwn) {
    const test::temp_dir dir;
    test::write_file(dir.file("c.yaml"), "log: 1\nnet: 2\nqueue: {allow_unsigned: true}\n");
    const auto read = load_or_error(dir.file("c.yaml"));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().detail,
              dir.file("c.yaml") + ":1:6: log: expected a mapping of keys to values, got a text\n" +
                  dir.file("c.yaml") + ":2:6: net: expected a mapping of keys to values, got a text");
    test::write_file(dir.file("c.yaml"), "queue: {allow_unsigned: true}\n");
    EXPECT_TRUE(load_or_error(dir.file("c.yaml")));
}

TEST(Load, NestedBeyondReasonIsAnErrorNotACrash) {
    EXPECT_THAT(load_text(std::string(100'000, '['), "f.yaml").problems, testing::Not(IsEmpty()));
    std::string block;
    for (int i = 0; i < 100'000; ++i) block += "- ";
    EXPECT_THAT(load_text(block, "f.yaml").problems, testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace dormouse::config
