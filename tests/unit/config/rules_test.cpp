#include "config/rules.hpp"

#include <gmock/gmock.h>

namespace dormouse::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& yaml) {
    std::vector<std::string> out;
    for (const auto& p : load_text("queue: {allow_unsigned: true}\n" + yaml, "f.yaml").problems)
        out.push_back(p.message());
    return out;
}

TEST(Rules, DefaultsKeepThem) {
    report out{"f.yaml"};
    settings defaults;
    defaults.queue.allow_unsigned = true;
    check_rules(defaults, out);
    EXPECT_THAT(out.take(), IsEmpty());
}

TEST(Rules, HeartbeatIsAtMostAQuarterOfTheLease) {
    EXPECT_THAT(problems_of("worker: {lease: 8s, heartbeat: 2s}\n"), IsEmpty());
    EXPECT_THAT(
        problems_of("worker: {lease: 8s, heartbeat: 2001ms}\n"),
        ElementsAre("f.yaml:2:21: worker.heartbeat: expected at most a quarter of worker.lease (8s), got 2001ms"));
    EXPECT_THAT(problems_of("worker:\n  lease: 4s\n"),
                ElementsAre("f.yaml:3:3: worker.heartbeat: expected at most a quarter of worker.lease (4s), got 2s"));
}

TEST(Rules, AreSilentAboutValuesThatWereNotUnderstood) {
    EXPECT_THAT(
        problems_of("worker: {lease: 1, heartbeat: 100s}\n"),
        ElementsAre("f.yaml:2:17: worker.lease: expected a duration from 1s to 10m, got '1' (add a unit: ms, s, "
                    "m, h or d)"));
}

TEST(Rules, DrainIsAtLeastTheLongestTimeout) {
    EXPECT_THAT(problems_of("worker: {drain: 19s}\n"),
                ElementsAre("f.yaml:2:10: worker.drain: expected at least kinds.webhook-delivery.timeout (20s), got "
                            "19s: every restart would cut deliveries off"));
    EXPECT_THAT(problems_of("worker: {drain: 5s}\nkinds: {webhook-delivery: {timeout: 5s}}\n"), IsEmpty());
}

TEST(Rules, TheHoursOfLettersEndAfterTheirBeginning) {
    EXPECT_THAT(problems_of("scheduler: {reminders: {window: '00:00-24:00'}}\n"), IsEmpty());
    for (const std::string bad : {"20:00-09:00", "09:00-09:00"})
        EXPECT_THAT(
            problems_of("scheduler: {reminders: {window: '" + bad + "'}}\n"),
            ElementsAre("f.yaml:2:25: scheduler.reminders.window: expected an end after the beginning, got " + bad));
}

TEST(Rules, OneEndpointCannotHaveMoreSlotsThanThereAre) {
    EXPECT_THAT(problems_of("worker: {slots: 2}\n"),
                ElementsAre("f.yaml:2:10: worker.per_endpoint: expected at most worker.slots (2), got 4"));
}

TEST(Rules, SomebodyMustBeAbleToEnqueue) {
    const auto read = load_text("log: {}\nqueue:\n  signing_keys: []\n", "f.yaml");
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_EQ(read.problems[0].message(),
              "f.yaml:3:3: queue.signing_keys: nobody could enqueue: add a signing key, or set queue.allow_unsigned: "
              "true for a Redis that only the site can write to");
    EXPECT_EQ(load_text("", "f.yaml").problems.at(0).line, 0);
}

TEST(Rules, SigningKeysHaveDifferentIds) {
    const auto read = load_text(
        "queue:\n  signing_keys:\n    - {id: a, key: 0123456789abcdef}\n    - {id: a, key: 0123456789abcdeg}\n",
        "f.yaml");
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_EQ(read.problems[0].message(), "f.yaml:4:8: queue.signing_keys[1].id: the id 'a' is given to two keys");
}

TEST(Rules, ReconnectPausesAreInOrder) {
    EXPECT_THAT(problems_of("redis: {reconnect_min: 3s}\n"),
                ElementsAre("f.yaml:2:9: redis.reconnect_min: expected at most redis.reconnect_max (2s), got 3s"));
}

TEST(Rules, ARedisUserHasAPassword) {
    EXPECT_THAT(problems_of("redis: {username: worker}\n"),
                ElementsAre("f.yaml:2:9: redis.username: a user needs a password: add redis.password_file"));
    EXPECT_THAT(problems_of("redis: {username: worker, password: pw-of-worker}\n"), IsEmpty());
}

TEST(Rules, SocketAndHostExcludeEachOther) {
    EXPECT_THAT(problems_of("site: {database: {host: db, socket: /run/db.sock}}\n"),
                ElementsAre("f.yaml:2:19: site.database.host: expected either a host or a socket; remove one of them"));
    EXPECT_THAT(problems_of("site: {database: {socket: \"\"}}\n"),
                ElementsAre("f.yaml:2:19: site.database.socket: expected a socket or a host"));
}

TEST(Rules, HeaderNamesDifferInMoreThanCase) {
    EXPECT_THAT(
        problems_of("kinds: {webhook-delivery: {headers: {X-A: a, x-a: b}}}\n"),
        ElementsAre("f.yaml:2:46: kinds.webhook-delivery.headers.x-a: this header is given twice (case does not "
                    "count)"));
}

TEST(Rules, AMailServerNeedsASenderAndKeepsPasswordsAndLettersPrivate) {
    const auto mail = [](const std::string& keys) {
        auto found = problems_of("kinds: {reminder-email: {" + keys + "}}\n");
        return found.empty() ? std::string{} : found.front();
    };
    EXPECT_EQ(mail("host: relay.example, from: school@school.example"), "");
    EXPECT_EQ(mail("host: 127.0.0.1, tls: none, from: school@school.example"), "");
    EXPECT_THAT(mail("host: relay.example"), HasSubstr("reminder-email.host: a sender is needed as well"));
    EXPECT_THAT(mail("host: relay.example, from: a@b.example, user: me"), HasSubstr("user: a user needs a password"));
    EXPECT_THAT(mail("host: relay.example, from: a@b.example, tls: none"), HasSubstr("letters would travel readable"));
    EXPECT_EQ(mail("host: relay.example, from: a@b.example, tls: none, allow_plain: true"), "");
    EXPECT_THAT(mail("host: 127.0.0.1, from: a@b.example, tls: none, user: me, password: secret-word"),
                HasSubstr("the password would travel readable"));
    EXPECT_THAT(mail("host: relay.example, from: a@b.example, reconcile: idempotent_relay"),
                HasSubstr("expected kinds.reminder-email.idempotency_header"));
    EXPECT_THAT(mail("host: relay.example, from: a@b.example, render: companion"),
                HasSubstr("expected site.companion"));
    EXPECT_THAT(mail("from: 'School <a@b.example>'"), HasSubstr("expected one e-mail address"));
}

}  // namespace
}  // namespace dormouse::config
